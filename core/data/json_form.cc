#include "core/data/json_form.h"

#include <algorithm>
#include <cstring>

#include "core/data/datum.h"
#include "core/data/digits.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace blox {
namespace {

constexpr ptrdiff_t kBlock = 16;

bool is_space(char c) { return c == ' ' || c == '\r' || c == '\t'; }
bool is_special(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// The first byte that does not stand for itself in a string: a quote, a backslash, or a control character, as "\n" at
// the end of the text is one.
inline const char* find_special(const char* at, const char* end) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), last_control = _mm_set1_epi8(0x1f);
  for (; end - at >= kBlock; at += kBlock) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)), control);
    const int found = _mm_movemask_epi8(special);
    if (found != 0) return at + __builtin_ctz(static_cast<unsigned>(found));
  }
#endif
  while (!is_special(*at)) ++at;
  return at;
}

// Copies in blocks, whose last may go beyond both texts.
void copy_blocks(const char* from, ptrdiff_t size, char* to) {
  for (ptrdiff_t i = 0; i < size; i += kBlock) std::memcpy(to + i, from + i, kBlock);
}

// Behind a word at `at`, or null.
const char* pass_word(std::string_view word, const char* at, const char* end) {
  return end - at >= static_cast<ptrdiff_t>(word.size()) && std::memcmp(at, word.data(), word.size()) == 0
             ? at + word.size()
             : nullptr;
}

}  // namespace

bool JsonForm::Between::set(const char* from, const char* to) {
  size = static_cast<uint32_t>(to - from);
  if (size > kLongest) return false;
  const std::string ones(size, '\xff');
  std::memcpy(words.data(), from, size);
  std::memcpy(masks.data(), ones.data(), size);
  return true;
}

inline bool JsonForm::Between::matches(const char* text) const {
  const auto differs = [&](size_t i) { return (load_word(text + 8 * i) & masks[i]) ^ words[i]; };
  return (differs(0) | differs(1)) == 0 && (size <= 16 || (differs(2) | differs(3)) == 0);
}

void JsonForm::learn(std::string_view line) {
  forget();
  absent_.clear();
  std::vector<Member> members;
  const char* at = line.data();
  const char* from = at;  // where the text before the next value begins
  const auto pass_space = [&] {
    while (is_space(*at)) ++at;
  };
  pass_space();
  do {
    ++at;  // the brace or comma
    pass_space();
    if (*at != '"') return;
    const char* const name = ++at;
    at = find_special(at, line.data() + line.size());
    if (*at != '"') return;
    const std::string_view named(name, static_cast<size_t>(at - name));
    ++at;
    pass_space();
    if (*at != ':') return;
    ++at;
    pass_space();
    Member& member = members.emplace_back();
    const bool quoted = *at == '"';
    if (!choose(named, *at, &member) || !member.before.set(from, at + (quoted ? 1 : 0))) return;
    if (quoted) {
      for (++at; *at != '"'; ++at) at += *at == '\\' ? 1 : 0;
      from = at++;
    } else {
      while (!is_space(*at) && *at != ',' && *at != '}' && *at != '\n') ++at;
      from = at;
    }
    pass_space();
  } while (*at == ',');
  if (*at != '}') return;
  ++at;
  pass_space();
  const char* const end = line.data() + line.size();
  if (at + 1 != end || !after_.set(from, end)) return;
  const Schema& schema = log_->schema();
  for (size_t i = 0; i < schema.size(); ++i) {
    ColumnBuilder* const column = &log_->column(i);
    const auto reads = [&](const Member& member) { return member.column == column; };
    if (std::none_of(members.begin(), members.end(), reads)) absent_.push_back(column);
  }
  members_ = std::move(members);
}

