// The shape of a log: its fields in order, its key, whether it is append-only, and its event time.
//
// Owns     its parts, shared between copies
// Threads  an immutable value; any thread
// Cost     copying is one atomic increment; equality of copies is one comparison
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/type.h"

namespace blox {

/// What the rows of a log mean. Values are part of the wire format.
enum class Mode : uint8_t {
  kAppend = 0,  ///< each row is a new fact
  kFull = 1,    ///< a changelog: update-before and update-after stand next to each other in one log
  kUpsert = 2,  ///< a changelog by key: the row after, and deletes
};

class Schema {
 public:
  Schema();  ///< no fields, append-only
  /// Precondition: names differ, key and time fields exist.
  explicit Schema(std::vector<Field> fields, std::vector<std::string> key = {}, Mode mode = Mode::kAppend,
                  std::string time_field = {});
  /// From the fields of a struct type, without key. Precondition: a struct.
  static Schema from(const Type& record);

  const std::vector<Field>& fields() const { return parts_->fields; }
  size_t size() const { return parts_->fields.size(); }
  const Field& at(size_t index) const { return parts_->fields[index]; }
  std::optional<size_t> find(std::string_view name) const;
  std::vector<std::string> names() const;
  /// Names of the key fields; empty where there is no key.
  const std::vector<std::string>& key() const { return parts_->key; }
  Mode mode() const { return parts_->mode; }
  bool is_changelog() const { return parts_->mode != Mode::kAppend; }
  /// The event-time field; empty where there is none.
  const std::string& time_field() const { return parts_->time_field; }

  Schema with_key(std::vector<std::string> key) const;
  Schema with_mode(Mode mode) const;
  Schema with_time_field(std::string name) const;

  Type as_type() const;
  /// "{word: string, count: int} key(word) changelog".
  std::string to_string() const;
  friend bool operator==(const Schema& a, const Schema& b);

 private:
  struct Parts {
    std::vector<Field> fields;
    std::vector<std::string> key;
    Mode mode = Mode::kAppend;
    std::string time_field;
    friend bool operator==(const Parts&, const Parts&) = default;
  };
  std::shared_ptr<const Parts> parts_;
};

}  // namespace blox
