#include <algorithm>

#include "dsl/code_point.h"
#include "dsl/yaml_document.h"

namespace blox::dsl {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Follows `value` through source text that may fold lines; where it ends, or npos where it does not match.
size_t match_folded(std::string_view source, size_t at, std::string_view value) {
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ' ' || value[i] == '\n') {
      if (at >= source.size() || !is_blank(source[at])) return std::string_view::npos;
      while (at < source.size() && is_blank(source[at])) ++at;
      while (i + 1 < value.size() && (value[i + 1] == ' ' || value[i + 1] == '\n')) ++i;
    } else if (at >= source.size() || source[at++] != value[i]) {
      return std::string_view::npos;
    }
  }
  return at;
}

// The end of a quoted scalar, behind its closing quote.
size_t end_of_quotes(std::string_view source, size_t begin) {
  const char quote = source[begin];
  for (size_t i = begin + 1; i < source.size(); ++i) {
    if (quote == '"' && source[i] == '\\') {
      ++i;
    } else if (source[i] == quote) {
      if (quote == '"' || source.substr(i, 2) != "''") return i + 1;
      ++i;
    }
  }
  return source.size();
}

// Anchors of a quoted scalar on one line; none where an escape cannot be followed.
std::vector<Anchor> anchors_of_quotes(std::string_view source, size_t begin, size_t end, std::string_view value) {
  const char quote = source[begin];
  std::vector<Anchor> out{{0, static_cast<uint32_t>(begin + 1)}};
  size_t at = 0;  // in value
  for (size_t i = begin + 1; i + 1 < end;) {
    if (source[i] == '\n' || at >= value.size()) return {};
    const bool doubled = quote == '\'' && source.substr(i, 2) == "''";
    if (!doubled && !(quote == '"' && source[i] == '\\')) {
      if (source[i++] != value[at++]) return {};
      continue;
    }
    constexpr std::string_view kLong = "xuU";
    constexpr size_t kDigits[] = {2, 4, 8};
    const size_t kind = doubled ? std::string_view::npos : kLong.find(source[i + 1]);
    i += 2 + (kind == std::string_view::npos ? 0 : kDigits[kind]);
    at += decode(value, at).length;
    out.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(i)});
  }
  if (at != value.size()) return {};
  return out;
}

// A literal block is the same text line by line, each behind the indentation: our lexer can read it where it stands.
bool locate_block(std::string_view source, size_t header, YamlNode& scalar) {
  size_t line = source.find('\n', header);
  if (line == std::string_view::npos) return false;
  ++line;
  const size_t begin = line;
  size_t indent = 0;
  bool indent_known = false;
  std::vector<Anchor> anchors;
  std::string_view rest = scalar.text;
  size_t end = begin;
  for (size_t at = 0; at < scalar.text.size();) {
    const size_t length = std::min(rest.find('\n'), rest.size());
    const std::string_view wanted = rest.substr(0, length);
    if (line > source.size()) return false;
    size_t stop = std::min(source.find('\n', line), source.size());
    const size_t next = stop + 1;
    if (stop > line && source[stop - 1] == '\r') --stop;
    const std::string_view found = source.substr(line, stop - line);
    if (!wanted.empty()) {
      if (!found.ends_with(wanted)) return false;
      if (!indent_known) indent = found.size() - wanted.size();
      indent_known = true;
      if (found.size() - wanted.size() != indent || found.find_first_not_of(' ') < indent) return false;
      anchors.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(line + indent)});
    } else if (found.find_first_not_of(' ') != std::string_view::npos) {
      return false;
    } else {
      anchors.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(stop)});
    }
    end = stop;
    line = next;
    at += length + 1;
    rest = scalar.text.size() > at ? std::string_view(scalar.text).substr(at) : std::string_view();
  }
  scalar.anchors = std::move(anchors);
  scalar.place.text = source.substr(begin, end - begin);
  scalar.place.base = static_cast<uint32_t>(begin);
  scalar.place.indent = static_cast<uint32_t>(indent);
  scalar.span = {scalar.place.file, static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin)};
  return true;
}

}  // namespace

void locate_scalar(std::string_view source, uint32_t file, size_t offset, YamlNode& scalar) {
  size_t begin = offset;
  if (scalar.tag != YamlNode::Tag::kNone) {  // yaml-cpp gives the place of the tag
    while (begin < source.size() && !is_blank(source[begin])) ++begin;
    while (begin < source.size() && is_blank(source[begin])) ++begin;
  }
  const auto place = [&](size_t from, size_t to) {
    scalar.span = {file, static_cast<uint32_t>(from), static_cast<uint32_t>(to - from)};
  };
  const auto same = [&](size_t from, size_t to) {
    scalar.place = {source.substr(from, to - from), file, static_cast<uint32_t>(from), false, 0, 0};
  };
  const auto differs = [&] { scalar.place = {{}, file, scalar.span.offset, true, scalar.span.length, 0}; };
  const char first = begin < source.size() ? source[begin] : '\0';
  if (scalar.kind == YamlNode::Kind::kPlain) {
    const size_t end = match_folded(source, begin, scalar.text);
    if (end == std::string_view::npos) {
      place(begin, begin);
      return differs();
    }
    place(begin, end);
    same(begin, end);
    if (end - begin == scalar.text.size()) scalar.anchors = {{0, static_cast<uint32_t>(begin)}};
    return;
  }
  if (first == '"' || first == '\'') {
    const size_t end = end_of_quotes(source, begin);
    place(begin, end);
    scalar.anchors = anchors_of_quotes(source, begin, end, scalar.text);
    if (scalar.anchors.size() == 1) return same(begin + 1, end - 1);
    return differs();
  }
  scalar.block = true;
  scalar.place.file = file;
  if (first == '|' && locate_block(source, begin, scalar)) return;
  place(begin, std::min(begin + 1, source.size()));
  differs();
}

}  // namespace blox::dsl
