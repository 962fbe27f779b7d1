#include "core/queue/keys.h"

#include <fmt/format.h>

#include <array>
#include <zmq.hpp>

namespace blox {
namespace {

constexpr size_t kText = 40;   // characters of a key in Z85
constexpr size_t kBytes = 32;  // of a key

Status no_key(std::string text) {
  return Status::user("net.key", std::move(text)).with_fix("blox keygen --cluster cluster.yaml");
}

}  // namespace

Result<CurveKeys> make_keys() {
  std::array<char, kText + 1> public_key{}, secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return Status::outside("net.key", "libzmq was built without CURVE");
  }
  return CurveKeys{public_key.data(), secret_key.data()};
}

Result<CurveKeys> keys_of(std::string_view secret_key) {
  const std::string secret(secret_key);
  std::array<char, kText + 1> public_key{};
  if (!is_key(secret) || zmq_curve_public(public_key.data(), secret.c_str()) != 0) {
    return no_key(fmt::format("a secret key has {} characters of Z85; this text is none", kText));
  }
  return CurveKeys{public_key.data(), secret};
}

bool is_key(std::string_view text) {
  std::array<uint8_t, kBytes> bytes{};
  return text.size() == kText && zmq_z85_decode(bytes.data(), std::string(text).c_str()) != nullptr;
}

bool stays_here(std::string_view endpoint) {
  if (!endpoint.starts_with("tcp://")) return true;
  endpoint.remove_prefix(6);
  const std::string_view host = endpoint.substr(0, endpoint.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  // All of 127.0.0.0/8, written as four numbers: "127.evil.org" is a name.
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

Status check_private(std::string_view endpoint, bool has_key) {
  if (has_key || stays_here(endpoint)) return Status::ok();
  return no_key("others can reach this address, and there are no keys that would tell who they are").at(endpoint);
}

}  // namespace blox
