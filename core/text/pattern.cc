#include "core/text/pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <vector>

namespace blox {
namespace {

// The escapes of PostgreSQL that RE2 has under another name.
std::string translated(std::string_view pattern) {
  std::string out;
  bool in_brackets = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      const char next = pattern[++i];
      out += '\\';
      if (in_brackets) {
        out += next;
      } else if (next == 'y' || next == 'm' || next == 'M') {
        out += 'b';
      } else if (next == 'Y') {
        out += 'B';
      } else {
        out += next == 'Z' ? 'z' : next;
      }
      continue;
    }
    if (in_brackets && pattern.substr(i).starts_with("[:")) {
      const size_t end = std::min(pattern.find(":]", i), pattern.size() - 2);
      out += pattern.substr(i, end + 2 - i);
      i = end + 1;
      continue;
    }
    if (c == '[' && !in_brackets) {
      in_brackets = true;
      out += c;
      // A bracket right behind the opening one stands for itself.
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') out += pattern[++i];
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') out += "\\" + std::string(1, pattern[++i]);
      continue;
    }
    if (c == ']') in_brackets = false;
    out += c;
  }
  return out;
}

bool has_short_quantifier(std::string_view pattern) {
  for (size_t i = 1; i < pattern.size(); ++i) {
    if (pattern[i] == '?' && std::string_view("*+?}").find(pattern[i - 1]) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

Pattern::Pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view pattern, Options options) {
  re2::RE2::Options settings;
  settings.set_log_errors(false);
  settings.set_max_mem(int64_t{8} << 20);
  settings.set_case_sensitive(!options.ignore_case);
  settings.set_literal(options.literal);
  settings.set_dot_nl(!options.lines);
  settings.set_longest_match(!has_short_quantifier(pattern));
  std::string text = options.literal ? std::string(pattern) : translated(pattern);
  if (options.lines && !options.literal) text.insert(0, "(?m)");
  auto compiled = std::make_unique<re2::RE2>(text, settings);
  if (compiled->ok()) return Pattern(std::move(compiled));
  return Status::user("text.pattern",
                      "`" + std::string(pattern.substr(0, 100)) + "` is no regular expression: " + compiled->error());
}

bool Pattern::matches(std::string_view text) const {
  return compiled_->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

bool Pattern::find(std::string_view text, size_t from, std::span<std::string_view> groups) const {
  constexpr size_t kFew = 10;
  re2::StringPiece few[kFew];
  std::vector<re2::StringPiece> many;
  re2::StringPiece* found = few;
  if (groups.size() > kFew) {
    many.resize(groups.size());
    found = many.data();
  }
  // An empty text has a place too, so that a group that matched nothing differs from one that took no part.
  if (text.data() == nullptr) text = std::string_view("", 0);
  if (!compiled_->Match(re2::StringPiece(text.data(), text.size()), from, text.size(), re2::RE2::UNANCHORED, found,
                        static_cast<int>(groups.size()))) {
    return false;
  }
  for (size_t i = 0; i < groups.size(); ++i) groups[i] = std::string_view(found[i].data(), found[i].size());
  return true;
}

int Pattern::groups() const { return compiled_->NumberOfCapturingGroups(); }

std::vector<std::pair<int, std::string>> Pattern::group_names() const {
  const auto& names = compiled_->CapturingGroupNames();
  return {names.begin(), names.end()};
}

}  // namespace blox
