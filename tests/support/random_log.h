// Random types, values and logs from a seed, each log beside its dumb twin: the same records as rows of data.
//
// The logs use all that a log can be: encodings, offsets, selections, nulls with and without bitmap, nested types.
//
// Threads  one user
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/builder.h"

namespace blox::testing {

/// SplitMix64: the same numbers on every machine. Source: https://prng.di.unimi.it/splitmix64.c
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  /// Below `limit`. Precondition: limit > 0.
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(next() % limit); }
  bool chance(uint32_t percent) { return below(100) < percent; }

 private:
  uint64_t state_;
};

using Rows = std::vector<std::vector<Datum>>;

struct Twin {
  Log log;
  Rows rows;            ///< what the log's records are, field by field
  std::vector<Op> ops;  ///< one a record for changelogs, else empty
};

Type random_type(Random& random, int depth = 3);
/// At least one field; names that need quoting and escaping among them; sometimes a changelog.
Schema random_schema(Random& random);
/// A value that fits the type, floats finite and not: `any` values hold all that MessagePack does.
Datum random_datum(Random& random, const Type& type);
std::string random_text(Random& random);
Twin random_log(Random& random, const Schema& schema, uint32_t rows);
/// The same data, differently laid out: other encodings, offsets and selection.
Log laid_out_anew(Random& random, const Schema& schema, const Rows& rows, const std::vector<Op>& ops = {});

/// The records of a log as rows of data.
Rows rows_of(const Log& log);

}  // namespace blox::testing
