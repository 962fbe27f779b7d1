// Element classes and sharders from shared objects.
//
// A plug-in is built from files like those of any built-in class, and one of them says BLOX_PLUGIN(). Its stamp
// (stamp.h) stands in a section of the file and is read from there, without loading it; a wrong one is refused with
// both stamps named. Only then is the object loaded and its table of classes read through one C symbol. Plug-ins are
// never unloaded.
//
// Threads  loading happens before anything runs
// Errors   user: no such file, not a plug-in, another build, a name taken; outside: the dynamic loader's words
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/element/registry.h"
#include "core/element/stamp.h"

namespace blox {

/// The stamp of this build.
std::string_view build_stamp();

/// The stamp in a file, read without loading it.
Result<std::string> read_stamp(const std::string& path);

/// The Debian packages that a plug-in says it needs (BLOX_PLUGIN_PACKAGES), read without loading it; none where it says
/// nothing.
Result<std::vector<std::string>> read_plugin_packages(const std::string& path);

/// Checks the stamp, loads the object and adds its classes: all of them or, on an error, none.
Status load_plugin(const std::string& path, Registry& registry);

/// Where `plugin "name"` is found: beside `directory`, then in each folder of `search_path` (colons between). A name
/// with a slash is a path, relative to `directory`.
Result<std::string> find_plugin(std::string_view name, std::string_view directory, std::string_view search_path);

/// What a plug-in exports under the C name `blox_plugin`.
struct PluginTable {
  const ElementClass* const* begin;
  const ElementClass* const* end;
  const SharderClass* const* sharders_begin;
  const SharderClass* const* sharders_end;
};

}  // namespace blox

/// Makes a shared object a plug-in; once, at the end of one of its files and outside of any namespace.
#define BLOX_PLUGIN()                                                                                      \
  extern "C" {                                                                                             \
  [[gnu::weak, gnu::visibility("hidden")]] extern const blox::ElementClass* const __start_blox_classes[];  \
  [[gnu::weak, gnu::visibility("hidden")]] extern const blox::ElementClass* const __stop_blox_classes[];   \
  [[gnu::weak, gnu::visibility("hidden")]] extern const blox::SharderClass* const __start_blox_sharders[]; \
  [[gnu::weak, gnu::visibility("hidden")]] extern const blox::SharderClass* const __stop_blox_sharders[];  \
  [[gnu::visibility("default")]] extern const blox::PluginTable blox_plugin;                               \
  const blox::PluginTable blox_plugin{__start_blox_classes, __stop_blox_classes, __start_blox_sharders,    \
                                      __stop_blox_sharders};                                               \
  }                                                                                                        \
  namespace {                                                                                              \
  [[gnu::section("blox_stamp"), gnu::used]] constexpr auto blox_plugin_stamp = ::blox::make_stamp();       \
  }                                                                                                        \
  static_assert(true)

/// Names the Debian packages that a plug-in needs when it runs, with blanks between: `blox deploy` installs them on the
/// nodes. Outside of any namespace, in any of its files.
#define BLOX_PLUGIN_PACKAGES(names)                                                                 \
  namespace {                                                                                       \
  [[gnu::section("blox_packages"), gnu::used]] constexpr char blox_plugin_packages_text[] = names; \
  }                                                                                                 \
  static_assert(true)
