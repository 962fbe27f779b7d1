// What a power failure may do to a store, as an argument: `sync = commit`.
//
// Threads  values
#pragma once

#include "core/element/arg.h"
#include "core/state/ordered_store.h"

namespace blox {

BLOX_ARG_ENUM(OrderedStore::Sync, {"commit", OrderedStore::Sync::kCommit}, {"meta", OrderedStore::Sync::kMeta},
              {"never", OrderedStore::Sync::kNever});

}  // namespace blox
