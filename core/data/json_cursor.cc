#include "core/data/json_cursor.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "core/data/messagepack.h"

namespace blox {
namespace {

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool ends_scalar(char c) {
  return is_space(c) || c == ',' || c == '}' || c == ']' || c == ':' || c == '{' || c == '[' || c == '"';
}

using Sixteen = uint8_t __attribute__((vector_size(16)));
using TwoWords = uint64_t __attribute__((vector_size(16)));

// Copies in blocks of 16, which may write and read up to 15 bytes beyond; true where a backslash came by.
bool copy_and_find_backslash(const char* from, size_t size, char* to) {
  TwoWords found = {};
  for (size_t i = 0; i < size; i += 16) {
    Sixteen block;
    std::memcpy(&block, from + i, sizeof block);
    std::memcpy(to + i, &block, sizeof block);
    found |= reinterpret_cast<TwoWords>(block == uint8_t{'\\'});
  }
  return (found[0] | found[1]) != 0;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The four hexadecimal digits behind "\u", or -1.
int64_t code_unit(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int64_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(digits[static_cast<size_t>(i)]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

char* put_utf8(int64_t code, char* to) {
  const auto put = [&](int64_t byte) { *to++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 63));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 63));
    put(0x80 | (code & 63));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 63));
    put(0x80 | (code >> 6 & 63));
    put(0x80 | (code & 63));
  }
  return to;
}

// What a value is by its first characters; null for what is none.
const char* name_of(const char* text) {
  const char c = *text;
  switch (c) {
    case '"': return "a string";
    case '{': return "an object";
    case '[': return "a list";
    case 't': return text[1] == 'r' ? "a boolean" : nullptr;
    case 'f': return text[1] == 'a' ? "a boolean" : nullptr;
    case 'n': return text[1] == 'u' ? "null" : nullptr;
    default: return c == '-' || is_digit(c) ? "a number" : nullptr;
  }
}

}  // namespace

bool JsonCursor::fail(const char* code, std::string text) {
  names_.clear();
  fault_.code = code;
  fault_.path.clear();
  fault_.text = std::move(text);
  return false;
}

bool JsonCursor::fail_type(const char* expected) {
  const char* const found = name_of(position());
  if (found == nullptr) return fail_syntax("a value");
  return fail("json.type", std::string("it is ") + found + ", not " + expected);
}

bool JsonCursor::fail_syntax(const char* expected) {
  const char c = peek();
  std::string found = "the end";
  if (c != '\n')
    found = static_cast<unsigned char>(c) < 0x80 ? "`" + std::string(1, c) + "`" : "a character that is no token";
  return fail("json.syntax", std::string(expected) + " was expected, not " + found);
}

bool JsonCursor::raw_string(std::string_view* out) {
  const char* const begin = text_ + at_[0] + 1;
  const char* last = text_ + at_[1] - 1;  // the closing quote, but for spaces before the next token
  while (is_space(*last)) --last;
  if (last < begin || *last != '"') return fail_syntax("the end of a string");
  *out = {begin, static_cast<size_t>(last - begin)};
  ++at_;
  return true;
}

bool JsonCursor::string(std::string_view* out, std::string* scratch) {
  if (!raw_string(out)) return false;
  if (std::memchr(out->data(), '\\', out->size()) == nullptr) return true;
  scratch->resize(out->size());
  size_t length = 0;
  if (!unescape(*out, scratch->data(), &length)) return false;
  *out = std::string_view(*scratch).substr(0, length);
  return true;
}

bool JsonCursor::string(ColumnBuilder* out) {
  std::string_view raw;
  if (!raw_string(&raw)) return false;
  char* const to = out->begin_string(raw.size() + 16);
  if (static_cast<size_t>(end_ - raw.data()) >= raw.size() + 16) {
    if (!copy_and_find_backslash(raw.data(), raw.size(), to)) {
      out->end_string(raw.size());
      return true;
    }
  }
  if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) {
    if (!raw.empty()) std::memcpy(to, raw.data(), raw.size());
    out->end_string(raw.size());
    return true;
  }
  size_t length = 0;
  if (!unescape(raw, to, &length)) return false;
  out->end_string(length);
  return true;
}

