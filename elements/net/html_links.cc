#include "elements/net/html_links.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace blox {
namespace {

constexpr size_t kLongestReference = 8 << 10;

bool is(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f'; }
bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }

bool has_word(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const size_t end = text.find_first_of(" \t\r\n,");
    if (is(text.substr(0, end), word)) return true;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return false;
}

void append_utf8(std::string& out, uint32_t point) {
  if (point == 0 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) point = 0xfffd;
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 63));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 63));
    out += static_cast<char>(0x80 | (point & 63));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 63));
    out += static_cast<char>(0x80 | (point >> 6 & 63));
    out += static_cast<char>(0x80 | (point & 63));
  }
}

// Numbers, and the names that occur in URLs.
std::string without_entities(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = text[i] == '&' ? text.find(';', i) : std::string_view::npos;
    if (end == std::string_view::npos || end - i > 10) {
      out += text[i];
      continue;
    }
    const std::string_view name = text.substr(i + 1, end - i - 1);
    bool known = true;
    if (name.starts_with('#')) {
      const bool hexadecimal = name.size() > 2 && (name[1] == 'x' || name[1] == 'X');
      const std::string_view digits = name.substr(hexadecimal ? 2 : 1);
      uint32_t point = 0;
      const auto [stop, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), point, hexadecimal ? 16 : 10);
      known = !digits.empty() && error == std::errc() && stop == digits.data() + digits.size();
      if (known) append_utf8(out, point);
    } else if (name == "amp") {
      out += '&';
    } else if (name == "quot") {
      out += '"';
    } else if (name == "apos") {
      out += '\'';
    } else if (name == "lt" || name == "gt") {
      out += name == "lt" ? '<' : '>';
    } else {
      known = false;
    }
    if (known) {
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

struct Tag {
  std::string_view name;
  std::string_view href, src, rel, content, http_equiv, meta_name;
};

class Scanner {
 public:
  Scanner(std::string_view html, size_t most) : html_(html), most_(most) {}

  HtmlLinks run() {
    while (out_.links.size() < most_) {
      const size_t open = html_.find('<', at_);
      if (open == std::string_view::npos) break;
      at_ = open + 1;
      if (html_.substr(at_).starts_with("!--")) {
        skip_behind("-->", at_ + 1);  // "<!-->" is one, too
      } else if (at_ < html_.size() && is_letter(html_[at_])) {
        const Tag tag = read_tag();
        take(tag);
        if (is(tag.name, "script") || is(tag.name, "style")) skip_text_of(tag.name);
      }
    }
    return std::move(out_);
  }

 private:
  void skip_behind(std::string_view mark, size_t from) {
    const size_t found = html_.find(mark, from);
    at_ = found == std::string_view::npos ? html_.size() : found + mark.size();
  }

  // Up to the "</NAME" that ends it.
  void skip_text_of(std::string_view name) {
    while (true) {
      const size_t found = html_.find("</", at_);
      if (found == std::string_view::npos) {
        at_ = html_.size();
        return;
      }
      at_ = found + 2;
      if (is(html_.substr(at_, name.size()), name)) return;
    }
  }

  Tag read_tag() {
    Tag tag;
    tag.name = word(" \t\n\r\f/>");
    while (at_ < html_.size() && html_[at_] != '>') {
      if (is_blank(html_[at_]) || html_[at_] == '/') {
        ++at_;
        continue;
      }
      const size_t before = at_;
      const std::string_view name = word(" \t\n\r\f/>=");
      if (at_ == before) ++at_;  // an "=" without a name
      const std::string_view text = value();
      for (const auto& [known, slot] : {std::pair("href", &tag.href), std::pair("src", &tag.src),
                                        std::pair("rel", &tag.rel), std::pair("content", &tag.content),
                                        std::pair("http-equiv", &tag.http_equiv), std::pair("name", &tag.meta_name)}) {
        if (is(name, known) && slot->data() == nullptr) *slot = text;  // of two the first counts
      }
    }
    return tag;
  }

  std::string_view word(std::string_view ends) {
    const size_t begin = at_;
    at_ = std::min(html_.size(), html_.find_first_of(ends, at_));
    return html_.substr(begin, at_ - begin);
  }

  std::string_view value() {
    size_t look = at_;
    while (look < html_.size() && is_blank(html_[look])) ++look;
    if (look >= html_.size() || html_[look] != '=') return {};
    at_ = look + 1;
    while (at_ < html_.size() && is_blank(html_[at_])) ++at_;
    if (at_ >= html_.size() || (html_[at_] != '"' && html_[at_] != '\'')) return word(" \t\n\r\f>");
    const char quote = html_[at_++];
    const size_t begin = at_;
    const size_t end = std::min(html_.size(), html_.find(quote, at_));
    at_ = std::min(html_.size(), end + 1);
    return html_.substr(begin, end - begin);
  }

  void take(const Tag& tag) {
    if (is(tag.name, "a") || is(tag.name, "area")) {
      if (!has_word(tag.rel, "nofollow")) add(tag.href, false);
    } else if (is(tag.name, "base")) {
      if (out_.base.empty() && tag.href.size() <= kLongestReference) out_.base = without_entities(tag.href);
    } else if (is(tag.name, "link")) {
      if (has_word(tag.rel, "stylesheet") || has_word(tag.rel, "icon")) add(tag.href, true);
      if (has_word(tag.rel, "next") || has_word(tag.rel, "prev") || has_word(tag.rel, "alternate"))
        add(tag.href, false);
    } else if (is(tag.name, "iframe") || is(tag.name, "frame")) {
      add(tag.src, false);
    } else if (is(tag.name, "meta")) {
      take_meta(tag);
    } else {
      for (const char* name : {"img", "script", "source", "audio", "video", "embed", "input", "track"}) {
        if (is(tag.name, name)) add(tag.src, true);
      }
    }
  }

  void take_meta(const Tag& tag) {
    if (is(tag.meta_name, "robots") && (has_word(tag.content, "nofollow") || has_word(tag.content, "none"))) {
      out_.nofollow = true;
    }
    if (!is(tag.http_equiv, "refresh")) return;
    const size_t mark = tag.content.find('=');  // "5; url=/next"
    if (mark == std::string_view::npos) return;
    std::string_view target = tag.content.substr(mark + 1);
    while (!target.empty() && (target.front() == '"' || target.front() == '\'')) target.remove_prefix(1);
    add(target.substr(0, target.find_first_of("\"'")), false);
  }

  void add(std::string_view reference, bool asset) {
    if (reference.empty() || reference.size() > kLongestReference || out_.links.size() >= most_) return;
    out_.links.push_back({without_entities(reference), asset});
  }

  const std::string_view html_;
  const size_t most_;
  size_t at_ = 0;
  HtmlLinks out_;
};

}  // namespace

HtmlLinks find_links(std::string_view html, size_t most) { return Scanner(html, most).run(); }

}  // namespace blox
