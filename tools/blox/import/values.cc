#include "tools/blox/import/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "dsl/printer.h"
#include "dsl/text.h"
#include "tools/blox/import/map_reduce.h"
#include "tools/blox/import/old_form.h"

namespace blox::tools {
namespace {

using Kind = JsonNode::Kind;

std::string sql(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return escaped(out + "'");
}

// 1500000 µs as 1500ms.
std::string duration(int64_t micros) {
  if (micros % 1'000'000 == 0) return fmt::format("{}s", micros / 1'000'000);
  return micros % 1'000 == 0 ? fmt::format("{}ms", micros / 1'000) : fmt::format("{}us", micros);
}

// Within quotes; `~` is the home folder.
std::string path(std::string_view text) {
  if (text != "~" && !text.starts_with("~/")) return escaped(text);
  return "${home}" + escaped(text.substr(1));
}

class Converter {
 public:
  Converter(const JsonNode& value, std::string_view arg, Diagnostics& diagnostics)
      : value_(value), arg_(arg), diagnostics_(diagnostics) {}

  std::optional<std::string> convert(OldForm form) {
    switch (form) {
      case OldForm::kInt: return value_.is(Kind::kInt) ? std::optional(value_.text) : wrong("a whole number");
      case OldForm::kText:
      case OldForm::kPath:
      case OldForm::kWord:
      case OldForm::kSqlText:
      case OldForm::kField: return text(form);
      case OldForm::kBool:
        return value_.is(Kind::kBool) ? std::optional<std::string>(value_.boolean ? "true" : "false")
                                      : wrong("true or false");
      case OldForm::kSeconds: return seconds();
      case OldForm::kBytes: return bytes();
      case OldForm::kShare: return share();
      case OldForm::kMapKey:
      case OldForm::kTotals: return map_function(form);
      case OldForm::kFields:
      case OldForm::kTexts:
      case OldForm::kSqlCases:
      case OldForm::kCount:
      case OldForm::kDecoded: return list(form);
      case OldForm::kNothing:
      case OldForm::kReserved: break;
    }
    return std::nullopt;
  }

 private:
  std::nullopt_t wrong(const char* wanted) {
    diagnostics_.error("E0147", value_.span, fmt::format("`{}` is {}, not {}", arg_, wanted, value_.kind_name()));
    return std::nullopt;
  }
  std::nullopt_t out_of_range(const char* wanted) {
    diagnostics_.error("E0147", value_.span, fmt::format("`{}` is {}", arg_, wanted));
    return std::nullopt;
  }

  std::optional<std::string> text(OldForm form) {
    if (!value_.is(Kind::kString)) return wrong("a string");
    if (value_.text.find('\0') != std::string::npos) return out_of_range("a text without zero bytes");
    switch (form) {
      case OldForm::kPath: return "\"" + path(value_.text) + "\"";
      case OldForm::kWord: return path(value_.text);
      case OldForm::kSqlText: return sql(value_.text);
      case OldForm::kField: return field(value_.text);
      default: return quoted(value_.text);
    }
  }

  std::optional<std::string> field(const std::string& name) {
    if (name.empty() || name.find_first_of("\n\r`") != std::string::npos) return out_of_range("no name of a field");
    return dsl::print_name(name);
  }

  std::optional<std::string> seconds() {
    if (!value_.is_number()) return wrong("a number of seconds");
    constexpr double kMost = 1e9;
    if (!(value_.real >= 0 && value_.real <= kMost)) return out_of_range("from 0 to 1e9 seconds");
    return duration(std::llround(value_.real * 1e6));
  }
  std::optional<std::string> bytes() {
    if (!value_.is(Kind::kInt)) return wrong("a number of bytes");
    if (value_.integer < 1) return out_of_range("at least 1");
    return value_.integer % 1024 == 0 ? fmt::format("{}KiB", value_.integer / 1024) : fmt::format("{}B", value_.integer);
  }
  std::optional<std::string> share() {
    if (!value_.is_number()) return wrong("a number of per cent");
    if (!(value_.real >= 0 && value_.real <= 100)) return out_of_range("from 0 to 100 per cent");
    return fmt::format("{}%", value_.real);
  }

  std::optional<std::string> map_function(OldForm form) {
    if (!value_.is(Kind::kString)) return wrong("a function in a string");
    const std::optional<MapReduce> read = read_map_function(value_.text);
    if (!read) {
      diagnostics_.add({Severity::kError,
                        "E0147",
                        value_.span,
                        fmt::format("`{}` is not read: it has not the form emit(this.key, {{count: 1, total: this.field}})",
                                    arg_),
                        {},
                        "bring it into that form, and say the rest by hand: `Map` before, `Aggregate` in its place"});
      return std::nullopt;
    }
    if (form == OldForm::kMapKey) return dsl::print_name(read->key);
    std::string out;
    for (const auto& [name, total] : read->totals) {
      out += fmt::format("{}{} = \"{}\"", out.empty() ? "" : ", ", dsl::print_name(name), escaped(total));
    }
    return out;
  }

