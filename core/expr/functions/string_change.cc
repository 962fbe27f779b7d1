// Functions that write new strings: other letters, replacements, filling, concatenation.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include "core/expr/functions/case.h"
#include "core/expr/functions/groups.h"
#include "core/expr/functions/md5.h"
#include "core/expr/kernel.h"
#include "core/expr/utf8.h"

namespace blox::expr {
namespace {

using Text = std::string_view;

template <typename Change>
Text change_points(Call& call, Text text, const Change& change) {
  // A changed letter may need more bytes than it had: at most 3 for 2, 2 for 1.
  char* const start = call.room(is_ascii(text) ? text.size() : text.size() * 2);
  if (start == nullptr) return {};
  char* out = start;
  for (size_t i = 0; i < text.size();) out += put_point(out, change(next_point(text, &i)));
  return {start, static_cast<size_t>(out - start)};
}

Text lower(Call& call, Text text) {
  if (!is_ascii(text)) return change_points(call, text, to_lower);
  char* const out = call.room(text.size());
  if (out == nullptr) return {};
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    out[i] = static_cast<char>(c + (c >= 'A' && c <= 'Z' ? 32 : 0));
  }
  return {out, text.size()};
}
Text upper(Call& call, Text text) {
  if (!is_ascii(text)) return change_points(call, text, to_upper);
  char* const out = call.room(text.size());
  if (out == nullptr) return {};
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    out[i] = static_cast<char>(c - (c >= 'a' && c <= 'z' ? 32 : 0));
  }
  return {out, text.size()};
}
Text capitalise(Call& call, Text text) {
  bool inside = false;
  return change_points(call, text, [&](uint32_t point) {
    const uint32_t out = inside ? to_lower(point) : to_upper(point);
    inside = is_letter_or_digit(point);
    return out;
  });
}

Text replace(Call& call, Text text, Text from, Text to) {
  if (from.empty() || text.find(from) == Text::npos) return text;
  size_t count = 0;
  for (size_t at = text.find(from); at != Text::npos; at = text.find(from, at + from.size())) ++count;
  char* const start = call.room(text.size() - count * from.size() + count * to.size());
  if (start == nullptr) return {};
  char* out = start;
  const auto put = [&](Text bytes) {
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
    out += bytes.size();
  };
  size_t at = 0;
  for (size_t next = text.find(from); next != Text::npos; next = text.find(from, at)) {
    put(text.substr(at, next - at));
    put(to);
    at = next + from.size();
  }
  put(text.substr(at));
  return {start, static_cast<size_t>(out - start)};
}

Text translate(Call& call, Text text, Text from, Text to) {
  char* const start = call.room(text.size() * 4);
  if (start == nullptr) return {};
  char* out = start;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    next_point(text, &i);
    const Text point = text.substr(begin, i - begin);
    Text replacement = point;
    size_t target = 0;
    for (size_t k = 0; k < from.size();) {
      const size_t key = k;
      next_point(from, &k);
      const size_t value = target;
      if (target < to.size()) next_point(to, &target);
      if (from.substr(key, k - key) != point) continue;
      replacement = to.substr(value, target - value);
      break;
    }
    if (!replacement.empty()) std::memcpy(out, replacement.data(), replacement.size());
    out += replacement.size();
  }
  return {start, static_cast<size_t>(out - start)};
}

Text pad(Call& call, Text text, int64_t count, Text fill, bool before) {
  count = std::max<int64_t>(count, 0);
  const int64_t have = count_points(text);
  if (have >= count || fill.empty()) return text.substr(0, skip_points(text, count));
  const int64_t missing = count - have;
  const int64_t fill_points = count_points(fill);
  if (missing > static_cast<int64_t>(kMostText)) {
    call.fail("expr.too_large", "requested length too large");
    return {};
  }
  const size_t whole = static_cast<size_t>(missing / fill_points);
  const size_t rest = skip_points(fill, missing % fill_points);
  char* const start = call.room(text.size() + whole * fill.size() + rest);
  if (start == nullptr) return {};
  char* out = start;
  const auto put = [&](Text bytes) {
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
    out += bytes.size();
  };
  if (!before) put(text);
  for (size_t i = 0; i < whole; ++i) put(fill);
  put(fill.substr(0, rest));
  if (before) put(text);
  return {start, static_cast<size_t>(out - start)};
}
Text pad_left(Call& call, Text text, int64_t count, Text fill) { return pad(call, text, count, fill, true); }
Text pad_right(Call& call, Text text, int64_t count, Text fill) { return pad(call, text, count, fill, false); }
Text pad_left_spaces(Call& call, Text text, int64_t count) { return pad(call, text, count, " ", true); }
Text pad_right_spaces(Call& call, Text text, int64_t count) { return pad(call, text, count, " ", false); }

