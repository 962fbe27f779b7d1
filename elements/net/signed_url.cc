#include "elements/net/signed_url.h"

#include <charconv>
#include <optional>

#include "core/net/hmac.h"
#include "core/net/url.h"

namespace blox {
namespace {

constexpr std::string_view kExpires = "?expires=";
constexpr std::string_view kSeal = "&seal=";

std::string seal(std::string_view secret, std::string_view path, std::string_view expires) {
  std::string text = "datablox file 1\n";
  text += path;
  text += '\n';
  text += expires;
  text += '\n';
  return hmac_sha256(secret, text);
}

Status malformed() { return Status::user("url.malformed", "this is no URL of a file"); }

}  // namespace

std::string signed_target(std::string_view secret, std::string_view path, int64_t expires_seconds) {
  const std::string expires = std::to_string(expires_seconds);
  std::string out = "/" + percent_encode(path, "/");
  out += kExpires;
  out += expires;
  out += kSeal;
  out += seal(secret, path, expires);
  return out;
}

Result<std::string> read_signed_target(std::string_view secret, std::string_view target, int64_t now_seconds) {
  const size_t expires_at = target.find(kExpires);
  const size_t seal_at = target.find(kSeal, std::min(expires_at, target.size()));
  if (!target.starts_with('/') || seal_at == std::string_view::npos) return malformed();
  const std::optional<std::string> path = percent_decode(target.substr(1, expires_at - 1));
  const std::string_view expires = target.substr(expires_at + kExpires.size(), seal_at - expires_at - kExpires.size());
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  if (!path || path->empty() || error != std::errc() || end != expires.data() + expires.size()) return malformed();
  if (!same_seal(target.substr(seal_at + kSeal.size()), seal(secret, *path, expires))) {
    return Status::user("url.forged", "the seal of the URL is wrong");
  }
  if (now_seconds > seconds) return Status::user("url.expired", "the URL has expired");
  return *path;
}

}  // namespace blox
