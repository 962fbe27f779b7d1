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
       .ports = {{"input", kIn, kPush, kHead}, {"rpc", kIn, kQuery, "rpc"}},
       .line = {{"pause", "Throttle(every = {sleep})", "sleep"},
                {"", "Print"}},
       .beside = {{"rpc", "Answer", ":rpc"}},
       .wires = {{"rpc", "asked", kHead, ""}}},
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
