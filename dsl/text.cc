#include "dsl/text.h"

#include <algorithm>

#include "dsl/code_point.h"

namespace blox::dsl {
namespace {

// The reference that begins at `offset`: its length in `text`, 0 where it is malformed.
uint32_t measure_reference(std::string_view text, size_t offset, std::string& name) {
  const bool braces = text[offset + 1] == '{';
  size_t end = offset + (braces ? 2 : 1);
  const size_t from = end;
  while (end < text.size()) {
    const CodePoint point = decode(text, end);
    if (!(end == from ? begins_name(point.value) : continues_name(point.value))) break;
    end += point.length;
  }
  name = std::string(text.substr(from, end - from));
  if (end == from) return 0;
  if (braces && (end >= text.size() || text[end] != '}')) return 0;
  return static_cast<uint32_t>(end - offset + (braces ? 1 : 0));
}

class TextReader {
 public:
  TextReader(const Excerpt& excerpt, const Token& token, Diagnostics& diagnostics)
      : excerpt_(excerpt), token_(token), diagnostics_(diagnostics) {}

  Text run() {
    const bool triple = token_.kind == TokenKind::kTripleString;
    const bool raw = token_.kind == TokenKind::kRawString;
    at_ = token_.offset + (triple ? 3 : 1);
    end_ = token_.end() - (triple ? 3 : 1);
    if (triple && skip_line_end()) skip_indent();
    anchor();
    while (at_ < end_) {
      const char c = excerpt_.text[at_];
      if (c == '\\' && !raw) {
        escape();
      } else if (c == '$' && begins_reference(excerpt_.text.substr(0, end_), at_)) {
        reference(raw);
      } else if (triple && (c == '\r' || c == '\n') && skip_line_end()) {
        out_.text.push_back('\n');
        skip_indent();
        anchor();
      } else {
        out_.text.push_back(c);
        ++at_;
      }
    }
    if (excerpt_.spelled_differently) out_.anchors.clear();
    return std::move(out_);
  }

 private:
  void anchor() {
    const Anchor next{static_cast<uint32_t>(out_.text.size()), excerpt_.base + at_};
    if (!out_.anchors.empty()) {
      const Anchor& last = out_.anchors.back();
      if (next.file - last.file == next.text - last.text) return;
      if (last.text == next.text) out_.anchors.pop_back();
    }
    out_.anchors.push_back(next);
  }

  bool skip_line_end() {
    const std::string_view rest = excerpt_.text.substr(at_, end_ - at_);
    const uint32_t length = rest.substr(0, 1) == "\n" ? 1 : rest.substr(0, 2) == "\r\n" ? 2 : 0;
    at_ += length;
    return length > 0;
  }
  void skip_indent() {
    for (uint32_t i = 0; i < excerpt_.indent && at_ < end_ && excerpt_.text[at_] == ' '; ++i) ++at_;
  }

  void bad(uint32_t length, std::string message, std::string fix) {
    diagnostics_.add({Severity::kError, "E0106", excerpt_.span(at_, length), std::move(message), {}, std::move(fix)});
  }

  void escape() {
    const size_t before = out_.text.size();
    read_escape();
    protect_reference(before);
    anchor();
  }

  // `"$a\u{62}"` is the reference `$a` and a `b`: without its braces it would now read as `$ab`.
  void protect_reference(size_t before) {
    if (out_.references.empty() || out_.text.size() == before) return;
    Reference& last = out_.references.back();
    if (last.begin + last.length != before || out_.text[last.begin + 1] == '{') return;
    if (!continues_name(decode(out_.text, before).value)) return;
    out_.text.insert(before, "}");
    out_.text.insert(last.begin + 1, "{");
    last.length += 2;
  }

