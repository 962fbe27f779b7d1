#include "core/text/glob.h"

#include "core/text/code_point.h"

namespace blox {
namespace {

// Reads the one-character item at the start of `pattern`; false where the first character of `text` is none of it.
// `*text_length` and `*item_length` say how much both take.
bool one_matches(std::string_view pattern, std::string_view text, size_t* item_length, size_t* text_length) {
  const uint32_t found = read_code_point(text, text_length);
  uint32_t wanted = read_code_point(pattern, item_length);
  if (wanted == '?') return found != '/';
  if (wanted == '\\' && pattern.size() > 1) {
    wanted = read_code_point(pattern.substr(1), item_length);
    ++*item_length;
    return found == wanted;
  }
  if (wanted != '[') return found == wanted;

  size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool inside = false;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) {  // a ] right at the start is a member
      *item_length = at + 1;
      return found != '/' && inside != negated;
    }
    size_t length = 0;
    const uint32_t low = read_code_point(pattern.substr(at), &length);
    at += length;
    uint32_t high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = read_code_point(pattern.substr(at + 1), &length);
      at += 1 + length;
    }
    inside = inside || (low <= found && found <= high);
  }
  *item_length = 1;
  return found == '[';
}

// Where matching goes on when what follows a star did not fit: the star takes more.
struct Star {
  size_t pattern = 0;  // behind the star
  size_t text = 0;     // how far it reaches
  bool set = false;
  bool folders = false;  // `**/` reaches from one / to the next
};

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  Star one, any;
  size_t p = 0, t = 0;
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      const size_t end = std::min(pattern.find_first_not_of('*', p), pattern.size());
      const bool folders =
          end - p > 1 && end < pattern.size() && pattern[end] == '/' && (p == 0 || pattern[p - 1] == '/');
      if (end - p > 1) {
        any = {folders ? end + 1 : end, t, true, folders};
        one.set = false;
        p = any.pattern;
      } else {
        one = {end, t, true, false};
        p = end;
      }
      continue;
    }
    if (t == text.size() && p == pattern.size()) return true;
    if (t < text.size() && p < pattern.size()) {
      size_t item = 0, taken = 0;
      if (one_matches(pattern.substr(p), text.substr(t), &item, &taken)) {
        p += item;
        t += taken;
        continue;
      }
    }
    if (one.set && one.text < text.size() && text[one.text] != '/') {
      t = ++one.text;
      p = one.pattern;
    } else if (any.set && any.text < text.size()) {
      if (any.folders) {
        const size_t slash = text.find('/', any.text);
        if (slash == std::string_view::npos) return false;
        any.text = slash;
      }
      t = ++any.text;
      p = any.pattern;
      one.set = false;
    } else {
      return false;
    }
  }
}

std::optional<GlobFault> glob_fault(std::string_view pattern) {
  if (pattern.empty()) return GlobFault{"an empty pattern matches nothing"};
  size_t length = 0;
  for (size_t at = 0; at < pattern.size(); at += length) {
    const uint32_t item = read_code_point(pattern.substr(at), &length);
    if (item == '\\') {
      if (at + 1 == pattern.size()) return GlobFault{"nothing stands behind the \\", at, 1};
      read_code_point(pattern.substr(at + 1), &length);
      ++length;
    }
    if (item != '[') continue;
    size_t end = at + 1, taken = 0;
    if (end < pattern.size() && (pattern[end] == '!' || pattern[end] == '^')) ++end;
    for (bool first = true; end < pattern.size() && (first || pattern[end] != ']'); first = false) {
      const size_t start = end;
      const uint32_t low = read_code_point(pattern.substr(end), &taken);
      end += taken;
      if (end + 1 >= pattern.size() || pattern[end] != '-' || pattern[end + 1] == ']') continue;
      const uint32_t high = read_code_point(pattern.substr(end + 1), &taken);
      end += 1 + taken;
      if (high < low) return GlobFault{"this range goes from the greater to the lesser", start, end - start};
    }
    if (end >= pattern.size()) return GlobFault{"the [ is never closed; for the character itself write [[]", at, 1};
    length = end + 1 - at;
  }
  return std::nullopt;
}

}  // namespace blox
