// Reads records that have the form of an earlier one: the same members in the same order, with the same text between
// their values.
//
// Machines write lines that differ in nothing but values. The form of such a line is what stands between them,
// `{"id":`, `,"user":"`, … `"}` and the end of the line: comparing that, in words, and reading the values needs one
// pass over the bytes and no index of tokens. Values may be of any kind but lists, structs, bytes and any.
//
// Owns     the form
// Threads  one user
// Errors   none: a line that differs is left to JsonRecord, which knows what is wrong with it, if anything
// Cost     two to three times as fast as JsonRecord behind JsonIndex
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/builder.h"
#include "core/data/json_cursor.h"

namespace blox {

class JsonForm {
 public:
  /// For records of `log`, which stays where it is.
  explicit JsonForm(LogBuilder* log) : log_(log) {}

  bool known() const { return !members_.empty(); }
  void forget() { members_.clear(); }
  /// Takes the form of a line, its "\n" included, if it has one that can be read here.
  /// Precondition: it is an object that became a record of the log.
  void learn(std::string_view line);

  /// Reads a line into the log and returns where the next begins, or null where the line has another form; the log may
  /// then hold a part of its row, to be cancelled. Precondition: UTF-8, `at` < `end`, behind a "\n".
  const char* read(const char* at, const char* end);

 private:
  static constexpr size_t kLongest = 32;

  /// What stands between two values.
  struct Between {
    uint32_t size = 0;
    std::array<uint64_t, kLongest / sizeof(uint64_t)> words{};
    std::array<uint64_t, kLongest / sizeof(uint64_t)> masks{};

    bool set(const char* from, const char* to);
    bool matches(const char* text) const;
  };
  enum class Value : uint8_t { kString, kTime, kInt, kFloat, kBool, kIgnoredString, kIgnoredNumber, kIgnoredWord };
  struct Member {
    Between before;  ///< with the opening quote of a string
    Value value = Value::kString;
    ColumnBuilder* column = nullptr;  ///< null where the value is ignored
  };

  bool choose(std::string_view name, char first, Member* member);
  const char* read_value(const Member& member, const char* at, const char* end);
  const char* read_string(ColumnBuilder* column, const char* at, const char* end);
  /// A string with escapes, as `scratch_`.
  const char* read_escaped(const char* at);

  LogBuilder* log_;
  std::vector<Member> members_;
  Between after_;                       ///< the last value
  std::vector<ColumnBuilder*> absent_;  ///< fields that the form lacks: null
  JsonCursor cursor_;                   ///< knows escapes
  std::string scratch_;
};

}  // namespace blox
