// Makes the logs of a writer fit the in port of a reader: other order of fields, fewer fields, T for T?, int for float.
//
// Threads  of the writing task
// Cost     no bytes move, but for int columns read as float
#pragma once

#include <memory>
#include <vector>

#include "core/data/log.h"

namespace blox {

class Adapter {
 public:
  /// Null where the logs fit as they are. Precondition: checked, so every field of `to` is in `from` and fits.
  static std::unique_ptr<Adapter> between(const Schema& from, const Schema& to);

  Log apply(const Log& log);

 private:
  explicit Adapter(Schema to) : to_(std::move(to)) {}
  void learn(const Schema& from);

  Schema to_;
  Schema from_;  // what `fields_` was worked out for
  std::vector<size_t> fields_;
};

}  // namespace blox