Text reverse(Call& call, Text text) {
  char* const start = call.room(text.size());
  if (start == nullptr) return {};
  char* out = start + text.size();
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    next_point(text, &i);
    out -= i - begin;
    std::memcpy(out, text.data() + begin, i - begin);
  }
  return {start, text.size()};
}

Text repeat(Call& call, Text text, int64_t count) {
  if (count <= 0 || text.empty()) return {};
  if (count > static_cast<int64_t>(kMostText)) {
    call.fail("expr.too_large", "requested length too large");
    return {};
  }
  char* const start = call.room(text.size() * static_cast<size_t>(count));
  if (start == nullptr) return {};
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(start + static_cast<size_t>(i) * text.size(), text.data(), text.size());
  return {start, text.size() * static_cast<size_t>(count)};
}

Text overlay_count(Call& call, Text text, Text put, int64_t from, int64_t count) {
  if (from <= 0) {
    call.fail("expr.argument", "negative substring length not allowed");
    return {};
  }
  const size_t start = skip_points(text, from - 1);
  int64_t behind = 0;
  if (__builtin_add_overflow(from, count, &behind)) behind = std::numeric_limits<int64_t>::max();
  const size_t rest = skip_points(text, std::max<int64_t>(behind - 1, 0));
  const size_t size = start + put.size() + (text.size() - rest);
  char* const out = call.room(size);
  if (out == nullptr) return {};
  if (start > 0) std::memcpy(out, text.data(), start);
  if (!put.empty()) std::memcpy(out + start, put.data(), put.size());
  if (rest < text.size()) std::memcpy(out + start + put.size(), text.data() + rest, text.size() - rest);
  return {out, size};
}
Text overlay(Call& call, Text text, Text put, int64_t from) {
  return overlay_count(call, text, put, from, count_points(put));
}

Text concatenation(Call& call, Text a, Text b) {
  char* const out = call.room(a.size() + b.size());
  if (out == nullptr) return {};
  if (!a.empty()) std::memcpy(out, a.data(), a.size());
  if (!b.empty()) std::memcpy(out + a.size(), b.data(), b.size());
  return {out, a.size() + b.size()};
}

// concat and concat_ws: nulls are left out; a null separator makes all null.
template <bool kSeparator>
void concatenate_all(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  const size_t count = node.args.size();
  for (size_t a = 0; a < count; ++a) input<Text>(frame, args[a], batch.size);
  Text* const values = frame.arena().array<Text>(batch.size);
  uint8_t* const valid = frame.arena().array<uint8_t>(batch.size);
  Call call(frame, node, batch, false);
  const auto at = [&](size_t a, uint32_t i) { return args[a].as<Text>()[args[a].index(i)]; };
  for (uint32_t i = 0; i < batch.size; ++i) {
    values[i] = {};
    valid[i] = !kSeparator || args[0].is_valid(i);
    if (valid[i] == 0) continue;
    const Text separator = kSeparator ? at(0, i) : Text();
    size_t size = 0;
    for (size_t a = kSeparator ? 1 : 0; a < count; ++a) {
      if (args[a].is_valid(i)) size += at(a, i).size() + separator.size();
    }
    call.begin(i);
    char* const start = call.room(size);
    if (start == nullptr) {
      valid[i] = 0;
      continue;
    }
    char* end = start;
    const auto put = [&](Text bytes) {
      if (!bytes.empty()) std::memcpy(end, bytes.data(), bytes.size());
      end += bytes.size();
    };
    bool first = true;
    for (size_t a = kSeparator ? 1 : 0; a < count; ++a) {
      if (!args[a].is_valid(i)) continue;
      if (!first) put(separator);
      first = false;
      put(at(a, i));
    }
    values[i] = {start, static_cast<size_t>(end - start)};
  }
  out.data = values;
  out.valid = valid;
}

