// The types of the questions that a Store answers, and what to say of those that it does not.
//
// Threads  any: functions of their arguments
// Errors   "store.question", for the user
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/data/schema.h"
#include "elements/store/indexes.h"

namespace blox {

enum class LookupKind : uint8_t { kGet, kPrefix, kRange, kScan, kFind, kDuplicates, kCount };

/// What a Store is asked about: the type of its records, and what finds them.
struct Subject {
  Schema records;
  std::vector<std::string> key;
  std::vector<IndexFields> indexes;
};

/// The index of which a question asks for the most fields, from its first on; the first of them.
size_t best_index(const Schema& arriving, const Subject& subject);
bool holds(const std::vector<std::string>& names, std::string_view name);

/// The question as the port takes it, from what arrives.
Result<Schema> question_schema(LookupKind kind, const Schema& arriving, const Subject& subject);
/// The type of a question that is a whole record.
Result<Schema> whole_record(const Schema& arriving, const Subject& subject);
/// The type of records that are keys.
Result<Schema> whole_key(const Schema& arriving, const Subject& subject);
Status question_misfit(std::string text, std::string fix = {});

}  // namespace blox
