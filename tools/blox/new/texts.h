// What `blox new` writes, as text: the files of an element, of a plug-in's project, of a topology.
//
// Cost     nothing is written here; paths are relative to where the caller puts them
#pragma once

#include <string>
#include <vector>

namespace blox::tools {

struct NewFile {
  std::string path;
  std::string text;
};

/// "GeoIp" → "geo_ip".
std::string snake_case(const std::string& name);

/// A class of the library: source.
std::string element_source(const std::string& name);
/// Its text test.
std::string element_test(const std::string& name);

/// A class as a plug-in: source, text test, and a topology that uses it.
std::vector<NewFile> plugin_files(const std::string& name);
/// What a folder of plug-ins has besides: the build file and a page for readers.
std::vector<NewFile> project_files(const std::string& name);

/// A topology and its test.
std::vector<NewFile> topology_files(const std::string& name);

}  // namespace blox::tools
