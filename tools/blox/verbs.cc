// The table of verbs.
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr Verb kVerbs[] = {
    {"run", "run a topology", run},
    {"top", "what the elements of a run do", top},
    {"tap", "live records of a connection of a run", tap},
    {"get", "values that elements of a run show", get_handler},
    {"set", "change a value of an element of a run", set_handler},
    {"submit", "give a topology to a cluster", submit},
    {"plan", "where the elements of a topology would go on a cluster, and why", plan_topology},
    {"diff", "what submitting a topology would change", diff},
    {"ps", "what a cluster runs, and where", ps},
    {"messages", "what the elements on a cluster print and report", messages},
    {"stop", "end a topology on a cluster", stop},
    {"drain", "move everything away from a node", drain},
    {"forget", "give up a node that is gone for good", forget},
    {"cluster", "a cluster on this machine, to try things out", cluster},
    {"master", "the master of a cluster", run_master},
    {"caretaker", "looks after a node of a cluster", run_caretaker},
    {"keygen", "the keys of a cluster", keygen},
    {"check", "check a topology without starting anything", check},
    {"test", "run .bloxtest files", test},
    {"fmt", "lay out .blox files", lay_out},
    {"graph", "draw a topology: dot, mermaid or svg", graph},
    {"convert", "between .blox and YAML", convert},
    {"import", "a topology of the 2012 form", import_old},
    {"schema", "a record type from a sample of data", schema},
    {"list", "the element classes", list},
    {"describe", "one element class: ports, arguments, example", describe},
    {"lsp", "the language server for editors", language_server},
    {"new", "begin an element or a topology", make},
    {"deploy", "set the hosts of a cluster up over ssh", deploy},
    {"bench", "how fast a topology runs", bench},
    {"man", "the manual page of a verb", manual},
    {"completion", "what a shell needs to complete the command line", completion},
};

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

CommandPage page_of(const Verb& verb) {
  CommandPage page;
  verb.run(Words(&page));
  return page;
}

}  // namespace blox::tools