  void read_escape() {
    const uint32_t begin = at_;
    const char c = at_ + 1 < end_ ? excerpt_.text[at_ + 1] : '\0';
    constexpr std::string_view kLetters = "nrt0\\\"$";
    constexpr std::string_view kMeaning{"\n\r\t\0\\\"$", 7};
    const size_t index = kLetters.find(c);
    if (c != '\0' && index != std::string_view::npos) {
      out_.text.push_back(kMeaning[index]);
      at_ += 2;
    } else if (c == 'u' && at_ + 2 < end_ && excerpt_.text[at_ + 2] == '{') {
      code_point();
    } else {
      const uint32_t length = 1 + (at_ + 1 < end_ ? decode(excerpt_.text, at_ + 1).length : 0);
      bad(length, "`" + std::string(excerpt_.text.substr(begin, length)) + "` is no escape",
          "write `\\\\` for a backslash, or put the text between single quotes, where nothing is escaped");
      out_.text.append(excerpt_.text.substr(begin, length));
      at_ += length;
    }
  }

  void code_point() {
    const uint32_t begin = at_;
    uint32_t i = at_ + 3;
    char32_t value = 0;
    const auto hex = [](char c) {
      return c >= '0' && c <= '9'   ? c - '0'
             : c >= 'a' && c <= 'f' ? c - 'a' + 10
             : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                    : -1;
    };
    for (; i < end_ && i < at_ + 3 + 6 && hex(excerpt_.text[i]) >= 0; ++i) {
      value = value * 16 + static_cast<char32_t>(hex(excerpt_.text[i]));
    }
    const bool closed = i < end_ && excerpt_.text[i] == '}' && i > at_ + 3;
    if (closed && value <= 0x10FFFF && !(value >= 0xD800 && value <= 0xDFFF)) {
      append_utf8(value, out_.text);
      at_ = i + 1;
      return;
    }
    bad(i - begin + (closed ? 1 : 0), "this is no code point", "write `\\u{1F600}`, up to 10FFFF");
    at_ = i;
  }

  void reference(bool raw) {
    Reference found;
    found.begin = static_cast<uint32_t>(out_.text.size());
    found.length = measure_reference(excerpt_.text.substr(0, end_), at_, found.name);
    if (found.length == 0) {
      if (!raw) bad(2, "this reference names no parameter", "write `${name}`, or `\\$` for a dollar sign");
      out_.text.push_back('$');
      ++at_;
      return;
    }
    found.span = excerpt_.span(at_, found.length);
    out_.text.append(excerpt_.text.substr(at_, found.length));
    at_ += found.length;
    out_.references.push_back(std::move(found));
  }

