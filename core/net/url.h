// URLs of the web: their parts, one form for all that mean the same, relative ones, escapes and query strings.
//
// Threads  values and functions; any thread
// Errors   nothing where the text is malformed, or is no UTF-8 once decoded
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blox {

/// "a%20b" as "a b"; with `form`, "+" is a blank, too. Nothing where an escape is broken or the result is no UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool form = false);
/// Everything but letters, digits, "-._~" and the bytes of `also` as escapes.
std::string percent_encode(std::string_view bytes, std::string_view also = {});

/// "a=1&b=x%20y" as pairs, in order; a name without "=" has an empty value.
std::optional<std::vector<std::pair<std::string, std::string>>> read_query(std::string_view query);

/// Escapes as in the normal form of a path, where not even "/" need be in front: rules of robots.txt are compared so.
std::string normal_path(std::string_view text);

/// An absolute http or https URL in its normal form (RFC 3986, 6.2): scheme and host in small letters, no default port,
/// no dot segments, no fragment; escapes in capitals and only where they are needed. Hosts are names of letters,
/// digits,
/// ".", "-" and "_", or numbers; names in other scripts come in their ASCII form (xn--…). No user names.
struct Url {
  bool secure = false;  ///< https
  std::string host;     ///< IPv6 without brackets
  uint16_t port = 80;
  std::string target;  ///< path and query, as it is requested: "/a?b"

  static constexpr size_t kLongest = 8192;
  static std::optional<Url> parse(std::string_view text);
  /// What `reference` means on a page with this URL (RFC 3986, 5.2); nothing where that is no http or https URL.
  std::optional<Url> resolve(std::string_view reference) const;

  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  /// "example.org" or "example.org:8080": what the header `Host` says.
  std::string authority() const;
  /// "https://example.org"
  std::string origin() const { return (secure ? "https://" : "http://") + authority(); }
  std::string to_string() const { return origin() + target; }
  friend bool operator==(const Url&, const Url&) = default;
};

}  // namespace blox
