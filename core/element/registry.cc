#include "core/element/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/element/element.h"

// Bounds of the section that BLOX_ELEMENT fills; the linker makes the symbols. Weak: a binary may have no class.
// Hidden: each binary and each plug-in has its own.
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const blox::ElementClass* const __start_blox_classes[];
[[gnu::weak, gnu::visibility("hidden")]] extern const blox::ElementClass* const __stop_blox_classes[];
}

namespace blox {
namespace {

bool before(const ElementClass* a, std::string_view name) { return a->name < name; }

}  // namespace

Registry Registry::builtin() {
  Registry out;
  for (const ElementClass* const* entry = __start_blox_classes; entry != __stop_blox_classes; ++entry) {
    const Status added = out.add(*entry);
    if (!added.is_ok()) check_failed(__FILE__, __LINE__, "names differ", added.error().text.c_str());
  }
  return out;
}

const ElementClass* Registry::find(std::string_view name) const {
  const auto at = std::lower_bound(classes_.begin(), classes_.end(), name, before);
  return at != classes_.end() && (*at)->name == name ? *at : nullptr;
}

std::vector<std::string> Registry::names() const {
  std::vector<std::string> out;
  for (const ElementClass* element_class : classes_) out.emplace_back(element_class->name);
  return out;
}

Status Registry::add(const ElementClass* element_class) {
  const std::string_view name = element_class->name;
  const auto at = std::lower_bound(classes_.begin(), classes_.end(), name, before);
  if (at != classes_.end() && (*at)->name == name) {
    return Status::user("registry.twice", fmt::format("the element class `{}` of {} exists already, from {}", name,
                                                      element_class->file, (*at)->file));
  }
  classes_.insert(at, element_class);
  return Status::ok();
}

}  // namespace blox
