// The verbs of the command: one file each.
#pragma once

#include "tools/blox/options.h"

namespace blox::tools {

struct Verb {
  const char* name;
  const char* about;  ///< one line
  int (*run)(Words words);
};

/// All of them, in the order of `blox --help`.
std::span<const Verb> verbs();
/// What a verb takes.
CommandPage page_of(const Verb& verb);

int bench(Words words);
int check(Words words);
int cluster(Words words);
int completion(Words words);
int convert(Words words);
int deploy(Words words);
int describe(Words words);
int diff(Words words);
int drain(Words words);
int forget(Words words);
int lay_out(Words words);
int get_handler(Words words);  ///< `blox get`
int graph(Words words);
int import_old(Words words);  ///< `blox import`
int keygen(Words words);
int language_server(Words words);  ///< `blox lsp`
int list(Words words);
int manual(Words words);  ///< `blox man`
int make(Words words);    ///< `blox new`
int messages(Words words);
int plan_topology(Words words);  ///< `blox plan`
int ps(Words words);
int run(Words words);
int schema(Words words);
int run_caretaker(Words words);  ///< `blox caretaker`
int run_master(Words words);     ///< `blox master`
int set_handler(Words words);    ///< `blox set`
int stop(Words words);
int submit(Words words);
int tap(Words words);
int test(Words words);
int top(Words words);
int worker(Words words);   ///< for caretakers, in no list
int checker(Words words);  ///< for the master, in no list

}  // namespace blox::tools
