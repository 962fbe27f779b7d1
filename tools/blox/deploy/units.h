// The systemd units of tools/deploy, as they are in the tree; the build puts them in.
#pragma once

#include <string>
#include <string_view>

namespace blox::tools {

extern const std::string_view kMasterUnit;
extern const std::string_view kCaretakerUnit;

inline constexpr std::string_view kServiceUser = "datablox";

/// A unit whose services run as that user.
std::string unit_for(std::string_view unit, std::string_view user);

}  // namespace blox::tools
