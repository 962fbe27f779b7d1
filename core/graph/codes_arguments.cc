// E04xx: arguments, settings, and what stands inside expressions.
#include "core/graph/codes.h"

namespace blox {
namespace {

constexpr CodeInfo kCodes[] = {
    {"E0401", "unknown argument",
     "The class has no argument of this name. `blox describe CLASS` shows those that it has.",
     "Counter(limt = 3) -> Print;"},
    {"E0402", "a value of the wrong type", "The argument wants a value of another form; the message says which.",
     "Counter(limit = \"three\") -> Print;"},
    {"E0403", "a value out of range", "The form is right, the value is not among those allowed.",
     "Counter(limit = -1) -> Print;"},
    {"E0404", "an argument is missing", "Arguments without a default must be given.", "a -> Count -> Print;"},
    {"E0405", "unknown setting", "Settings belong to the framework and are the same for all classes; this is none.",
     "a -> {queu = 64} b;"},
    {"E0406", "a setting of the wrong form", "The setting wants another value; the message says which.",
     "a -> {queue = 10s} b;"},
    {"E0407", "a setting that is not allowed here",
     "Connections have `queue full spill`, all others belong to elements; a class says whether and how it can be "
     "sharded; on compounds only what its elements inherit is allowed.",
     "a -> {memory = 1GiB} b;"},
    {"E0409", "an argument given twice", "By name twice, or by name and by position.",
     "Counter(3, limit = 3) -> Print;"},
    {"E0410", "an expression that cannot be read",
     "Expressions are SQL scalar expressions in PostgreSQL's syntax. The place is inside the string.",
     "Filter(\"size > \")"},
    {"E0411", "an expression that is too long or nested too deep",
     "Up to 16 KiB and 256 levels. Split it over several elements.", "Filter(\"((((((…))))))\")"},
    {"E0412", "not one expression", "One expression is wanted: no query, no `;`, no list.",
     "Filter(\"size > 1; DROP TABLE users\")"},
    {"E0413", "unknown field in an expression", "The records that arrive have no such field.",
     "Counter(limit = 3) -> Filter(\"valeu > 1\") -> Print;"},
    {"E0414", "unknown function", "`core/expr/FUNCTIONS.md` lists all functions and operators.",
     "Filter(\"lenght(word) > 1\")"},
    {"E0415", "no such function for these types", "The function exists, but not for values of these types.",
     "Filter(\"lower(size) = 'a'\")"},
    {"E0416", "unknown parameter in an expression",
     "`$name` in an expression is a parameter of the program or of the compound around it.", "Filter(\"size > $mni\")"},
    {"E0417", "SQL that is no scalar expression",
     "Subqueries, aggregates, window functions and the like have no place in an expression about one record.",
     "Filter(\"size > (SELECT 1)\")"},
    {"E0418", "types that do not go together",
     "The parts of the expression have types between which there is no conversion.",
     "Filter(\"size\")   // a condition is bool, and this is int"},
    {"E0419", "no such type or conversion",
     "A cast names a type that there is not, or one that the value cannot be converted to.",
     "Map(\"CAST(word AS money) AS m\")"},
    {"E0420", "a constant that its type cannot read",
     "The text of the constant is no value of the type that it is used as.", "Filter(\"mtime > '2026-13-01'\")"},
    {"E0421", "a result that no field can hold", "Intervals exist inside expressions only.",
     "Map(\"interval '1 hour' AS i\")"},
    {"E0422", "a result without a name, or two of one",
     "Each result of `Map` becomes a field and needs a name of its own.", "Map(\"size + 1\")"},
    {"E0430", "too many arguments",
     "Arguments without a name are given in the order in which the class declares them; there are more than that.",
     "Counter(3, 4, 5, 6) -> Print;"},
    {"E0431", "arguments that do not go together",
     "Each by itself is right, but one makes the other impossible or meaningless.",
     "Select(fields = [a], except = [b])"},
};

}  // namespace

std::span<const CodeInfo> argument_codes() { return kCodes; }

}  // namespace blox