  std::optional<std::string> list(OldForm form) {
    // One value stands for a list of one.
    const bool single = value_.is(Kind::kString);
    if (!single && !value_.is(Kind::kList)) return wrong("a list of strings");
    std::string out;
    for (size_t i = 0; i < (single ? 1 : value_.items.size()); ++i) {
      const JsonNode& item = single ? value_ : value_.items[i];
      if (!item.is(Kind::kString)) return Converter(item, arg_, diagnostics_).wrong("a list of strings");
      const std::optional<std::string> written = Converter(item, arg_, diagnostics_).list_item(form);
      if (!written) return std::nullopt;
      if (form == OldForm::kSqlCases) {
        out += fmt::format("{}WHEN {} THEN {}", out.empty() ? "" : " ", i, *written);
      } else {
        out += (out.empty() ? "" : ", ") + *written;
      }
    }
    if (form == OldForm::kSqlCases && out.empty()) return "WHEN 0 THEN ''";
    if (form == OldForm::kCount) return std::to_string(single ? 1 : value_.items.size());
    return form == OldForm::kTexts || form == OldForm::kFields ? "[" + out + "]" : out;
  }

  std::optional<std::string> list_item(OldForm form) {
    switch (form) {
      case OldForm::kFields: return text(OldForm::kField);
      case OldForm::kSqlCases: return text(OldForm::kSqlText);
      case OldForm::kDecoded: {
        const std::optional<std::string> name = text(OldForm::kField);
        if (!name) return std::nullopt;
        return fmt::format("{} = \"decode({}, 'base64')\"", *name, escaped(*name));
      }
      default: return text(OldForm::kText);
    }
  }

  const JsonNode& value_;
  std::string arg_;
  Diagnostics& diagnostics_;
};

// `{name}` at `at`: its length with the braces, or 0.
size_t placeholder(std::string_view text, size_t at) {
  if (text[at] != '{' || (at > 0 && text[at - 1] == '$')) return 0;  // ${name} is a reference of the language
  size_t end = at + 1;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
  return end < text.size() && text[end] == '}' && end > at + 1 ? end - at + 1 : 0;
}

// Where the argument that begins at `at` ends: at a comma or bracket that stands in no other.
size_t argument_end(std::string_view call, size_t at) {
  int depth = 0;
  char quote = '\0';
  for (; at < call.size(); ++at) {
    const char c = call[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (depth > 0 && (c == ')' || c == ']' || c == '}')) {
      --depth;
    } else if (depth == 0 && (c == ',' || c == ')')) {
      break;
    }
  }
  return at;
}

constexpr std::array<std::string_view, 14> kWords{"input", "output", "param",   "set",  "include", "plugin", "require",
                                                  "true",  "false",  "null",    "env",  "secret",  "every",  "elementclass"};

}  // namespace

std::optional<std::string> new_value(const JsonNode& value, OldForm form, std::string_view arg,
                                     Diagnostics& diagnostics) {
  return Converter(value, arg, diagnostics).convert(form);
}

bool is_something(const JsonNode& value) {
  switch (value.kind) {
    case Kind::kNull: return false;
    case Kind::kBool: return value.boolean;
    case Kind::kInt:
    case Kind::kFloat: return value.real != 0;
    case Kind::kString: return !value.text.empty();
    default: return !value.items.empty();
  }
}

std::string escaped(std::string_view text) { return dsl::escape_text({std::string(text), {}, {}}, false); }

std::string quoted(std::string_view text) { return "\"" + escaped(text) + "\""; }

std::optional<std::string> expand(std::string_view text,
                                  const std::function<std::optional<std::string>(std::string_view name)>& lookup) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = placeholder(text, at);
    if (length == 0) {
      out += text[at++];
      continue;
    }
    const std::optional<std::string> value = lookup(text.substr(at + 1, length - 2));
    if (!value) return std::nullopt;
    out += *value;
    at += length;
  }
  return out;
}

std::string expand_call(std::string_view call,
                        const std::function<std::optional<std::string>(std::string_view name)>& lookup) {
  const size_t open = call.find('(');
  if (open == std::string_view::npos) return std::string(call);
  std::string out(call.substr(0, open));
  const char* separator = "(";
  for (size_t at = open + 1; at < call.size();) {
    const size_t end = argument_end(call, at);
    if (const std::optional<std::string> argument = expand(call.substr(at, end - at), lookup)) {
      out += separator + *argument;
      separator = ", ";
    }
    at = end + 1;
    while (at < call.size() && call[at] == ' ') ++at;
  }
  return *separator == ',' ? out + ")" : out;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

std::string element_name(std::string_view old) {
  std::string out;
  for (const char c : old) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x80 && std::isalnum(byte) != 0 ? c : '_';
  }
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0])) != 0) out = "block_" + out;
  out[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(out[0])));
  if (std::find(kWords.begin(), kWords.end(), out) != kWords.end()) out += "_block";
  return out;
}

std::string class_name(std::string_view old) {
  std::string out;
  bool begins = true;
  for (const char c : old) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = byte < 0x80 && std::isalnum(byte) != 0;
    if (letter) out += begins ? static_cast<char>(std::toupper(byte)) : c;
    begins = !letter;
  }
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0])) != 0) out = "Group" + out;
  return out;
}

}  // namespace blox::tools