bool JsonCursor::unescape(std::string_view raw, char* to, size_t* length) {
  char* const begin = to;
  while (true) {
    const size_t plain = std::min(raw.find('\\'), raw.size());
    if (plain != 0) std::memcpy(to, raw.data(), plain);
    to += plain;
    raw.remove_prefix(plain);
    if (raw.empty()) break;
    const char kind = raw.size() > 1 ? raw[1] : '\0';
    raw.remove_prefix(std::min<size_t>(2, raw.size()));
    switch (kind) {
      case '"':
      case '\\':
      case '/': *to++ = kind; break;
      case 'b': *to++ = '\b'; break;
      case 'f': *to++ = '\f'; break;
      case 'n': *to++ = '\n'; break;
      case 'r': *to++ = '\r'; break;
      case 't': *to++ = '\t'; break;
      case 'u': {
        int64_t code = code_unit(raw);
        if (code < 0) return fail("json.syntax", "`\\u` needs four hexadecimal digits");
        raw.remove_prefix(4);
        if (code >= 0xdc00 && code < 0xe000)
          return fail("json.utf8", "a string has the second half of a surrogate pair alone");
        if (code >= 0xd800 && code < 0xdc00) {
          const int64_t low = raw.substr(0, 2) == "\\u" ? code_unit(raw.substr(2)) : -1;
          if (low < 0xdc00 || low >= 0xe000)
            return fail("json.utf8", "a string has the first half of a surrogate pair alone");
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          raw.remove_prefix(6);
        }
        to = put_utf8(code, to);
        break;
      }
      default: return fail("json.syntax", "a backslash in a string begins no known escape");
    }
  }
  *length = static_cast<size_t>(to - begin);
  return true;
}

bool JsonCursor::number(JsonNumber* out) {
  const char* const behind = read_short_number(position(), end_, out);
  if (behind != nullptr && ends_scalar(*behind)) [[likely]] {
    ++at_;
    return true;
  }
  if (behind != nullptr || out->fault == JsonNumber::Fault::kMalformed)
    return fail("json.syntax", "a number is malformed");
  if (out->fault == JsonNumber::Fault::kLongInteger) return fail("json.range", "an integer does not fit into 64 bits");
  return fail("json.range", "a number is too large for a float");
}

bool JsonCursor::integer(int64_t* out) {
  JsonNumber value;
  const char first = peek();
  if (first != '-' && !is_digit(first)) return fail_type("an int");
  if (!number(&value)) return false;
  if (!value.is_int) return fail("json.type", "it is a number with a fraction or exponent, not an int");
  *out = value.integer;
  return true;
}

bool JsonCursor::literal(std::string_view word) {
  const char* const c = position();
  for (size_t i = 0; i < word.size(); ++i) {
    if (c[i] != word[i]) return fail_syntax("a value");  // stops at "\n" at the latest
  }
  if (!ends_scalar(c[word.size()])) return fail_syntax("a value");
  ++at_;
  return true;
}

bool JsonCursor::boolean(bool* out) {
  *out = peek() == 't';
  if (!*out && peek() != 'f') return fail_type("a bool");
  return literal(*out ? "true" : "false");
}

bool JsonCursor::null() { return literal("null"); }

bool JsonCursor::skip(int depth) {
  if (depth > kDeepest) return fail("json.depth", "it is nested deeper than 128 levels");
  bool ignored = false;
  JsonNumber number_ignored;
  std::string_view text;
  switch (peek()) {
    case '"': return string(&text, &scratch_);
    case 't':
    case 'f': return boolean(&ignored);
    case 'n': return null();
    case '[':
      pass();
      if (take(']')) return true;
      do {
        if (!skip(depth + 1)) return false;
      } while (take(','));
      return take(']') || fail_syntax("`,` or `]`");
    case '{':
      pass();
      if (take('}')) return true;
      do {
        if (peek() != '"') return fail_syntax("a member's name");
        if (!string(&text, &scratch_)) return false;
        if (!take(':')) return fail_syntax("`:`");
        if (!skip(depth + 1)) return false;
      } while (take(','));
      return take('}') || fail_syntax("`,` or `}`");
    default:
      if (peek() != '-' && !is_digit(peek())) return fail_syntax("a value");
      return number(&number_ignored);
  }
}

