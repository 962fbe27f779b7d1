// Makes logs of one schema into logs of the schema of the port that they enter: what the checker let pass is made true.
//
// Fields are matched by name: reordered, left out, `int` becomes `float`, `T` becomes `T?`. Key, mode and event time
// become those of the port.
//
// Owns     the way, worked out once a connection
// Threads  one user
// Cost     an adapter that has nothing to do is a test of a pointer a log; else a few vectors a log, and one pass over
//          columns that become `float`
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/data/log.h"
#include "core/data/schema.h"

namespace blox {

class Adapter {
 public:
  Adapter() = default;
  /// Nothing where a field of `to` is missing in `from` or does not fit: then the checker has refused the connection.
  static std::optional<Adapter> between(const Schema& from, const Schema& to);

  /// True where logs pass as they are.
  bool idle() const { return idle_; }
  /// Precondition: the log has the schema that the adapter was made for.
  Log operator()(Log log) const { return idle_ ? std::move(log) : adapted(log); }

 private:
  Log adapted(const Log& log) const;

  bool idle_ = true;
  Schema to_;
  std::vector<size_t> fields_;
};

}  // namespace blox
