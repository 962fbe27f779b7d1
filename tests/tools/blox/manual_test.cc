#include "tools/blox/manual/man.h"

#include <doctest/doctest.h>

#include "tools/blox/manual/completion.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Every character that one of the formats treats as its own.
Command awkward() {
  Command command;
  command.release = "1.2.3";
  Command::Verb verb{"do", "what's [this]: a\\b", {}};
  verb.page = {
      "do FILE", ".starts like a request\n'so does this\n\nback\\slash and `quotes`", "blox do 'it' ~/x", {}, "file"};
  verb.page.options = {{"format", "", "a|b", "it's [one: two]", false}, {"many", "m", "TEXT", "doc", true}};
  command.verbs.push_back(verb);
  command.classes.push_back({"Count", "Counts: it's one"});
  return command;
}

TEST_CASE("a manual page shows text as it is, whatever roff would make of it") {
  const Command command = awkward();
  const std::string page = man_page(command, command.verbs[0]);
  CHECK(contains(page, ".TH BLOX\\-DO 1 \"\" \"Datablox 1.2.3\" \"Datablox\"\n"));
  CHECK(contains(page, "\n\\&.starts like a request\n\\&\\(aqso does this\n.PP\nback\\eslash and \\(gaquotes\\(ga\n"));
  CHECK(contains(page, "\nblox do \\(aqit\\(aq \\(ti/x\n"));
  CHECK(contains(page, "\n.TP\n\\-m, \\fB\\-\\-many\\fR \\fITEXT\\fR\ndoc\n"));
}

TEST_CASE("texts are quoted as each shell reads them") {
  const Command command = awkward();
  CHECK(shell_quoted("it's") == "'it'\\''s'");
  CHECK(contains(zsh_completion(command), "'do:what'\\''s [this]: a\\b'"));
  CHECK(contains(zsh_completion(command), "[it'\\''s \\[one\\: two\\]]:a|b:(a b)'"));
  CHECK(contains(fish_completion(command), "'it\\'s [one: two]'"));
  CHECK(contains(fish_completion(command), "'what\\'s [this]: a\\\\b'"));
}

TEST_CASE("a repeated option is offered again, another only once") {
  const std::string script = zsh_completion(awkward());
  CHECK(contains(script, "'*--many=[doc]:TEXT: '"));
  CHECK(contains(script, "'*-m+[doc]:TEXT: '"));
}

TEST_CASE("what can stand at a place follows from its placeholder") {
  const auto of_option = [](const char* placeholder) {
    return candidates_of_option({"x", "", placeholder, "", false});
  };
  CHECK(of_option("FILE").kind == Candidates::kFiles);
  CHECK(of_option("FOLDER").kind == Candidates::kFolders);
  CHECK(of_option("N").kind == Candidates::kNothing);
  CHECK(of_option("").kind == Candidates::kNothing);
  CHECK(of_option("dot|svg").words == std::vector<std::string>{"dot", "svg"});
  CHECK(candidates_of_positional("topology").words == std::vector<std::string>{"blox", "yaml", "yml"});
  CHECK(candidates_of_positional("file").words.empty());
  CHECK(candidates_of_positional("").kind == Candidates::kNothing);
}

TEST_CASE("every verb describes itself when asked, and does nothing else") {
  for (const Verb& verb : verbs()) {
    const CommandPage page = page_of(verb);
    INFO(verb.name);
    CHECK(page.usage.substr(0, page.usage.find(' ')) == verb.name);
    CHECK_FALSE(page.about.empty());
    CHECK(contains(page.example, "blox "));
    REQUIRE_FALSE(page.options.empty());
    CHECK(page.options[0].name == "help");
    CHECK(contains(help_text(page), "\n  -h, --help               print this page\n"));
  }
}

}  // namespace
}  // namespace blox::tools
