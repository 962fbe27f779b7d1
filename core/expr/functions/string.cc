// Functions that measure strings and bytes, search them and take parts. Positions and lengths of strings count code
// points, as in PostgreSQL.
#include "core/expr/utf8.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include "core/expr/functions/groups.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

using Text = std::string_view;

int64_t length(Text text) { return count_points(text); }
int64_t octets(Text text) { return static_cast<int64_t>(text.size()); }
int64_t bits(Text text) { return static_cast<int64_t>(text.size()) * 8; }

bool contains_point(Text set, Text point) {
  for (size_t i = 0; i < set.size();) {
    const size_t start = i;
    next_point(set, &i);
    if (set.substr(start, i - start) == point) return true;
  }
  return false;
}
Text trim_left(Text text, Text set) {
  while (!text.empty()) {
    const size_t length_of_first = skip_points(text, 1);
    if (!contains_point(set, text.substr(0, length_of_first))) break;
    text.remove_prefix(length_of_first);
  }
  return text;
}
Text trim_right(Text text, Text set) {
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && !begins_point(text[start])) --start;
    if (!contains_point(set, text.substr(start))) break;
    text = text.substr(0, start);
  }
  return text;
}
Text trim_both(Text text, Text set) { return trim_right(trim_left(text, set), set); }
Text trim_spaces(Text text) { return trim_both(text, " "); }
Text trim_left_spaces(Text text) { return trim_left(text, " "); }
Text trim_right_spaces(Text text) { return trim_right(text, " "); }

// Characters [from, from + count) of a text, `from` counted from 1; what lies outside of it is empty.
Text part(Text text, int64_t from, int64_t count) {
  int64_t end = 0;
  if (__builtin_add_overflow(from, count, &end)) end = std::numeric_limits<int64_t>::max();
  from = std::max<int64_t>(from, 1);
  if (end <= from) return {};
  const size_t start = skip_points(text, from - 1);
  return text.substr(start, skip_points(text.substr(start), end - from));
}
Text substring_from(Text text, int64_t from) { return from <= 1 ? text : text.substr(skip_points(text, from - 1)); }
Text substring(Call& call, Text text, int64_t from, int64_t count) {
  if (count >= 0) return part(text, from, count);
  call.fail("expr.argument", "negative substring length not allowed");
  return {};
}
Text bytes_from(Text text, int64_t from) {
  if (from <= 1) return text;
  return from > static_cast<int64_t>(text.size()) ? Text() : text.substr(static_cast<size_t>(from - 1));
}
Text bytes_part(Call& call, Text text, int64_t from, int64_t count) {
  if (count < 0) {
    call.fail("expr.argument", "negative substring length not allowed");
    return {};
  }
  int64_t end = 0;
  if (__builtin_add_overflow(from, count, &end)) end = std::numeric_limits<int64_t>::max();
  from = std::max<int64_t>(from, 1);
  if (end <= from || from > static_cast<int64_t>(text.size())) return {};
  return text.substr(static_cast<size_t>(from - 1), static_cast<size_t>(end - from));
}

int64_t position(Text text, Text wanted) {
  const size_t at = text.find(wanted);
  return at == Text::npos ? 0 : count_points(text.substr(0, at)) + 1;
}

Text left(Text text, int64_t count) {
  if (count < 0) count = std::max<int64_t>(0, count_points(text) + std::max<int64_t>(count, -(int64_t{1} << 40)));
  return text.substr(0, skip_points(text, count));
}
Text right(Text text, int64_t count) {
  const int64_t have = count_points(text);
  if (count >= 0) return text.substr(skip_points(text, std::max<int64_t>(0, have - std::min(count, have))));
  return text.substr(skip_points(text, count < -have ? have : -count));
}

Text split_part(Call& call, Text text, Text separator, int64_t index) {
  if (index == 0) {
    call.fail("expr.argument", "field position must not be zero");
    return {};
  }
  if (separator.empty()) return index == 1 || index == -1 ? text : Text();
  if (index < 0) {
    int64_t parts = 1;
    for (size_t at = text.find(separator); at != Text::npos; at = text.find(separator, at + separator.size())) ++parts;
    if (index < -parts) return {};
    index += parts + 1;
  }
  size_t start = 0;
  for (; index > 1; --index) {
    const size_t at = text.find(separator, start);
    if (at == Text::npos) return {};
    start = at + separator.size();
  }
  return text.substr(start, std::min(text.find(separator, start), text.size()) - start);
}

bool starts_with(Text text, Text start) { return text.starts_with(start); }