Text md5(Call& call, Text bytes) { return call.keep(md5_hex(bytes)); }

constexpr Function kRows[] = {
    {"md5", "string", "string", lift<md5>, "The MD5 digest, in hexadecimal.", "md5('abc')",
     "900150983cd24fb0d6963f7d28e17f72"},
    {"md5", "bytes", "string", lift<md5>, "Likewise.", "md5('\\x616263'::bytes)", "900150983cd24fb0d6963f7d28e17f72"},
    {"||", "string text", "string", lift<concatenation>,
     "Both, one after the other; what is no string is turned into one.", "'a' || 1", "a1"},
    {"||", "text string", "string", lift<concatenation>, "Likewise.", "2.5 || 'b'", "2.5b"},
    {"||", "bytes bytes", "bytes", lift<concatenation>, "Both, one after the other.",
     "'\\x01'::bytes || '\\x02'::bytes", "\\x0102"},
    {"lower", "string", "string", lift<lower>, "In small letters, of all scripts.", "lower('ÄB')", "äb"},
    {"upper", "string", "string", lift<upper>, "In capital letters, of all scripts.", "upper('äb')", "ÄB"},
    {"initcap", "string", "string", lift<capitalise>, "Each word with a capital letter and small ones behind it.",
     "initcap('hI THERE')", "Hi There"},
    {"replace", "string string string", "string", lift<replace>,
     "With every occurrence of the second replaced by the third.", "replace('abcabc', 'b', 'X')", "aXcaXc"},
    {"translate", "string string string", "string", lift<translate>,
     "With each character of the second replaced by the one at its place in the third, or dropped.",
     "translate('12345', '143', 'ax')", "a2x5"},
    {"overlay", "string string int", "string", lift<overlay>,
     "With the second written over it from that character on: overlay(s placing x from n).",
     "overlay('Txxxxas' placing 'hom' from 2)", "Thomxas"},
    {"overlay", "string string int int", "string", lift<overlay_count>, "Likewise, in place of so many characters.",
     "overlay('Txxxxas' placing 'hom' from 2 for 4)", "Thomas"},
    {"lpad", "string int", "string", lift<pad_left_spaces>, "Filled with spaces in front, or cut, to n characters.",
     "lpad('7', 3)", "  7"},
    {"lpad", "string int string", "string", lift<pad_left>, "Likewise with another filling.", "lpad('7', 3, '0')",
     "007"},
    {"rpad", "string int", "string", lift<pad_right_spaces>, "Filled with spaces behind, or cut, to n characters.",
     "rpad('a', 3) || '|'", "a  |"},
    {"rpad", "string int string", "string", lift<pad_right>, "Likewise with another filling.", "rpad('a', 4, 'xy')",
     "axyx"},
    {"reverse", "string", "string", lift<reverse>, "With its characters in reverse order.", "reverse('añb')", "bña"},
    {"repeat", "string int", "string", lift<repeat>, "n times, one after the other.", "repeat('ab', 3)", "ababab"},
    {"concat",
     "text...",
     "string",
     {&concatenate_all<false>, true},
     "All, one after the other, as strings; nulls are left out.",
     "concat('a', NULL, 2)",
     "a2",
     Nulls::kNever},
    {"concat_ws",
     "string text...",
     "string?",
     {&concatenate_all<true>, true},
     "All but the first, as strings, with the first between them; nulls are left out.",
     "concat_ws('-', 'a', NULL, 2)",
     "a-2",
     Nulls::kNever},
};

}  // namespace

std::span<const Function> string_change_functions() { return kRows; }

}  // namespace blox::expr