  const Excerpt& excerpt_;
  const Token& token_;
  Diagnostics& diagnostics_;
  Text out_;
  uint32_t at_ = 0;
  uint32_t end_ = 0;
};

}  // namespace

bool begins_reference(std::string_view text, size_t offset) {
  if (text[offset] != '$' || offset + 1 >= text.size()) return false;
  return text[offset + 1] == '{' || begins_name(decode(text, offset + 1).value);
}

Text read_text(const Excerpt& excerpt, const Token& token, Diagnostics& diagnostics) {
  return TextReader(excerpt, token, diagnostics).run();
}

Span locate(const std::vector<Anchor>& anchors, uint32_t begin, uint32_t length, Span whole) {
  const auto map = [&](uint32_t offset) {
    auto next = std::upper_bound(anchors.begin(), anchors.end(), offset,
                                 [](uint32_t at, const Anchor& anchor) { return at < anchor.text; });
    if (next != anchors.begin()) --next;
    return next->file + (offset - next->text);
  };
  if (anchors.empty()) return whole;
  const uint32_t from = map(begin);
  // The end is the end of the last byte, not the begin of the next, which may stand behind an escape.
  const uint32_t to = length == 0 ? from : map(begin + length - 1) + 1;
  return {whole.file, from, std::max(to, from) - from};
}

Text read_yaml_text(std::string_view decoded, bool raw, std::vector<Anchor> anchors, Span whole,
                    Diagnostics& diagnostics) {
  Text out;
  std::vector<Anchor> shifted;
  const auto copy_to = [&](size_t from, size_t to) { out.text.append(decoded.substr(from, to - from)); };
  const auto anchor_at = [&](size_t offset) {
    if (anchors.empty()) return;
    const Span at = locate(anchors, static_cast<uint32_t>(offset), 0, whole);
    shifted.push_back({static_cast<uint32_t>(out.text.size()), at.offset});
  };
  size_t next_anchor = 0;
  size_t copied = 0;
  const auto flush = [&](size_t to) {  // copies and carries the anchors along
    for (; next_anchor < anchors.size() && anchors[next_anchor].text < to; ++next_anchor) {
      if (anchors[next_anchor].text < copied) continue;
      copy_to(copied, anchors[next_anchor].text);
      copied = anchors[next_anchor].text;
      anchor_at(copied);
    }
    copy_to(copied, to);
    copied = to;
  };
  for (size_t i = 0; i < decoded.size(); ++i) {
    if (!begins_reference(decoded, i)) continue;
    size_t slashes = 0;
    while (!raw && slashes < i - copied && decoded[i - 1 - slashes] == '\\') ++slashes;
    flush(i - slashes);
    if (slashes > 0) {
      anchor_at(copied);
      out.text.append(slashes / 2, '\\');
      copied = i;
      anchor_at(i);
      if (slashes % 2 == 1) {
        flush(i + 1);
        continue;
      }
    }
    Reference found;
    found.begin = static_cast<uint32_t>(out.text.size());
    found.length = measure_reference(decoded, i, found.name);
    if (found.length == 0) {
      if (!raw) {
        diagnostics.add({Severity::kError,
                         "E0106",
                         locate(anchors, static_cast<uint32_t>(i), 2, whole),
                         "this reference names no parameter",
                         {},
                         "write `${name}`, or `\\$` for a dollar sign"});
      }
      flush(i + 1);
      continue;
    }
    found.span = locate(anchors, static_cast<uint32_t>(i), found.length, whole);
    flush(i + found.length);
    i += found.length - 1;
    out.references.push_back(std::move(found));
  }
  flush(decoded.size());
  out.anchors = std::move(shifted);
  return out;
}

std::string write_yaml_text(const Text& text, bool raw) {
  if (raw) return text.text;
  std::string out;
  size_t next = 0;
  size_t slashes = 0;  // directly before this byte, not doubled yet
  for (size_t i = 0; i < text.text.size();) {
    const bool known = next < text.references.size() && text.references[next].begin == i;
    if (known) {
      out.append(slashes, '\\');
      out.append(text.text, i, text.references[next].length);
      i += text.references[next++].length;
      slashes = 0;
      continue;
    }
    if (begins_reference(text.text, i)) out.append(slashes + 1, '\\');
    slashes = text.text[i] == '\\' ? slashes + 1 : 0;
    out.push_back(text.text[i++]);
  }
  return out;
}

std::string escape_text(const Text& text, bool several_lines) {
  std::string out;
  const std::string& t = text.text;
  size_t next = 0;
  for (size_t i = 0; i < t.size(); ++i) {
    if (next < text.references.size() && text.references[next].begin == i) {
      out.append(t, i, text.references[next].length);
      i += text.references[next++].length - 1;
      continue;
    }
    const char c = t[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '$' && begins_reference(t, i)) {
      out += "\\$";
    } else if (c == '"') {
      const bool closes = !several_lines || i + 1 == t.size() || t.compare(i, 3, "\"\"\"") == 0;
      out += closes ? "\\\"" : "\"";
    } else if (c == '\n' && !several_lines) {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t' && !several_lines) {
      out += "\\t";
    } else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
      constexpr char kHex[] = "0123456789ABCDEF";
      out += "\\u{";
      if (byte >= 0x10) out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 0xF]);
      out.push_back('}');
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace blox::dsl
