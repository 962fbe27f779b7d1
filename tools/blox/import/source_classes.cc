// Blocks that gave logs out of nothing.
#include "tools/blox/import/old_class.h"

namespace blox::tools {

using enum OldForm;
using enum Direction;
using enum PortKind;

std::vector<OldClass> source_classes() {
  return {
      {.name = "bookmark-client",
       .args = {{"urls", kCount, "", true}, {.name = "urls", .form = kSqlCases, .as = "cases"}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "Generate(limit = {urls}, url = \"CASE n {cases} END\")"}}},
      {.name = "counter",
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "Counter(limit = 20, every = 1s)"}}},
      {.name = "dir-src",
       .args = {{"directory", kPath, "", true},
                {"only_metadata", kBool, "false"},
                {"only_index", kBool},
                {.name = "sleep", .form = kNothing, .note = "2012 did not read it either"}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "FileCrawler(path = {directory}, hidden = true)"},
                {"types", "Categorize(field = path, as = filetype)", "@mongo-map-reduce"},
                {"indexable", "Filter(\"path ~* '\\\\.(txt|md|html?|xml|css|js|json|py|c|h|cc|cpp|java|sh|tex|csv|log)$'\")",
                 "only_index"}},
       .remark = "Files are read where their content is needed: their data is not carried along."},
      {.name = "file-crawler",
       .args = {{"directory", kPath, "", true},
                {.name = "buffer_limit", .form = kNothing, .note = "logs are cut by bytes; `queue` bounds what waits"},
                {"crawl_id", kSqlText},
                {"volume_name", kSqlText},
                {"max_error_pct", kShare}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "FileCrawler(path = {directory}, hidden = true)", "", "on_error = {max_error_pct}"},
                {"crawl", "Map(crawl_id = \"{crawl_id}\")", "crawl_id"},
                {"volume", "Map(volume = \"{volume_name}\")", "volume_name"}}},
      {.name = "permute",
       .args = {{"words", kTexts, "", true}, {"sleep", kNothing}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "Permute(words = {words})"}}},
      {.name = "zero-src",
       .args = {{"num_zeros", kInt, "10"}, {"sleep", kSeconds, "1ms"}},  // one a log, as then
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "Counter(limit = {num_zeros}, step = 0, every = {sleep})"}}},
      {.name = "error",
       .ports = {{"input", kIn, kPush, ""}, {"output", kOut, kPush, kTail}},
       .line = {{"sends", "Counter(limit = 1)", "!:input"},
                {"", "Fail(how = open, message = \"this block cannot be loaded\")"}}},
  };
}

}  // namespace blox::tools
