// The verbs of the command: one file each.
#pragma once

#include "tools/blox/options.h"

namespace blox::tools {

struct Verb {
  const char* name;
  const char* about;  ///< one line
  int (*run)(Words words);
};

int bench(Words words);
int check(Words words);
int convert(Words words);
int describe(Words words);
int lay_out(Words words);
int graph(Words words);
int language_server(Words words);  ///< `blox lsp`
int list(Words words);
int make(Words words);  ///< `blox new`
int run(Words words);
int schema(Words words);
int test(Words words);

}  // namespace blox::tools
