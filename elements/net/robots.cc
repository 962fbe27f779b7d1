#include "elements/net/robots.h"

#include <strings.h>

#include <charconv>

#include "core/net/url.h"

namespace blox {
namespace {

constexpr size_t kMostBytes = 500 << 10;
constexpr size_t kLongestLine = 2 << 10;
constexpr size_t kMostRules = 1'000;
constexpr double kLongestDelay = 300;  // seconds: who asks for more is not worth waiting for

bool is(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

Robots Robots::none_allowed() {
  Robots out;
  out.rules_.push_back({{"/"}, false, false, 1});
  return out;
}

Robots Robots::parse(std::string_view text, std::string_view agent) {
  text = text.substr(0, kMostBytes);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Robots ours, general;
  bool named = false;  // there is a group for us
  bool in_ours = false, in_general = false, in_names = false;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\r\n");
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line = line.substr(0, line.find('#'));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.size() > kLongestLine) continue;
    const std::string_view key = trimmed(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
    if (is(key, "user-agent")) {
      if (!in_names) in_ours = in_general = false;
      in_names = true;
      const std::string_view name = value.substr(0, value.find_first_of("/ \t"));
      in_ours = in_ours || is(name, agent);
      in_general = in_general || name == "*";
      named = named || is(name, agent);
      continue;
    }
    const bool allow = is(key, "allow"), disallow = is(key, "disallow"), delay = is(key, "crawl-delay");
    if (!allow && !disallow && !delay) continue;  // a sitemap, say: belongs to no group
    in_names = false;
    for (Robots* robots : {in_ours ? &ours : nullptr, in_general ? &general : nullptr}) {
      if (robots == nullptr) continue;
      if (delay) {
        double seconds = 0;
        std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (seconds > 0) robots->delay_ = static_cast<Micros>(std::min(seconds, kLongestDelay) * kSecond);
        continue;
      }
      if (value.empty() || robots->rules_.size() >= kMostRules) continue;  // an empty rule says nothing
      Rule rule;
      rule.allow = allow;
      const std::string pattern = normal_path(value);
      rule.length = pattern.size();
      rule.to_end = pattern.ends_with('$');
      std::string_view rest = std::string_view(pattern).substr(0, pattern.size() - (rule.to_end ? 1 : 0));
      while (true) {
        const size_t star = rest.find('*');
        rule.pieces.emplace_back(rest.substr(0, star));
        if (star == std::string_view::npos) break;
        rest.remove_prefix(star + 1);
      }
      robots->rules_.push_back(std::move(rule));
    }
  }
  return named ? ours : general;
}

bool Robots::Rule::matches(std::string_view target) const {
  if (!target.starts_with(pieces[0])) return false;
  size_t at = pieces[0].size();
  for (size_t i = 1; i < pieces.size(); ++i) {
    if (i + 1 == pieces.size() && to_end) {
      return target.size() >= at + pieces[i].size() && target.ends_with(pieces[i]);
    }
    at = target.find(pieces[i], at);
    if (at == std::string_view::npos) return false;
    at += pieces[i].size();
  }
  return !to_end || at == target.size();
}

// The longest rule decides; of two as long the kinder one.
bool Robots::allows(std::string_view target) const {
  if (target == "/robots.txt") return true;
  const Rule* best = nullptr;
  for (const Rule& rule : rules_) {
    const bool better = best == nullptr || rule.length > best->length || (rule.length == best->length && rule.allow);
    if (better && rule.matches(target)) best = &rule;
  }
  return best == nullptr || best->allow;
}

}  // namespace blox
