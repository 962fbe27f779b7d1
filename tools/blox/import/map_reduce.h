// What a pair of JavaScript functions for map-reduce says, where it has the usual form:
//
//   function () {emit(this.filetype, {count: 1, size: this.size});}
//   function (key, values) {… values.forEach(function (value) {result.count += 1; …}); …}
//
// Threads  any
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blox::tools {

struct MapReduce {
  std::string key;                                          ///< the field by which it groups
  std::vector<std::pair<std::string, std::string>> totals;  ///< name and aggregate: size, sum(size)
};

/// What the map function emits, each part summed up. Nothing where it has another form.
std::optional<MapReduce> read_map_function(std::string_view javascript);

}  // namespace blox::tools
