#include "core/element/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/element/element.h"
#include "core/element/sharder.h"

// Bounds of the sections that BLOX_ELEMENT and BLOX_SHARDER fill; the linker makes the symbols. Weak: a binary may have
// no class. Hidden: each binary and each plug-in has its own.
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const blox::ElementClass* const __start_blox_classes[];
[[gnu::weak, gnu::visibility("hidden")]] extern const blox::ElementClass* const __stop_blox_classes[];
[[gnu::weak, gnu::visibility("hidden")]] extern const blox::SharderClass* const __start_blox_sharders[];
[[gnu::weak, gnu::visibility("hidden")]] extern const blox::SharderClass* const __stop_blox_sharders[];
}

namespace blox {
namespace {

// In the order of their names; a name that is taken already is an error.
template <typename Class>
Status insert(std::vector<const Class*>& known, const Class* added, std::string_view what) {
  const std::string_view name = added->name;
  const auto at = std::lower_bound(known.begin(), known.end(), name,
                                   [](const Class* each, std::string_view wanted) { return each->name < wanted; });
  if (at != known.end() && (*at)->name == name) {
    return Status::user("registry.twice",
                        fmt::format("the {} `{}` of {} exists already, from {}", what, name, added->file, (*at)->file));
  }
  known.insert(at, added);
  return Status::ok();
}

template <typename Class>
const Class* find_in(const std::vector<const Class*>& known, std::string_view name) {
  const auto at = std::lower_bound(known.begin(), known.end(), name,
                                   [](const Class* each, std::string_view wanted) { return each->name < wanted; });
  return at != known.end() && (*at)->name == name ? *at : nullptr;
}

void added_or_die(const Status& added) {
  if (!added.is_ok()) check_failed(__FILE__, __LINE__, "names differ", added.error().text.c_str());
}

}  // namespace

Registry Registry::builtin() {
  Registry out;
  for (const ElementClass* const* entry = __start_blox_classes; entry != __stop_blox_classes; ++entry) {
    added_or_die(out.add(*entry));
  }
  for (const SharderClass* const* entry = __start_blox_sharders; entry != __stop_blox_sharders; ++entry) {
    added_or_die(out.add(*entry));
  }
  return out;
}

const ElementClass* Registry::find(std::string_view name) const { return find_in(classes_, name); }
const SharderClass* Registry::find_sharder(std::string_view name) const { return find_in(sharders_, name); }

std::vector<std::string> Registry::names() const {
  std::vector<std::string> out;
  for (const ElementClass* element_class : classes_) out.emplace_back(element_class->name);
  return out;
}

Status Registry::add(const ElementClass* element_class) { return insert(classes_, element_class, "element class"); }
Status Registry::add(const SharderClass* sharder) { return insert(sharders_, sharder, "sharder"); }

}  // namespace blox
