#include "core/expr/functions/json_path.h"

#include <algorithm>

#include "core/data/any.h"
#include "core/data/messagepack.h"
#include "core/expr/functions/compare.h"
#include "core/expr/functions/number_text.h"

namespace blox::expr {
namespace {

using Text = std::string_view;
using Kind = MessagePackReader::Kind;

// The value that the reader stands before; nothing where it is malformed.
std::optional<Text> whole_value(MessagePackReader& reader) {
  const char* const start = reader.position();
  if (!reader.skip()) return std::nullopt;
  return Text(start, static_cast<size_t>(reader.position() - start));
}

bool contains(const Datum& whole, const Datum& part) {
  if (const Datum::Struct* wanted = part.get_if<Datum::Struct>()) {
    const Datum::Struct* have = whole.get_if<Datum::Struct>();
    return have != nullptr && std::all_of(wanted->begin(), wanted->end(), [&](const auto& member) {
             return std::any_of(have->begin(), have->end(), [&](const auto& own) {
               return own.first == member.first && contains(own.second, member.second);
             });
           });
  }
  const Datum::List* items = whole.get_if<Datum::List>();
  if (const Datum::List* wanted = part.get_if<Datum::List>()) {
    return items != nullptr && std::all_of(wanted->begin(), wanted->end(), [&](const Datum& item) {
             return std::any_of(items->begin(), items->end(), [&](const Datum& own) { return contains(own, item); });
           });
  }
  return same_datum(whole, part);
}

}  // namespace

std::optional<Text> json_member(Text any, Text name) {
  MessagePackReader reader(any);
  MessagePackReader::Item item;
  if (!reader.next(&item) || item.kind != Kind::kMap) return std::nullopt;
  for (uint32_t i = item.count; i > 0; --i) {
    Text key;
    if (!reader.read_string(&key)) return std::nullopt;
    if (key == name) return whole_value(reader);
    if (!reader.skip()) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Text> json_item(Text any, int64_t index) {
  MessagePackReader reader(any);
  MessagePackReader::Item item;
  if (!reader.next(&item) || item.kind == Kind::kMap) return std::nullopt;
  if (item.kind != Kind::kArray) return index == 0 || index == -1 ? std::optional<Text>(any) : std::nullopt;
  const auto count = static_cast<int64_t>(item.count);
  if (index < -count || index >= count) return std::nullopt;
  for (int64_t i = index < 0 ? index + count : index; i > 0; --i) {
    if (!reader.skip()) return std::nullopt;
  }
  return whole_value(reader);
}

std::optional<Text> json_path(Text any, Text path) {
  path = trimmed(path);
  if (!path.starts_with('{') || !path.ends_with('}') || path.size() < 2) return std::nullopt;
  path = path.substr(1, path.size() - 2);
  std::optional<Text> at = any;
  while (at.has_value() && !path.empty()) {
    const size_t comma = std::min(path.find(','), path.size());
    Text step = trimmed(path.substr(0, comma));
    path.remove_prefix(std::min(comma + 1, path.size()));
    if (step.size() >= 2 && step.front() == '"' && step.back() == '"') step = step.substr(1, step.size() - 2);
    MessagePackReader::Item item;
    int64_t index = 0;
    const bool is_array = MessagePackReader(*at).next(&item) && item.kind == Kind::kArray;
    if (!is_array) {
      at = json_member(*at, step);
    } else if (read_int(step, &index) == Read::kFine) {
      at = json_item(*at, index);
    } else {
      at = std::nullopt;
    }
  }
  return at;
}

bool json_has(Text any, Text name) {
  MessagePackReader reader(any);
  MessagePackReader::Item item;
  if (!reader.next(&item)) return false;
  if (item.kind == Kind::kString) return item.bytes == name;
  if (item.kind == Kind::kMap) return json_member(any, name).has_value();
  if (item.kind != Kind::kArray) return false;
  for (uint32_t i = item.count; i > 0; --i) {
    const std::optional<Text> value = whole_value(reader);
    MessagePackReader::Item own;
    if (!value.has_value()) return false;
    if (MessagePackReader(*value).next(&own) && own.kind == Kind::kString && own.bytes == name) return true;
  }
  return false;
}

bool json_contains(Text any, Text part) {
  const Result<Datum> whole = decode_any(any);
  const Result<Datum> wanted = decode_any(part);
  if (!whole.is_ok() || !wanted.is_ok()) return false;
  // An array at the top holds a plain value that is one of its items.
  const Datum::List* items = whole->get_if<Datum::List>();
  const bool plain = wanted->get_if<Datum::List>() == nullptr && wanted->get_if<Datum::Struct>() == nullptr;
  if (items != nullptr && plain) {
    return std::any_of(items->begin(), items->end(), [&](const Datum& item) { return same_datum(item, *wanted); });
  }
  return contains(*whole, *wanted);
}

}  // namespace blox::expr
