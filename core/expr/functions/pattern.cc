// LIKE, ILIKE and regular expressions.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "core/expr/functions/case.h"
#include "core/expr/functions/groups.h"
#include "core/expr/functions/like.h"
#include "core/expr/kernel.h"
#include "core/expr/utf8.h"
#include "core/text/pattern.h"

namespace blox::expr {
namespace {

using Text = std::string_view;

constexpr const char* kBadEnd = "a LIKE pattern must not end with its escape character";
constexpr const char* kBadEscape = "the escape of LIKE is one character or empty";

bool parse_like(LikePattern& out, Text pattern, Text escape, bool fold, std::string* wrong) {
  if (count_points(escape) > 1) {
    *wrong = kBadEscape;
  } else if (!out.parse(fold ? lowered(pattern) : std::string(pattern), fold ? lowered(escape) : std::string(escape))) {
    *wrong = kBadEnd;
  }
  return wrong->empty();
}

template <bool kFold>
std::shared_ptr<const Prepared> prepare_like(Text, std::span<const Node* const> constants, std::string* wrong) {
  if (constants[1] == nullptr || (constants.size() > 2 && constants[2] == nullptr)) return nullptr;
  auto out = std::make_shared<LikePattern>();
  parse_like(*out, constants[1]->text, constants.size() > 2 ? Text(constants[2]->text) : Text("\\"), kFold, wrong);
  return out;
}

bool like_with(Call& call, Text text, Text pattern, Text escape, bool fold) {
  const auto* prepared = static_cast<const LikePattern*>(call.node().prepared.get());
  if (prepared != nullptr) return fold ? prepared->matches(lowered(text)) : prepared->matches(text);
  LikePattern made;
  std::string wrong;
  if (parse_like(made, pattern, escape, fold, &wrong)) return made.matches(fold ? lowered(text) : std::string(text));
  call.fail("expr.pattern", wrong);
  return false;
}
bool ilike(Call& call, Text text, Text pattern) { return like_with(call, text, pattern, "\\", true); }
bool ilike_escape(Call& call, Text text, Text pattern, Text escape) {
  return like_with(call, text, pattern, escape, true);
}
bool like_row(Call& call, Text text, Text pattern) { return like_with(call, text, pattern, "\\", false); }
bool like_escape_row(Call& call, Text text, Text pattern, Text escape) {
  return like_with(call, text, pattern, escape, false);
}

// With a constant pattern over strings as they lie in their column.
template <auto F>
void like(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  const auto* pattern = static_cast<const LikePattern*>(node.prepared.get());
  if (pattern == nullptr || args[0].data != nullptr || args[0].constant)
    return run_lifted<F>(frame, node, batch, args, out);
  uint8_t* const values = frame.arena().array<uint8_t>(batch.size);
  for (uint32_t i = 0; i < batch.size; ++i) {
    const int32_t start = args[0].starts[i];
    values[i] = pattern->matches({args[0].bytes + start, static_cast<size_t>(args[0].starts[i + 1] - start)});
  }
  out.data = values;
  out.valid = args[0].valid;
}

// A compiled regular expression, with what its flags say beside.
struct Regex final : Prepared {
  std::optional<Pattern> pattern;
  bool all = false;  // flag g
};

// Flags as in PostgreSQL: i (no regard to case), c (with it), g (all), n and m (lines), s (no lines), q (literal).
std::shared_ptr<const Regex> make_regex(Text pattern, Text flags, bool ignore_case, std::string* wrong) {
  auto out = std::make_shared<Regex>();
  Pattern::Options options;
  options.ignore_case = ignore_case;
  for (const char flag : flags) {
    switch (flag) {
      case 'g': out->all = true; break;
      case 'i': options.ignore_case = true; break;
      case 'c': options.ignore_case = false; break;
      case 'n':
      case 'm': options.lines = true; break;
      case 's': options.lines = false; break;
      case 'q': options.literal = true; break;
      default: *wrong = "`" + std::string(flags) + "` has a flag that regular expressions do not have"; return nullptr;
    }
  }
  Result<Pattern> compiled = Pattern::compile(pattern, options);
  if (!compiled.is_ok()) {
    *wrong = compiled.status().error().text;
    return nullptr;
  }
  out->pattern.emplace(std::move(*compiled));
  return out;
}

// Arguments: text, pattern and, where `kFlags` is not 0, flags at that place.
template <bool kFold, size_t kFlags>
std::shared_ptr<const Prepared> prepare_regex(Text, std::span<const Node* const> constants, std::string* wrong) {
  if (constants[1] == nullptr || (kFlags != 0 && constants[kFlags] == nullptr)) return nullptr;
  return make_regex(constants[1]->text, kFlags != 0 ? Text(constants[kFlags]->text) : Text(), kFold, wrong);
}

// The prepared expression, or that of this row's pattern; the last one made is kept, since rows repeat themselves.
const Regex* regex_of(Call& call, Text pattern, Text flags, bool ignore_case) {
  if (call.node().prepared != nullptr) return static_cast<const Regex*>(call.node().prepared.get());
  struct Last {
    std::string key;
    std::shared_ptr<const Regex> regex;
  };
  thread_local Last last;
  std::string key = std::string(flags) + (ignore_case ? "\x01" : "\x02") + std::string(pattern);
  if (last.regex == nullptr || last.key != key) {
    std::string wrong;
    last.regex = make_regex(pattern, flags, ignore_case, &wrong);
    last.key = std::move(key);
    if (last.regex == nullptr) call.fail("expr.pattern", wrong);
  }
  return last.regex.get();
}

template <bool kFold>
bool regex_row(Call& call, Text text, Text pattern) {
  const Regex* regex = regex_of(call, pattern, {}, kFold);
  return regex != nullptr && regex->pattern->matches(text);
}

template <bool kFold>
void regex(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  const auto* prepared = static_cast<const Regex*>(node.prepared.get());
  if (prepared == nullptr || args[0].data != nullptr || args[0].constant) {
    return run_lifted<regex_row<kFold>>(frame, node, batch, args, out);
  }
  uint8_t* const values = frame.arena().array<uint8_t>(batch.size);
  for (uint32_t i = 0; i < batch.size; ++i) {
    const int32_t start = args[0].starts[i];
    values[i] = prepared->pattern->matches({args[0].bytes + start, static_cast<size_t>(args[0].starts[i + 1] - start)});
  }
  out.data = values;
  out.valid = args[0].valid;
}

// What `\1`, `\&` and `\\` of a replacement stand for.
void put_replacement(std::string& out, Text replacement, std::span<const Text> groups) {
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char next = i + 1 < replacement.size() ? replacement[i + 1] : '\0';
    if (replacement[i] != '\\') {
      out += replacement[i];
    } else if (next >= '1' && next <= '9') {
      const auto group = static_cast<size_t>(next - '0');
      if (group < groups.size()) out += groups[group];
      ++i;
    } else if (next == '&') {
      out += groups[0];
      ++i;
    } else {
      out += '\\';
      if (next == '\\') ++i;
    }
  }
}

Text replace_flags(Call& call, Text text, Text pattern, Text replacement, Text flags) {
  const Regex* regex = regex_of(call, pattern, flags, false);
  if (regex == nullptr) return {};
  Text groups[10];
  const size_t count = std::min<size_t>(10, static_cast<size_t>(regex->pattern->groups()) + 1);
  std::string out;
  size_t copied = 0;
  for (size_t from = 0; from <= text.size() && regex->pattern->find(text, from, std::span(groups, count));) {
    const auto start = static_cast<size_t>(groups[0].data() - text.data());
    out += text.substr(copied, start - copied);
    put_replacement(out, replacement, std::span<const Text>(groups, count));
    copied = start + groups[0].size();
    from = copied;
    if (out.size() > kMostText) break;
    if (!regex->all) break;
    if (groups[0].empty()) {
      if (from >= text.size()) break;
      next_point(text, &from);
    }
  }
  out += text.substr(copied);
  return call.keep(out);
}
Text replace_first(Call& call, Text text, Text pattern, Text replacement) {
  return replace_flags(call, text, pattern, replacement, {});
}

bool regex_like(Call& call, Text text, Text pattern, Text flags) {
  const Regex* regex = regex_of(call, pattern, flags, false);
  return regex != nullptr && regex->pattern->matches(text);
}

int64_t regex_count(Call& call, Text text, Text pattern) {
  const Regex* regex = regex_of(call, pattern, {}, false);
  int64_t count = 0;
  Text match[1];
  for (size_t from = 0; regex != nullptr && from <= text.size() && regex->pattern->find(text, from, match); ++count) {
    from = static_cast<size_t>(match[0].data() - text.data()) + match[0].size();
    if (!match[0].empty()) continue;
    if (from >= text.size()) return count + 1;
    next_point(text, &from);
  }
  return count;
}

// What matches, or its first group where there is one (substring), or always all of it (regexp_substr).
template <bool kGroup>
std::optional<Text> regex_part(Call& call, Text text, Text pattern) {
  const Regex* regex = regex_of(call, pattern, {}, false);
  Text groups[2];
  const size_t wanted = kGroup && regex != nullptr && regex->pattern->groups() > 0 ? 1 : 0;
  if (regex == nullptr || !regex->pattern->find(text, 0, std::span(groups, wanted + 1))) return std::nullopt;
  if (groups[wanted].data() == nullptr) return std::nullopt;
  // An empty text may come back as a place of ours: results point into the arena or the column.
  return groups[wanted].empty() ? Text() : groups[wanted];
}

int64_t regex_position(Call& call, Text text, Text pattern) {
  const Regex* regex = regex_of(call, pattern, {}, false);
  Text match[1];
  if (regex == nullptr || !regex->pattern->find(text, 0, match)) return 0;
  return text.empty() ? 1 : count_points(text.substr(0, static_cast<size_t>(match[0].data() - text.data()))) + 1;
}

constexpr Function kRows[] = {
    {"~~",
     "string string",
     "bool",
     {&like<like_row>, true},
     "LIKE: whether it has the form of the pattern, where `%` is any text and `_` any character.",
     "'abc' LIKE 'a%'",
     "true",
     Nulls::kStrict,
     prepare_like<false>},
    {"~~",
     "string string string",
     "bool",
     {&like<like_escape_row>, true},
     "LIKE with another escape than `\\`.",
     "'a%' LIKE 'a!%' ESCAPE '!'",
     "true",
     Nulls::kStrict,
     prepare_like<false>},
    {"~~*", "string string", "bool", lift<ilike>, "ILIKE: LIKE without regard to case.", "'ABC' ILIKE 'a_c'", "true",
     Nulls::kStrict, prepare_like<true>},
    {"~~*", "string string string", "bool", lift<ilike_escape>, "ILIKE with another escape than `\\`.",
     "'A%' ILIKE 'a!%' ESCAPE '!'", "true", Nulls::kStrict, prepare_like<true>},
    {"~",
     "string string",
     "bool",
     {&regex<false>, true},
     "Whether a regular expression matches somewhere; `!~` is its opposite.",
     "'abc' ~ '^a.c$'",
     "true",
     Nulls::kStrict,
     prepare_regex<false, 0>},
    {"~*",
     "string string",
     "bool",
     {&regex<true>, true},
     "`~` without regard to case; `!~*` is its opposite.",
     "'ABC' ~* 'b'",
     "true",
     Nulls::kStrict,
     prepare_regex<true, 0>},
    {"regexp_like", "string string", "bool", lift<regex_row<false>>, "As `~`.", "regexp_like('abc', 'b+')", "true",
     Nulls::kStrict, prepare_regex<false, 0>},
    {"regexp_like", "string string string", "bool", lift<regex_like>,
     "As `~`, with flags: i no regard to case, n lines, q literal.", "regexp_like('ABC', 'b', 'i')", "true",
     Nulls::kStrict, prepare_regex<false, 2>},
    {"regexp_replace", "string string string", "string", lift<replace_first>,
     "With the first match replaced; in the replacement `\\1` is a group and `\\&` the match.",
     "regexp_replace('foobar', 'o+', '<\\&>')", "f<oo>bar", Nulls::kStrict, prepare_regex<false, 0>},
    {"regexp_replace", "string string string string", "string", lift<replace_flags>,
     "Likewise with flags; with g all matches.", "regexp_replace('foobar', 'O', '0', 'gi')", "f00bar", Nulls::kStrict,
     prepare_regex<false, 3>},
    {"regexp_substr", "string string", "string?", lift<regex_part<false>>, "The first match; null where there is none.",
     "regexp_substr('abc123', '[0-9]+')", "123", Nulls::kStrict, prepare_regex<false, 0>},
    {"substring", "string string", "string?", lift<regex_part<true>>,
     "The first match, or its first group: substring(s from pattern).", "substring('foobar' from 'o(.)b')", "o",
     Nulls::kStrict, prepare_regex<false, 0>},
    {"regexp_instr", "string string", "int", lift<regex_position>,
     "Where the first match begins, counted from 1; 0 where there is none.", "regexp_instr('abc1', '[0-9]')", "4",
     Nulls::kStrict, prepare_regex<false, 0>},
    {"regexp_count", "string string", "int", lift<regex_count>, "How often it matches.", "regexp_count('abcabc', 'b')",
     "2", Nulls::kStrict, prepare_regex<false, 0>},
};

}  // namespace

std::span<const Function> pattern_functions() { return kRows; }

}  // namespace blox::expr