bool JsonForm::choose(std::string_view name, char first, Member* member) {
  const bool is_word = first == 't' || first == 'f' || first == 'n';
  if (first == '{' || first == '[') return false;
  const Schema& schema = log_->schema();
  for (size_t i = 0; i < schema.size(); ++i) {
    if (schema.at(i).name != name) continue;
    member->column = &log_->column(i);
    switch (schema.at(i).type.kind()) {
      case Kind::kString: member->value = Value::kString; return first == '"';
      case Kind::kTime: member->value = Value::kTime; return first == '"';
      case Kind::kInt: member->value = Value::kInt; return !is_word;
      case Kind::kFloat: member->value = Value::kFloat; return !is_word && first != '"';
      case Kind::kBool: member->value = Value::kBool; return first != 'n';
      default: return false;
    }
  }
  member->value = first == '"' ? Value::kIgnoredString : is_word ? Value::kIgnoredWord : Value::kIgnoredNumber;
  return true;
}

[[gnu::always_inline]] inline const char* JsonForm::read_string(ColumnBuilder* column, const char* at,
                                                                const char* end) {
  const char* const behind = find_special(at, end);
  if (*behind != '"') [[unlikely]] {
    if (*behind != '\\') return nullptr;
    const char* const quote = read_escaped(at);
    if (quote != nullptr) column->append_string(scratch_);
    return quote;
  }
  const ptrdiff_t size = behind - at;
  if (end - behind < kBlock) {
    column->append_string({at, static_cast<size_t>(size)});
    return behind;
  }
  copy_blocks(at, size, column->begin_string(static_cast<size_t>(size + kBlock)));
  column->end_string(static_cast<size_t>(size));
  return behind;
}

[[gnu::always_inline]] inline const char* JsonForm::read_value(const Member& member, const char* at, const char* end) {
  JsonNumber number;
  switch (member.value) {
    case Value::kString: return read_string(member.column, at, end);
    case Value::kTime: {
      const char* const behind = find_special(at, end);
      Micros micros = 0;
      if (*behind != '"' || !read_time({at, static_cast<size_t>(behind - at)}, &micros)) return nullptr;
      member.column->append_int(micros);
      return behind;
    }
    case Value::kInt:
      at = read_short_number(at, end, &number);
      if (at == nullptr || !number.is_int) return nullptr;
      member.column->append_int(number.integer);
      return at;
    case Value::kFloat:
      at = read_short_number(at, end, &number);
      if (at != nullptr) member.column->append_float(number.as_float());
      return at;
    case Value::kBool: {
      const bool truth = *at == 't';
      at = pass_word(truth ? "true" : "false", at, end);
      if (at != nullptr) member.column->append_bool(truth);
      return at;
    }
    case Value::kIgnoredString: {
      const char* const behind = find_special(at, end);
      return *behind == '\\' ? read_escaped(at) : *behind == '"' ? behind : nullptr;
    }
    case Value::kIgnoredNumber: return read_short_number(at, end, &number);
    case Value::kIgnoredWord: return pass_word(*at == 't' ? "true" : *at == 'f' ? "false" : "null", at, end);
  }
  return nullptr;
}

const char* JsonForm::read(const char* at, const char* end) {
  for (const Member& member : members_) {
    if (end - at < static_cast<ptrdiff_t>(kLongest) || !member.before.matches(at)) return nullptr;
    at = read_value(member, at + member.before.size, end);
    if (at == nullptr) return nullptr;
  }
  if (end - at < static_cast<ptrdiff_t>(kLongest) || !after_.matches(at)) return nullptr;
  for (ColumnBuilder* const column : absent_) column->append_null();
  log_->end_row();
  return at + after_.size;
}

const char* JsonForm::read_escaped(const char* at) {
  const char* quote = at;
  for (; *quote != '"'; ++quote) {
    if (*quote == '\\') ++quote;
    if (static_cast<unsigned char>(*quote) < 0x20) return nullptr;
  }
  const std::string_view raw(at, static_cast<size_t>(quote - at));
  size_t size = 0;
  scratch_.resize(raw.size());
  if (!cursor_.unescape(raw, scratch_.data(), &size)) return nullptr;
  scratch_.resize(size);
  return quote;
}

}  // namespace blox
