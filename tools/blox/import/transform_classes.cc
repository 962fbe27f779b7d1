// Blocks that took logs and gave others.
#include "tools/blox/import/old_class.h"

namespace blox::tools {

using enum OldForm;
using enum Direction;
using enum PortKind;

namespace {

// Between `input` and `output`, with a pause before each record where `sleep` says so.
std::vector<OldPort> through() { return {{"input", kIn, kPush, kHead}, {"output", kOut, kPush, kTail}}; }
constexpr NewPart kPause{"pause", "Throttle(every = {sleep})", "sleep"};

}  // namespace

std::vector<OldClass> transform_classes() {
  return {
      {.name = "base64-decode",
       .args = {{"fields", kDecoded, "", true}},
       .ports = through(),
       .line = {{"", "Map({fields})"}}},
      {.name = "categorize",
       .args = {{"sleep", kSeconds}},
       .ports = through(),
       .line = {kPause, {"", "Categorize(field = path)"}}},
      {.name = "chunk",
       .args = {{"chunk_size", kBytes, "4KiB"}},
       .ports = through(),
       .line = {{"", "Chunk(cut = fixed, size = {chunk_size})", "!@backup-manager"},
                {"", "Chunk(cut = fixed, size = {chunk_size}, keep = [path, size, mtime])", "@backup-manager"}},
       .remark = "The file at `path` is cut; 2012 cut the field `data`."},
      {.name = "count",
       .ports = through(),
       .line = {{"pause", "Throttle(every = 2s)"}, {"", "Enumerate(as = count)"}}},
      {.name = "dynamic-join",
       .ports = {{.name = "input", .direction = kIn, .kind = kPush, .relay = "output"},
                 {.name = "output", .direction = kOut, .kind = kPush, .relay = "input"}}},
      {.name = "file-data-reader",
       .args = {{"sleep", kSeconds}},
       .ports = through(),
       .line = {kPause, {"", "FileReader"}}},
      {.name = "filename-categorizer",
       .ports = {{"input", kIn, kPush, kHead},
                 {"output", kOut, kPush, ""},
                 {"indexable-output", kOut, kPush, "indexable"}},
       .line = {{"", "Categorize(field = path)"}},
       .beside = {{"indexable", "Filter(\"category IN ('text', 'code', 'document', 'web')\")", ":indexable-output"}},
       .wires = {{"", "", "indexable", ""}}},
      {.name = "filter-words",
       .ports = through(),
       .line = {{"", "KeepWords(path = \"${home}/Downloads/WORD.LST\")"}}},
      {.name = "fingerprint-chunks",
       .ports = through(),
       .line = {{"", "Fingerprint(field = data, method = sha224)"}}},
      {.name = "join",
       .args = {{"joins", kNothing}},  // the connections say how many there are
       .ports = {{"input#", kIn, kPush, "", "*"}, {"output", kOut, kPush, kTail}},
       .line = {{"", "Union(missing = null)"}}},
      {.name = "no-transform",
       .ports = {{"input#", kIn, kPush, "", "*"}, {"output", kOut, kPush, kTail}},
       .line = {{"", "Union(missing = null)"}}},
      {.name = "secure-hash",
       .ports = {{"input", kIn, kPush, kHead},
                 {"output", kOut, kPush, kTail},
                 {.name = "query", .direction = kIn, .kind = kQuery, .note = "push the files into `Fingerprint` instead"}},
       .line = {{"", "Fingerprint(method = sha224)"}}},
  };
}

}  // namespace blox::tools