int64_t ascii(Text text) {
  size_t at = 0;
  return text.empty() ? 0 : static_cast<int64_t>(next_point(text, &at));
}
Text character(Call& call, int64_t point) {
  if (point == 0) {
    call.fail("expr.argument", "null character not permitted");
  } else if (point < 0) {
    call.fail("expr.argument", "character number must be positive");
  } else if (point > 0x10FFFF) {
    call.fail("expr.argument", "requested character too large for encoding: " + std::to_string(point));
  } else if (point >= 0xD800 && point < 0xE000) {
    call.fail("expr.argument", "requested character not valid for encoding: " + std::to_string(point));
  } else {
    char* const out = call.room(4);
    return out == nullptr ? Text() : Text(out, put_point(out, static_cast<uint32_t>(point)));
  }
  return {};
}

Text to_hex(Call& call, int64_t value) {
  char* const out = call.room(16);
  if (out == nullptr) return {};
  return {out, static_cast<size_t>(std::to_chars(out, out + 16, static_cast<uint64_t>(value), 16).ptr - out)};
}

constexpr Function kRows[] = {
    {"length", "string", "int", lift<length>, "Characters (code points); also char_length.", "length('héllo')", "5"},
    {"length", "bytes", "int", lift<octets>, "Bytes.", "length('\\x0102'::bytes)", "2"},
    {"char_length", "string", "int", lift<length>, "Characters (code points).", "char_length('héllo')", "5"},
    {"character_length", "string", "int", lift<length>, "Characters (code points).", "character_length('')", "0"},
    {"octet_length", "string", "int", lift<octets>, "Bytes in UTF-8.", "octet_length('é')", "2"},
    {"octet_length", "bytes", "int", lift<octets>, "Bytes.", "octet_length('\\x01'::bytes)", "1"},
    {"bit_length", "string", "int", lift<bits>, "Eight times octet_length.", "bit_length('é')", "16"},
    {"btrim", "string", "string", lift<trim_spaces>, "Without spaces at both ends; also written trim(s).",
     "btrim('  a ')", "a"},
    {"btrim", "string string", "string", lift<trim_both>,
     "Without the characters of the second at both ends; also trim(both chars from s).", "btrim('xyaxx', 'xy')", "a"},
    {"ltrim", "string", "string", lift<trim_left_spaces>, "Without spaces at the start.", "ltrim('  a')", "a"},
    {"ltrim", "string string", "string", lift<trim_left>, "Without those characters at the start.",
     "ltrim('xya', 'xy')", "a"},
    {"rtrim", "string", "string", lift<trim_right_spaces>, "Without spaces at the end.", "rtrim('a  ')", "a"},
    {"rtrim", "string string", "string", lift<trim_right>, "Without those characters at the end.", "rtrim('axy', 'xy')",
     "a"},
    {"substr", "string int", "string", lift<substring_from>,
     "From that character on, counted from 1; also substring(s from n).", "substr('hello', 3)", "llo"},
    {"substr", "string int int", "string", lift<substring>,
     "So many characters from there; also substring(s from n for m).", "substr('hello', 2, 3)", "ell"},
    {"substring", "string int", "string", lift<substring_from>, "As substr.", "substring('hello' from 3)", "llo"},
    {"substring", "string int int", "string", lift<substring>, "As substr.", "substring('hello' from 2 for 3)", "ell"},
    {"substring", "bytes int", "bytes", lift<bytes_from>, "From that byte on.", "substring('\\x010203'::bytes from 2)",
     "\\x0203"},
    {"substring", "bytes int int", "bytes", lift<bytes_part>, "So many bytes from there.",
     "substring('\\x010203'::bytes from 2 for 1)", "\\x02"},
    {"strpos", "string string", "int", lift<position>,
     "Where the second begins in the first, counted from 1; 0 where it does not occur.", "strpos('high', 'ig')", "2"},
    {"position", "string string", "int", lift<position>, "As strpos, written position(what in s).",
     "position('ig' in 'high')", "2"},
    {"left", "string int", "string", lift<left>, "The first n characters; of a negative n all but the last ones.",
     "left('abcde', 2)", "ab"},
    {"right", "string int", "string", lift<right>, "The last n characters; of a negative n all but the first ones.",
     "right('abcde', -2)", "cde"},
    {"split_part", "string string int", "string", lift<split_part>,
     "The nth part between separators, from the end where n is negative; empty where there is none.",
     "split_part('a,b,c', ',', -1)", "c"},
    {"starts_with", "string string", "bool", lift<starts_with>, "Whether it begins with the second; also `s ^@ x`.",
     "starts_with('alphabet', 'alph')", "true"},
    {"^@", "string string", "bool", lift<starts_with>, "As starts_with.", "'alphabet' ^@ 'beta'", "false"},
    {"ascii", "string", "int", lift<ascii>, "The code point of the first character; 0 of an empty string.",
     "ascii('é')", "233"},
    {"chr", "int", "string", lift<character>, "The character with that code point.", "chr(233)", "é"},
    {"to_hex", "int", "string", lift<to_hex>, "In hexadecimal, of 64 bits.", "to_hex(255)", "ff"},
};

}  // namespace

std::span<const Function> string_functions() { return kRows; }

}  // namespace blox::expr
