#include "tools/blox/identifier.h"

#include <random>

namespace blox::tools {

std::string make_identifier() {
  std::random_device random;
  std::string out;
  for (int i = 0; i < 32; ++i) out += "0123456789abcdef"[random() % 16];
  return out;
}

}  // namespace blox::tools
