// Blocks that gave logs out of nothing.
#include "tools/blox/import/old_class.h"

namespace blox::tools {

using enum OldForm;
using enum Direction;
using enum PortKind;

std::vector<OldClass> source_classes() {
  return {
      {.name = "bookmark-client",
       .args = {{"urls", kCount, "", true}, {.name = "urls", .form = kSqlList, .as = "list"}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "Generate(limit = {urls}, url = \"(ARRAY[{list}])[n + 1]\")"}}},
      {.name = "counter",
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "Counter(limit = 20, every = 1s)"}}},
      {.name = "dir-src",
       .args = {{"directory", kPath, "", true},
                {"only-metadata", kBool, "false"},
                {"only-index", kBool},
                {.name = "sleep", .form = kNothing, .note = "2012 did not read it either"}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "FileCrawler(path = {directory}, hidden = true)"},
                {"indexable", "Filter(\"path ~* '\\.(txt|md|html?|xml|css|js|json|py|c|h|cc|cpp|java|sh|tex|csv|log)$'\")",
                 "only-index"}},
       .remark = "Files are read where their content is needed: their data is not carried along."},
      {.name = "file-crawler",
       .args = {{"directory", kPath, "", true},
                {.name = "buffer-limit", .form = kNothing, .note = "logs are cut by bytes; `queue` bounds what waits"},
                {"crawl-id", kSqlText},
                {"volume-name", kSqlText},
                {"max-error-pct", kShare}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "FileCrawler(path = {directory}, hidden = true)", "", "on_error = {max_error_pct}"},
                {"crawl", "Map(crawl_id = \"{crawl_id}\")", "crawl-id"},
                {"volume", "Map(volume = \"{volume_name}\")", "volume-name"}}},
      {.name = "permute",
       .args = {{"words", kTexts, "", true}, {"sleep", kNothing}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "Permute(words = {words})"}}},
      {.name = "zero-src",
       .args = {{"num-zeros", kInt, "10"}, {"sleep", kSeconds}},
       .ports = {{"output", kOut, kPush, kTail}},
       .line = {{"", "Generate(limit = {num_zeros}, every = {sleep}, value = \"0\")"}}},
      {.name = "error",
       .ports = {{"input", kIn, kPush, ""}, {"output", kOut, kPush, kTail}},
       .line = {{"sends", "Generate(limit = 1, value = \"0\")", "!:input"},
                {"", "Fail(how = open, message = \"this block cannot be loaded\")"},
                {"ends", "Discard", "!:output"}}},
  };
}

}  // namespace blox::tools
