// LIKE, ILIKE and regular expressions.
#include <cstdint>
#include <string>

#include "core/expr/functions/case.h"
#include "core/expr/functions/groups.h"
#include "core/expr/functions/like.h"
#include "core/expr/kernel.h"
#include "core/expr/utf8.h"

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
};

}  // namespace

std::span<const Function> pattern_functions() { return kRows; }

}  // namespace blox::expr