bool JsonCursor::any(BufferBuilder* out, int depth) {
  if (depth >= kDeepest) return fail("json.depth", "it is nested deeper than 128 levels");
  MessagePackWriter writer(out);
  bool truth = false;
  JsonNumber value;
  std::string_view text;
  switch (peek()) {
    case '"':
      if (!string(&text, &scratch_)) return false;
      writer.string(text);
      return true;
    case 't':
    case 'f':
      if (!boolean(&truth)) return false;
      writer.boolean(truth);
      return true;
    case 'n':
      if (!null()) return false;
      writer.nil();
      return true;
    case '[': return any_list(out, depth);
    case '{': return any_map(out, depth);
    default:
      if (peek() != '-' && !is_digit(peek())) return fail_syntax("a value");
      if (!number(&value)) return false;
      if (value.is_int) {
        writer.integer(value.integer);
      } else {
        writer.floating(value.floating);
      }
      return true;
  }
}

namespace {

// The head of a container comes before its items, whose number is known behind them: most have fewer than 16, for
// which the byte kept free is enough; else the items move.
void put_head(BufferBuilder* out, size_t start, uint32_t count, bool is_map) {
  if (count < 16) {
    out->data()[start] = static_cast<uint8_t>(out->data()[start] | count);
    return;
  }
  BufferBuilder head;
  MessagePackWriter writer(&head);
  if (is_map) {
    writer.map(count);
  } else {
    writer.array(count);
  }
  const size_t size = out->size() - start - 1;
  out->extend(head.size() - 1);
  std::memmove(out->data() + start + head.size(), out->data() + start + 1, size);
  std::memcpy(out->data() + start, head.data(), head.size());
}

// Whether one of these texts comes twice. Small objects are compared pair by pair, the others by sorting.
bool has_twins(const BufferBuilder& out, std::span<const std::pair<size_t, size_t>> names) {
  constexpr size_t kFew = 12;
  const auto text = [&](const std::pair<size_t, size_t>& name) {
    return std::string_view(reinterpret_cast<const char*>(out.data()) + name.first, name.second);
  };
  if (names.size() <= kFew) {
    for (size_t i = 1; i < names.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (text(names[i]) == text(names[j])) return true;
      }
    }
    return false;
  }
  std::vector<std::string_view> sorted;
  for (const auto& name : names) sorted.push_back(text(name));
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

}  // namespace

bool JsonCursor::any_list(BufferBuilder* out, int depth) {
  pass();
  const size_t start = out->size();
  uint32_t count = 0;
  out->push(uint8_t{0x90});
  if (take(']')) return true;
  do {
    if (!any(out, depth + 1)) return false;
    ++count;
  } while (take(','));
  if (!take(']')) return fail_syntax("`,` or `]`");
  put_head(out, start, count, false);
  return true;
}

bool JsonCursor::any_map(BufferBuilder* out, int depth) {
  pass();
  const size_t start = out->size();
  const size_t first_name = names_.size();
  uint32_t count = 0;
  out->push(uint8_t{0x80});
  if (take('}')) return true;
  do {
    std::string_view name;
    if (peek() != '"') return fail_syntax("a member's name");
    if (!string(&name, &scratch_)) return false;
    MessagePackWriter(out).string(name);
    names_.emplace_back(out->size() - name.size(), name.size());
    if (!take(':')) return fail_syntax("`:`");
    if (!any(out, depth + 1)) return false;
    ++count;
  } while (take(','));
  if (!take('}')) return fail_syntax("`,` or `}`");
  repeated_ = repeated_ || has_twins(*out, std::span(names_).subspan(first_name));
  names_.resize(first_name);
  put_head(out, start, count, true);
  return true;
}

}  // namespace blox
