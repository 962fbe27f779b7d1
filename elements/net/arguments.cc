#include "elements/net/arguments.h"

#include <fmt/format.h>

#include "core/net/address.h"

namespace blox {

void check_address(const Arg<std::string>& address, uint16_t port, Diagnostics& diagnostics) {
  if (!address.given() || NetAddress::parse(*address)) return;
  diagnostics.add({Severity::kError,
                   "E0402",
                   address.span(),
                   fmt::format("`{}` needs a host and a port", address.name()),
                   {},
                   fmt::format("{} = \"127.0.0.1:{}\", \"[::1]:{}\", or \":{}\" for all addresses", address.name(),
                               port, port, port)});
}

void check_secret(const Arg<std::string>& secret, Diagnostics& diagnostics) {
  constexpr size_t kShortest = 16;
  if (!secret.given() || secret->size() >= kShortest) return;
  diagnostics.add({Severity::kError,
                   "E0403",
                   secret.span(),
                   fmt::format("`{}` must have at least {} characters", secret.name(), kShortest),
                   {},
                   fmt::format("{} = secret(\"file:…\")", secret.name())});
}

}  // namespace blox
