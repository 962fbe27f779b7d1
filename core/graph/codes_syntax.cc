// E01xx: what the readers of the language and of YAML say.
#include "core/graph/codes.h"

namespace blox {
namespace {

constexpr CodeInfo kCodes[] = {
    {"E0101", "unexpected character",
     "A character that begins nothing in the language. Comments begin with `//`; `$` stands before the name of a "
     "parameter.",
     "a -> b  # a comment"},
    {"E0102", "string not closed",
     "A string in double or single quotes ends on its line. Text of several lines stands between `\"\"\"` and "
     "`\"\"\"`.",
     "Print(label = \"unreadable)"},
    {"E0103", "comment not closed", "A comment that begins with `/*` goes to `*/`. Comments do not nest.",
     "/* to be done\na -> b;"},
    {"E0104", "no UTF-8 text", "Topologies are UTF-8 text. The place is the first byte that is not.",
     "Print(label = \"\\xff\")   // as one byte"},
    {"E0105", "file too large", "A topology file may have 16 MiB.", "include \"generated.blox\";   // 20 MB"},
    {"E0106", "no such escape",
     "In strings `\\n \\t \\r \\\\ \\\" \\$ \\u{…}` are escapes. Raw strings, in single quotes, have none.",
     "Print(label = \"a\\qb\")"},
    {"E0107", "no such unit",
     "Durations end in `us ms s min h d`, sizes in `B KiB MiB GiB TiB` or `kB MB GB TB`, shares in `%`.",
     "Throttle(rate = 5parsecs)"},
    {"E0108", "number out of range",
     "Whole numbers have 64 bits. Durations and sizes must fit them in microseconds and bytes.",
     "Counter(limit = 99999999999999999999)"},
    {"E0109", "not a name", "Between backquotes a name may hold anything but a line break; it may not be empty.",
     "Count(by = [``])"},
    {"E0110", "unexpected word or sign",
     "The text does not continue as the grammar says. The message names what was expected.", "a -> -> b;"},
    {"E0111", "bracket not closed", "Every `( [ {` needs its partner.", "Count(by = [word;"},
    {"E0112", "`;` missing", "Statements end in `;`. The last one of a file, or before `}`, may leave it out.",
     "a :: Counter\nb :: Print;"},
    {"E0113", "wrong case of the first letter",
     "Element classes begin with a capital letter, all other names with a small one, so that a name in a chain is "
     "never in doubt.",
     "Files :: FileCrawler;"},
    {"E0114", "value missing", "An argument, a setting or a list wants a value here.", "Counter(limit = )"},
    {"E0115", "given twice", "A key stands twice in one list of arguments, settings or fields.",
     "Counter(limit = 1, limit = 2)"},
    {"E0116", "not inside an element class",
     "`param set include plugin require` belong to the whole program and stand outside of element classes.",
     "elementclass A { param x = 1; input -> output }"},
    {"E0117", "nested too deep",
     "Values and classes may be nested a hundred levels deep or so; the message says how many.",
     "Ask(question = [[[[[[[[…]]]]]]]])"},
    {"E0118", "settings on a use",
     "Settings stand where an element is declared, or behind an arrow for those of a connection.",
     "a :: Counter;\na {memory = 1MiB} -> Print;"},
    {"E0119", "not a plain text",
     "Paths of `include` and `plugin`, and keys, are plain texts without references to parameters.",
     "include \"$name.blox\";"},
    {"E0120", "not a range", "A range goes from one whole number upwards to another.", "Counter() {shards = 8..1}"},
    {"E0121", "several names begin a chain",
     "`a, b :: Class` declares several elements; a chain goes on from one only.", "a, b :: Counter -> Print;"},
    {"E0122", "too many errors",
     "The rest of the file was not read: after this many errors it is probably no topology at all.",
     "(a file that is not a topology)"},
    {"E0131", "no YAML",
     "The file ends in `.yaml` or `.yml` and cannot be read as YAML. The message is the reader's own.", "elements: [a"},
    {"E0132", "not what is expected here",
     "The YAML form has maps, lists and texts at fixed places; the message says what is wanted.",
     "elements: [files, reader]"},
    {"E0133", "unknown key",
     "The YAML form knows `params elements connections classes` and a few more at the top, `class args settings` in an "
     "element.",
     "elements:\n  a: {clas: Counter}"},
    {"E0134", "connections that YAML has changed",
     "YAML reads `:` and `#` inside plain text in its own way. Write connections as one block behind `connections: |`.",
     "connections:\n  - reader [errors] -> Print(label = \"a: b\")"},
    {"E0135", "YAML that topologies do not use",
     "Anchors, aliases, tags and several documents in one file are refused: they would be lost on conversion.",
     "elements: &all {}"},
    {"E0136", "not a connection", "An item is `{from: reader.errors, to: print.in, kind: push}` or a chain in quotes.",
     "connections:\n  - {from: a}"},
};

}  // namespace

std::span<const CodeInfo> syntax_codes() { return kCodes; }

}  // namespace blox
