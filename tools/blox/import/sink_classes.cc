// Blocks at which logs ended, and stores.
#include "tools/blox/import/old_class.h"

namespace blox::tools {

using enum OldForm;
using enum Direction;
using enum PortKind;

std::vector<OldClass> sink_classes() {
  return {
      {.name = "dump",
       .args = {{"sleep", kSeconds},
                {.name = "decode_fields",
                 .form = kNothing,
                 .note = "contents are text or bytes here, never base64 in text"}},
       .ports = {{"input", kIn, kPush, kHead},
                 {.name = "rpc", .direction = kIn, .kind = kQuery, .part = "rpc", .question = "{value: any}"}},
       .line = {{"pause", "Throttle(every = {sleep})", "sleep"}, {"", "Print"}},
       .beside = {{"rpc", "Answer", ":rpc"}},
       .wires = {{"rpc", "asked", kHead, ""}}},
      {.name = "file-mongo",
       .args = {{"crawlers", kNothing}},  // it knows by itself when all have ended
       .ports = {{"input", kIn, kPush, kHead},
                 {.name = "file_data", .direction = kIn, .kind = kQuery, .port = "get", .question = "{path: string}"},
                 {.name = "dir_aggregates",
                  .direction = kIn,
                  .kind = kQuery,
                  .note = "let the records pass an `Aggregate` on their way into a `Store`, and ask that"},
                 {.name = "file_duplicates", .direction = kIn, .kind = kQuery, .port = "duplicates", .question = "{}"},
                 {"completed", kOut, kPush, "completed", "out"}},
       .line = {{"", "Store(path = \"{id}.lmdb\", key = [path])", "!:file_duplicates"},
                {"", "Store(path = \"{id}.lmdb\", key = [path], index = [fingerprint])", ":file_duplicates"}},
       .beside = {{"completed", "Ask(question = {all: true})", ":completed"}},
       .wires = {{"completed", "ask", "", "scan", true}},
       .own_files = true},
      {.name = "meta-store",
       .ports = {{"input", kIn, kPush, kHead},
                 {.name = "control", .direction = kIn, .kind = kQuery, .port = "prefix", .question = "{prefix: string}"}},
       .line = {{"", "Store(path = \"{id}.lmdb\", key = [url])"}}},
      {.name = "mongo-map-reduce",
       .args = {{"database", kNothing},
                {"input_collection", kNothing},
                {"output_collection", kWord, "", true},
                {"map_function", kMapKey, "", true},
                {.name = "map_function", .form = kTotals, .as = "totals"},
                {"reduce_function", kNothing, "", true},
                {"num_sources", kNothing},
                {.name = "run_on_each_key",
                 .form = kNothing,
                 .note = "all that arrives is aggregated once; put the field of the key into `by` to have them apart"},
                {.name = "scope", .form = kNothing, .note = "put the values into the expressions"},
                {.name = "query", .form = kNothing, .note = "put a `Filter` before it"},
                {"pre_delete_matching_records_in_output", kNothing},
                {"debug", kNothing}},
       .ports = {{"input", kIn, kPush, kHead}, {"output", kOut, kPush, ""}},
       .line = {{"", "Aggregate(by = [{map_function}], {totals})"}},
       .beside = {{"result", "Store(path = \"{output_collection}.lmdb\", key = [{map_function}])"}},
       .wires = {{"", "", "result", ""}}},
      {.name = "null",
       .args = {{"sleep", kSeconds}},
       .ports = {{"input", kIn, kPush, kHead}},
       .line = {{"pause", "Throttle(every = {sleep})", "sleep"}, {"", "Discard"}}},
      {.name = "pick-mp3",
       .ports = {{"input", kIn, kPush, kHead}},
       .line = {{"", "Filter(\"path LIKE '%.mp3'\")"}, {"print", "Print"}}},
  };
}

}  // namespace blox::tools
