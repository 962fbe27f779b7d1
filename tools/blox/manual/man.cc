#include "tools/blox/manual/man.h"

#include <algorithm>
#include <cctype>

namespace blox::tools {
namespace {

/// Text as roff shows it unchanged: no escapes, no requests, hyphens that can be copied.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool first = out.empty() || out.back() == '\n';
    if (first && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '`' || c == '^' || c == '~') {  // these three would become other characters
      out += c == '`' ? "\\(ga" : c == '^' ? "\\(ha" : "\\(ti";
    } else if (c == '\'') {
      out += "\\(aq";
    } else {
      out += c;
    }
  }
  return out;
}

/// A line of its own: paragraphs of the text become paragraphs.
std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    out += line.empty() ? ".PP\n" : escaped(line) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string title(std::string name, const Command& command) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return ".TH " + escaped(name) + " 1 \"\" \"Datablox " + command.release + "\" \"Datablox\"\n";
}

constexpr const char* kExitStatus =
    ".SH \"EXIT STATUS\"\n"
    ".TP\n0\ndone\n"
    ".TP\n1\nthe topology or its data is at fault\n"
    ".TP\n2\nthe command line is at fault\n"
    ".TP\n3\nthe outside world failed: a disk, the network, another program\n";

constexpr const char* kEnvironment =
    ".SH ENVIRONMENT\n"
    ".TP\n.B BLOX_PATH\nwhere plug\\-ins are looked for, beside the folder of the topology: folders with colons "
    "between\n"
    ".TP\n.B NO_COLOR\nno colours, also on a terminal\n";

std::string example(const std::string& text) {
  return ".SH EXAMPLE\n.PP\n.nf\n.RS 4\n" + escaped(text) + "\n.RE\n.fi\n";
}

}  // namespace

std::string man_page(const Command& command) {
  std::string out = title("blox", command);
  out += ".SH NAME\nblox \\- build data systems out of small parts\n";
  out += ".SH SYNOPSIS\n.B blox\n.I VERB\n.RI [ OPTION ]...\n";
  out +=
      ".SH DESCRIPTION\nRuns and checks topologies: elements, and the connections of their ports, named in a text.\n";
  out += "Each verb has a page of its own.\n.SH VERBS\n";
  for (const Command::Verb& verb : command.verbs) {
    out += ".TP\n.BR blox\\-" + escaped(verb.name) + " (1)\n" + escaped(verb.about) + "\n";
  }
  out += ".SH OPTIONS\n.TP\n.B \\-\\-help\nprint the list of verbs\n.TP\n.B \\-\\-version\nprint the release\n";
  return out + kEnvironment + kExitStatus + example("blox run -e 'Counter(limit = 10) -> Print'");
}

std::string man_page(const Command& command, const Command::Verb& verb) {
  std::string out = title("blox-" + verb.name, command);
  out += ".SH NAME\nblox\\-" + escaped(verb.name) + " \\- " + escaped(verb.about) + "\n";
  out += ".SH SYNOPSIS\n" + escaped("blox " + verb.page.usage) + "\n";
  out += ".SH DESCRIPTION\n" + paragraphs(verb.page.about) + ".SH OPTIONS\n";
  for (const CommandPage::Option& option : verb.page.options) {
    out += ".TP\n" + escaped(option.letter.empty() ? "" : "-" + option.letter + ", ");
    out += "\\fB" + escaped("--" + option.name) + "\\fR";
    if (!option.placeholder.empty()) out += " \\fI" + escaped(option.placeholder) + "\\fR";
    out += "\n" + escaped(option.doc) + "\n";
  }
  return out + example(verb.page.example) + kExitStatus + ".SH \"SEE ALSO\"\n.BR blox (1)\n";
}

}  // namespace blox::tools
