// Blocks that asked and answered.
#include "tools/blox/import/old_class.h"

namespace blox::tools {

using enum OldForm;
using enum Direction;
using enum PortKind;

std::vector<OldClass> query_classes() {
  const std::vector<OldPort> client{{"output", kOut, kQuery, "", "ask"}};
  const std::vector<NewPart> asks{{.suffix = "", .call = "Ask(question = {value: 23})", .out = "out"},
                                  {"answers", "Print"}};
  return {
      {.name = "simple-query",
       .ports = {{.name = "input", .direction = kIn, .kind = kQuery, .part = "", .settings = "deadline = 1h"}},
       .line = {{"", "Answer(value = \"value + 1\", delay = \"(value + 1) * 2\")"}}},
      {.name = "simple-query-client", .ports = client, .line = asks},
      {.name = "simple-query-async-client", .ports = client, .line = asks},
  };
}

}  // namespace blox::tools
