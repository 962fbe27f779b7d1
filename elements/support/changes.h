// Keeping some records of a changelog, so that what is left is a changelog again.
//
// A record that leaves or enters the part that is kept changes its meaning: of an update whose old row was kept and
// whose new one is not, a delete is left; the other way round an insert. In an upsert log the old row is unknown, so
// a row that is not kept becomes a delete of its key, which is harmless where there was none.
//
// Threads  pure
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/log.h"

namespace blox {

/// The records of `log` for which `kept` (one flag a record) is true, with operations as above. Deletes of upsert
/// logs are always kept: their fields other than the key say nothing.
Log keep_changes(const Log& log, std::span<const uint8_t> kept);

}  // namespace blox
