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
      {.name = "bookmark-query",
       .ports = {{.name = "list", .direction = kIn, .kind = kQuery, .relay = "meta_control"},
                 {.name = "restore", .direction = kIn, .kind = kQuery, .relay = "store_control"},
                 {.name = "delete", .direction = kIn, .kind = kQuery, .relay = "store_control"},
                 {.name = "store_control", .direction = kOut, .kind = kQuery, .relay = "restore"},
                 {.name = "meta_control", .direction = kOut, .kind = kQuery, .relay = "list"}}},
      {.name = "duplicates-query",
       .ports = {{"query", kOut, kQuery, "", "ask"}},
       .line = {{.suffix = "", .call = "Ask(question = {all: true})", .out = "out"}, {"prints", "Print"}}},
      {.name = "rpc", .line = {{"", "Http(listen = \"127.0.0.1:8080\")"}}},
      {.name = "simple-query",
       .ports = {{.name = "input", .direction = kIn, .kind = kQuery, .settings = "deadline = 1h", .question = "{value: int}"}},
       .line = {{"", "Answer(value = \"value + 1\", delay = \"(value + 1) * 2\")"}}},
      {.name = "simple-query-client", .ports = client, .line = asks},
      {.name = "simple-query-async-client", .ports = client, .line = asks},
  };
}

}  // namespace blox::tools
