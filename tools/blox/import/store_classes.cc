// Blocks around stores: indexes, backups, bookmarks.
#include "tools/blox/import/old_class.h"

namespace blox::tools {

using enum OldForm;
using enum Direction;
using enum PortKind;

std::vector<OldClass> store_classes() {
  const std::vector<NewPart> indexed{{"reader", "FileReader", "!@file-data-reader"}, {"", "TextIndex(path = \"{id}.index\")"}};
  const std::vector<OldPort> index_ports{
      {"input", kIn, kPush, kHead},
      {.name = "query", .direction = kIn, .kind = kQuery, .port = "search", .question = "{query: string, limit: int?}"}};
  return {
      {.name = "backup-manager",
       .ports = {{"input", kIn, kPush, kHead}, {"chunk_index", kOut, kPush, kTail}, {"meta_index", kOut, kPush, "meta"}},
       .line = {{"", "Filter(\"data IS NOT NULL\")"}},
       .beside = {{"meta", "Aggregate(by = [path, size, mtime], chunks = \"count(*)\")", ":meta_index"}},
       .wires = {{"", "", "meta", ""}}},
      {.name = "bookmark-manager",
       .ports = {{"input", kIn, kPush, kHead},
                 {"store", kOut, kPush, ""},
                 {"meta_store", kOut, kPush, "meta"},
                 {.name = "delete_crawler_files",
                  .direction = kOut,
                  .kind = kPush,
                  .note = "the crawler leaves no files behind",
                  .needless = true}},
       .line = {{"pages", "Filter(\"status = 200\")"}, {"", "Select([url, content_type, body])"}},
       .beside = {{"meta", "Select([url, status, content_type, links])", ":meta_store"}},
       .wires = {{"pages", "", "meta", ""}}},
      {.name = "file-dedup",
       .ports = {{"input", kIn, kPush, kHead},
                 {.name = "control", .direction = kIn, .kind = kQuery, .port = "get", .question = "{fingerprint: string}"},
                 {"store", kOut, kPush, kTail},  // it asked the store to keep a file; records are pushed there today
                 {.name = "store_control",
                  .direction = kOut,
                  .kind = kQuery,
                  .note = "what nothing refers to any more comes out at `gone`",
                  .needless = true}},
       .line = {{"hash", "Fingerprint(field = body)", "@bookmark-manager"},
                {"hash", "Fingerprint", "!@bookmark-manager"},
                {"", "Deduplicate(by = [fingerprint])"}}},
      {.name = "flat-chunk-index",
       .ports = {{"input", kIn, kPush, "", "in"},
                 {.name = "restore", .direction = kIn, .kind = kQuery, .port = "get", .question = "{path: string}"},
                 {.name = "reference", .direction = kIn, .kind = kQuery, .port = "totals", .question = "{}"},
                 {.name = "store",
                  .direction = kOut,
                  .kind = kQuery,
                  .note = "`ChunkStore` keeps the chunks itself",
                  .needless = true},
                 {.name = "store_restore",
                  .direction = kOut,
                  .kind = kQuery,
                  .note = "`ChunkStore` keeps the chunks itself",
                  .needless = true}},
       .line = {{"", "ChunkStore(path = \"{id}.lmdb\", key = [path, index])", ":input"},
                {"",
                 "ChunkStore(path = \"{id}.lmdb\", key = [path, index], fields = {path: string, size: int, mtime: time, "
                 "index: int, offset: int, length: int, data: bytes?, fingerprint: string})",
                 "!:input"}}},
      {.name = "lucene-index", .args = {{"crawlers", kNothing}}, .ports = index_ports, .line = indexed, .own_files = true},
      {.name = "restore-manager",
       .args = {{"restore_file", kText, "", true}},
       .ports = {{"chunk_index", kOut, kQuery, "", "ask"},
                 {.name = "meta_index",
                  .direction = kOut,
                  .kind = kQuery,
                  .note = "each chunk has what is needed to restore its file",
                  .needless = true}},
       .line = {{.suffix = "", .call = "Ask(question = {path: {restore_file}})", .out = "out"},
                {"entry",
                 "Map(\"path AS below, 'file' AS kind, 420 AS mode, mtime, 0 AS nanos, size, 0 AS uid, 0 AS gid, "
                 "NULL::string AS target, `offset`, data\")"},
                {"tree", "RestoreTree(path = \"restored\")"}}},
      {.name = "solr-index",
       .args = {{"crawlers", kNothing},
                {.name = "port", .form = kNothing, .note = "the index is a folder, and no server"},
                {"max_error_pct", kNothing}},
       .ports = index_ports,
       .line = indexed,
       .own_files = true},
      {.name = "store",
       .args = {{"store_directory", kWord, "", true}},
       .ports = {{"input", kIn, kPush, kHead},
                 {.name = "control", .direction = kIn, .kind = kQuery, .port = "prefix", .question = "{prefix: string}"}},
       .line = {{"", "Store(path = \"{store_directory}/store.lmdb\", key = [url])"}},
       .own_files = true},
      {.name = "web-crawler",
       .ports = {{"input", kIn, kPush, kHead},
                 {.name = "input_query",
                  .direction = kIn,
                  .kind = kQuery,
                  .note = "URLs are pushed into it",
                  .needless = true},
                 {.name = "can_delete",
                  .direction = kIn,
                  .kind = kPush,
                  .note = "the crawler leaves no files behind",
                  .needless = true},
                 {"output", kOut, kPush, kTail}},
       .line = {{"", "WebCrawler(depth = 0, assets = true, timeout = 4s)"}},
       .alone = "it fetches several pages at once by itself"},
  };
}

}  // namespace blox::tools
