#include "core/net/url.h"

#include <algorithm>
#include <charconv>

#include "core/data/utf8.h"

namespace blox {
namespace {

int digit_of(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

bool is_plain(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' ||
         byte == '.' || byte == '_' || byte == '~';
}

char small(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte; }

// Escapes of plain bytes undone, all others in capitals; what may not stand there escaped.
std::string normal_escapes(std::string_view text, std::string_view allowed) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 && digit_of(text[i + 2]) >= 0;
    if (!escape) {
      out += percent_encode(text.substr(i, 1), allowed);
      continue;
    }
    const char byte = static_cast<char>(digit_of(text[i + 1]) << 4 | digit_of(text[i + 2]));
    out += percent_encode({&byte, 1});
    i += 2;
  }
  return out;
}

// RFC 3986, 5.2.4. Precondition: it begins with "/".
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool folder = false;
  path.remove_prefix(1);
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    folder = segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!folder) {
      kept.push_back(segment);
    }
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  std::string out;
  for (const std::string_view segment : kept) {
    out += '/';
    out += segment;
  }
  if (folder || out.empty()) out += '/';
  return out;
}

std::string normal_target(std::string_view path, std::optional<std::string_view> query) {
  std::string out = without_dots(normal_escapes(path.empty() ? "/" : path, "/!$&'()*+,;=:@"));
  if (query) out += "?" + normal_escapes(*query, "/!$&'()*+,;=:@?[]");
  return out;
}

bool read_authority(std::string_view text, Url& out) {
  if (text.find('@') != std::string_view::npos) return false;
  const bool numeric = text.starts_with('[');
  const size_t bracket = numeric ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const size_t colon = text.find(':', bracket);
  const std::string_view host = numeric ? text.substr(1, bracket - 1) : text.substr(0, colon);
  if (numeric && bracket + 1 != std::min(colon, text.size())) return false;
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  out.port = out.secure ? 443 : 80;
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc() || end != port.data() + port.size() || out.port == 0) return false;
  }
  if (host.empty() || host.size() > 255) return false;
  out.host.clear();
  for (const char byte : host) {
    const bool fits = numeric ? digit_of(byte) >= 0 || byte == ':' || byte == '.' : is_plain(byte) && byte != '~';
    if (!fits) return false;
    out.host += small(byte);
  }
  return numeric || (out.host.front() != '.' && out.host.find("..") == std::string::npos);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && form) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = digit_of(text[i + 1]), low = digit_of(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view bytes, std::string_view also) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size());
  for (const char byte : bytes) {
    if (is_plain(byte) || also.find(byte) != std::string_view::npos) {
      out += byte;
    } else {
      const auto value = static_cast<unsigned char>(byte);
      out += '%';
      out += kDigits[value >> 4];
      out += kDigits[value & 15];
    }
  }
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> read_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    std::optional<std::string> name = percent_decode(pair.substr(0, equals), true);
    std::optional<std::string> value =
        percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    out.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

namespace {

// A scheme that stands in front; empty where there is none.
std::string_view scheme_of(std::string_view text) {
  const size_t end = text.find_first_of(":/?#");
  if (end == std::string_view::npos || end == 0 || text[end] != ':') return {};
  const bool fits = std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(end), [](char byte) {
    return (is_plain(byte) && byte != '~' && byte != '_') || byte == '+';
  });
  return fits && (digit_of(text[0]) < 0 || digit_of(text[0]) > 9) ? text.substr(0, end) : std::string_view();
}

struct Parts {
  std::string_view path;
  std::optional<std::string_view> query;
};

Parts parts_of(std::string_view text) {
  const size_t mark = text.find('?');
  if (mark == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, mark), text.substr(mark + 1)};
}

// Blanks around are not meant, line breaks and tabs inside neither (the URL standard of the WHATWG, 4.4).
std::string trimmed(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const auto is_blank = [](char byte) { return static_cast<unsigned char>(byte) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  std::string out(text);
  std::erase_if(out, [](char byte) { return byte == '\n' || byte == '\r' || byte == '\t'; });
  return out;
}

}  // namespace

std::string normal_path(std::string_view text) { return normal_escapes(text, "/!$&'()*+,;=:@?[]"); }

std::optional<Url> Url::parse(std::string_view given) {
  const std::string text = trimmed(given.substr(0, kLongest + 1));
  std::string scheme(scheme_of(text));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), small);
  std::string_view rest = std::string_view(text).substr(std::min(text.size(), scheme.size() + 1));
  if ((scheme != "http" && scheme != "https") || !rest.starts_with("//") || given.size() > kLongest)
    return std::nullopt;
  rest.remove_prefix(2);
  Url out;
  out.secure = scheme == "https";
  const size_t end = std::min(rest.size(), rest.find_first_of("/?"));
  if (!read_authority(rest.substr(0, end), out)) return std::nullopt;
  const Parts parts = parts_of(rest.substr(end));
  out.target = normal_target(parts.path, parts.query);
  if (out.to_string().size() > kLongest) return std::nullopt;
  return out;
}

std::optional<Url> Url::resolve(std::string_view given) const {
  if (given.size() > kLongest) return std::nullopt;
  const std::string reference = trimmed(given);
  if (!scheme_of(reference).empty()) return parse(reference);
  if (reference.starts_with("//")) return parse((secure ? "https:" : "http:") + reference);
  Url out = *this;
  const Parts parts = parts_of(reference);
  if (parts.path.empty()) {
    if (parts.query) out.target = normal_target(path(), parts.query);
  } else if (parts.path.front() == '/') {
    out.target = normal_target(parts.path, parts.query);
  } else {
    const std::string_view folder = path().substr(0, path().rfind('/') + 1);
    out.target = normal_target(std::string(folder) + std::string(parts.path), parts.query);
  }
  if (out.to_string().size() > kLongest) return std::nullopt;
  return out;
}

std::string Url::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (secure ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

}  // namespace blox
