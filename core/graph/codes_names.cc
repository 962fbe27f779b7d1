// E02xx and E03xx: names, ports and kinds of connections.
#include "core/graph/codes.h"

namespace blox {
namespace {

constexpr CodeInfo kCodes[] = {
    {"E0201", "unknown element class",
     "No class of this name is built in, declared in the file, or in a plug-in. Mind the case: `blox list` shows all.",
     "FileCrawlr(path = \"/etc\") -> Print;"},
    {"E0202", "unknown element",
     "A name in a chain must be declared somewhere in the same scope. The order in the file does not matter.",
     "a :: Counter(limit = 3);\nb -> Print;"},
    {"E0203", "unknown parameter", "`$name` stands for a parameter of the program or of the compound around it.",
     "param dir = \"/etc\";\nFileCrawler(path = $dri) -> Print;"},
    {"E0204", "declared twice", "An element, a class or a parameter has one declaration in its scope.",
     "a :: Counter;\na :: Print;"},
    {"E0205", "a compound contains itself",
     "Compounds are put in place of their uses, so one that contains itself would never end.",
     "elementclass A { input -> A -> output }"},
    {"E0206", "`set` in an included file", "Only the main file and the command line set parameters of included files.",
     "set dir = \"/etc\";   // in common.blox"},
    {"E0207", "unknown guarantee", "There is `require exactly_once;`.", "require at_most_once;"},
    {"E0208", "parameters that need each other",
     "The default of a parameter may refer to others, but not to itself by way of them.",
     "param a = $b;\nparam b = $a;"},
    {"E0209", "a port without a connection",
     "A port at the beginning of a chain's first element, or behind its last, has no arrow that it belongs to.",
     "[in] a -> b;"},
    {"E0210", "too large",
     "Compounds multiply: this topology would have more elements, connections or levels than can be meant.",
     "elementclass A { input -> B -> B -> output }   // and so on, forty levels deep"},
    {"E0211", "reserved name", "`input` and `output` stand for the ports of a compound, and name no element.",
     "elementclass A { input :: Counter; input -> output }"},
    {"E0212", "unknown type of a parameter",
     "Parameters are `bool int float string duration size time field type`, or a list `[T]` of one.",
     "param dir: text = \"/etc\";"},
    {"E0213", "parameter without a value",
     "A parameter without a default must be set: `--set name=value`, or `set name = value;` in the main file.",
     "param dir: string;"},
    {"W0214", "a class hides a built-in one",
     "The topology declares a class of a name that a built-in class, or one of a plug-in, has already. Here its own is "
     "meant; whoever knows the other one reads it wrong.",
     "elementclass Count { input -> Head(3) -> output }"},

    {"E0301", "push meets query",
     "`->` pushes logs one way and connects push ports; `=>` asks and is answered and connects query ports.",
     "Ask(question = {word: \"kernel\"}) [ask] -> [get] store;"},
    {"E0302", "the wrong side of the arrow", "Out ports stand in front of an arrow, in ports behind it.",
     "a [in] -> b;"},
    {"E0303", "unknown port", "The class has no port of this name on this side. The message shows those that it has.",
     "reader [error] -> Print;"},
    {"E0304", "no main port",
     "Without a name in brackets the main port is meant: the first one that must be connected, or an optional push "
     "port that is called `in`. Other optional ports, families of ports and `errors` are never main, so they need "
     "their name.",
     "a -> Union -> Print;"},
    {"E0305", "a query port with two connections",
     "A question has one answer, so a port that asks is connected to one port that answers.",
     "a [ask] => [get] store;\na [ask] => [get] other;"},
    {"E0306", "a port that is not connected",
     "Ports that are not optional must be connected. What is not wanted goes to `Discard`.", "Counter(limit = 3);"},
};

}  // namespace

std::span<const CodeInfo> name_codes() { return kCodes; }

}  // namespace blox
