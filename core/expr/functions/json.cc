// Values of type any, which are read where they lie, lists and structs. Source of the rules: PostgreSQL's jsonb.
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "core/data/any.h"
#include "core/data/json.h"
#include "core/data/messagepack.h"
#include "core/expr/functions/groups.h"
#include "core/expr/functions/json_path.h"
#include "core/expr/kernel.h"
#include "core/expr/load.h"
#include "core/expr/utf8.h"

namespace blox::expr {
namespace {

using Text = std::string_view;

Text type_of(Text any) {
  using Kind = MessagePackReader::Kind;
  MessagePackReader::Item item;
  if (!MessagePackReader(any).next(&item)) return "null";
  switch (item.kind) {
    case Kind::kNil: return "null";
    case Kind::kBool: return "boolean";
    case Kind::kInt:
    case Kind::kFloat: return "number";
    case Kind::kString: return "string";
    case Kind::kBinary: return "bytes";
    case Kind::kTime: return "time";
    case Kind::kArray: return "array";
    case Kind::kMap: return "object";
  }
  return "null";
}

Text json_text(Call& call, Text any) {
  BufferBuilder out;
  append_any_as_json(any, &out);
  return call.keep({reinterpret_cast<const char*>(out.data()), out.size()});
}

// As text: strings without quotes, null as null.
std::optional<Text> plain_text(Call& call, std::optional<Text> any) {
  MessagePackReader::Item item;
  if (!any.has_value() || !MessagePackReader(*any).next(&item) || item.kind == MessagePackReader::Kind::kNil)
    return std::nullopt;
  if (item.kind == MessagePackReader::Kind::kString) return item.bytes;
  return json_text(call, *any);
}

std::optional<Text> member_text(Call& call, Text any, Text name) { return plain_text(call, json_member(any, name)); }
std::optional<Text> item_text(Call& call, Text any, int64_t index) { return plain_text(call, json_item(any, index)); }
std::optional<Text> path_text(Call& call, Text any, Text path) { return plain_text(call, json_path(any, path)); }

int64_t array_length(Call& call, Text any) {
  MessagePackReader::Item item;
  if (MessagePackReader(any).next(&item) && item.kind == MessagePackReader::Kind::kArray) return item.count;
  call.fail("expr.argument", "cannot get array length of " + std::string(type_of(any)));
  return 0;
}

// Text to and from any.
Text any_of_text(Call& call, Text text) {
  Result<std::string> any = any_from_json(text);
  if (any.is_ok()) return call.keep(*any);
  const size_t shown = skip_points(text, 40);
  const bool range = any.status().error().code == "json.range";
  const char* const what = range ? "` has a number that is out of range" : "` is no JSON";
  call.fail("expr.cast", "`" + std::string(text.substr(0, shown)) + (shown < text.size() ? "…" : "") + what);
  return {};
}

// The value inside of an any.
bool bool_of_any(Call& call, Text any) {
  MessagePackReader::Item item;
  if (MessagePackReader(any).next(&item) && item.kind == MessagePackReader::Kind::kBool) return item.boolean;
  call.fail("expr.cast", std::string(type_of(any)) + " is no bool");
  return false;
}
double float_of_any(Call& call, Text any) {
  MessagePackReader::Item item;
  if (MessagePackReader(any).next(&item)) {
    if (item.kind == MessagePackReader::Kind::kFloat) return item.floating;
    if (item.kind == MessagePackReader::Kind::kInt) return static_cast<double>(item.integer);
  }
  call.fail("expr.cast", std::string(type_of(any)) + " is no float");
  return 0;
}
int64_t int_of_any(Call& call, Text any) {
  MessagePackReader::Item item;
  if (MessagePackReader(any).next(&item)) {
    if (item.kind == MessagePackReader::Kind::kInt) return item.integer;
    if (item.kind == MessagePackReader::Kind::kFloat) {
      const double whole = std::rint(item.floating);
      if (whole >= -9223372036854775808.0 && whole < 9223372036854775808.0) return static_cast<int64_t>(whole);
      call.fail("expr.overflow", "int out of range");
      return 0;
    }
  }
  call.fail("expr.cast", std::string(type_of(any)) + " is no int");
  return 0;
}

template <typename T>
Datum datum_of(const T& value) {
  if constexpr (std::is_same_v<T, Text>) return Datum(std::string(value));
  if constexpr (std::is_same_v<T, Ref>) return value.column->datum_at(value.row);
  if constexpr (!std::is_same_v<T, Text> && !std::is_same_v<T, Ref>) return Datum(value);
}
template <typename T>
Text any_of(Call& call, T value) {
  return call.keep(encode_any(datum_of(value)));
}
Text any_of_time(Call& call, int64_t value) { return call.keep(encode_any(Datum(Datum::Time{value}))); }
Text any_of_bytes(Call& call, Text value) { return call.keep(encode_any(Datum(Datum::Bytes{std::string(value)}))); }
Text any_of_any(Text value) { return value; }

Kernel choose_any_of(Kind kind) {
  switch (kind) {
    case Kind::kBool: return lift<any_of<bool>>.kernel;
    case Kind::kInt: return lift<any_of<int64_t>>.kernel;
    case Kind::kFloat: return lift<any_of<double>>.kernel;
    case Kind::kString: return lift<any_of<Text>>.kernel;
    case Kind::kBytes: return lift<any_of_bytes>.kernel;
    case Kind::kTime: return lift<any_of_time>.kernel;
    case Kind::kList:
    case Kind::kStruct: return lift<any_of<Ref>>.kernel;
    case Kind::kAny: return lift<any_of_any>.kernel;
  }
  return nullptr;
}

int64_t cardinality(Call&, Ref list) {
  const int32_t* const starts = list.column->offsets.as<int32_t>() + list.column->index(list.row);
  return starts[1] - starts[0];
}

// Item i of a list, counted from 1; null where there is none.
void item(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  load_item(frame, args[0], args[1], node.type, batch.size, &out);
}

constexpr Function kRows[] = {
    {"->", "any string", "any?", lift<json_member>, "The member of that name; also of a struct.",
     "'{\"a\": [1]}'::any -> 'a'", "[1]"},
    {"->", "any int", "any?", lift<json_item>,
     "The item at that place of an array, from 0, from its end where negative; also any[i].", "'[1, 2]'::any -> -1",
     "2"},
    {"->>", "any string", "string?", lift<member_text>, "The member as text.", "'{\"a\": \"x\"}'::any ->> 'a'", "x"},
    {"->>", "any int", "string?", lift<item_text>, "The item as text.", "'[1, \"x\"]'::any ->> 1", "x"},
    {"#>", "any string", "any?", lift<json_path>, "What a path of names and places leads to.",
     "'{\"a\": [1, 2]}'::any #> '{a,1}'", "2"},
    {"#>>", "any string", "string?", lift<path_text>, "Likewise, as text.", "'{\"a\": [1, \"x\"]}'::any #>> '{a,1}'",
     "x"},
    {"?", "any string", "bool", lift<json_has>, "Whether there is a member of that name, or a string among the items.",
     "'{\"a\": 1}'::any ? 'a'", "true"},
    {"@>", "any any", "bool", lift<json_contains>, "Whether it holds all that the second holds.",
     "'{\"a\": 1, \"b\": 2}'::any @> '{\"b\": 2}'", "true"},
    {"jsonb_typeof", "any", "string", lift<type_of>, "object, array, string, number, boolean, null, bytes or time.",
     "jsonb_typeof('[1]')", "array"},
    {"json_typeof", "any", "string", lift<type_of>, "As jsonb_typeof.", "json_typeof('1')", "number"},
    {"jsonb_array_length", "any", "int", lift<array_length>, "How many items an array has.",
     "jsonb_array_length('[1, 2]')", "2"},
    {"json_array_length", "any", "int", lift<array_length>, "As jsonb_array_length.", "json_array_length('[]')", "0"},
    {"to_jsonb",
     "T",
     "any",
     {nullptr, true, choose_any_of},
     "A value of any type as one of type any.",
     "to_jsonb('a'::string)",
     "\"a\""},
    {"to_json", "T", "any", {nullptr, true, choose_any_of}, "As to_jsonb.", "to_json(1 + 1)", "2"},
    {"[]",
     "list int",
     "any?",
     {&item},
     "An item of a list, counted from 1: `list[i]`; null where there is none.",
     "cardinality(NULL) IS NULL",
     "true",
     Nulls::kNever},
    {"cardinality", "list", "int", lift<cardinality>, "How many items a list has.", "cardinality(NULL) IS NULL",
     "true"},
    {"array_length", "list", "int", lift<cardinality>, "As cardinality.", "array_length(NULL) IS NULL", "true"},
    {"::", "any", "string", lift<json_text>, "As JSON; `->>` gives strings without quotes.",
     "'[1, \"a\"]'::any::string", "[1,\"a\"]"},
    {"::", "string", "any", lift<any_of_text>, "Reads JSON.", "'{\"a\": 1}'::any", "{\"a\":1}"},
    {"::", "any", "int", lift<int_of_any>, "The number inside, rounded.", "'2.5'::any::int", "2"},
    {"::", "any", "float", lift<float_of_any>, "The number inside.", "'2.5'::any::float", "2.5"},
    {"::", "any", "bool", lift<bool_of_any>, "The bool inside.", "'true'::any::bool", "true"},
};

}  // namespace

std::span<const Function> json_functions() { return kRows; }

}  // namespace blox::expr
