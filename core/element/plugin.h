// Element classes from shared objects.
//
// A plug-in is built from files like any built-in class, plus one BLOX_PLUGIN() line. Its stamp (release, compiler
// ABI, sanitizers, layout of the public types) stands in a section of the file and is read from there, without
// loading it; a wrong one is refused with both stamps named. Only then is the object loaded and its table of
// classes read through one C symbol. Plug-ins are never unloaded.
//
// Threads  loading happens before anything runs
// Errors   user: no such file, not a plug-in, another build; outside: the dynamic loader's words
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/element/registry.h"

namespace blox {

/// The stamp of this build.
std::string_view build_stamp();

/// The stamp in a file, read without loading it.
Result<std::string> read_stamp(const std::string& path);

/// Checks the stamp, loads the object and adds its classes.
Status load_plugin(const std::string& path, Registry& registry);

/// Where `plugin "name"` is found: beside `directory`, then in each folder of `search_path` (colons between).
Result<std::string> find_plugin(std::string_view name, std::string_view directory, std::string_view search_path);

/// What a plug-in exports under the C name `blox_plugin`.
struct PluginTable {
  const ElementClass* const* begin;
  const ElementClass* const* end;
};

}  // namespace blox

#include "core/element/stamp.h"
