#include "tools/blox/deploy/units.h"

namespace blox::tools {

std::string unit_for(std::string_view unit, std::string_view user) {
  std::string out(unit);
  const std::string line = "\nUser=" + std::string(kServiceUser) + "\n";
  const size_t at = out.find(line);
  if (at != std::string::npos) out.replace(at, line.size(), "\nUser=" + std::string(user) + "\n");
  return out;
}

}  // namespace blox::tools
