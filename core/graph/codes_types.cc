// E05xx: record types.
#include "core/graph/codes.h"

namespace blox {
namespace {

constexpr CodeInfo kCodes[] = {
    {"E0501", "a field that does not arrive",
     "An element needs a field that is not in the records which reach it, on some path at least. The fix names a class "
     "that adds it, where there is one.",
     "FileCrawler(path = \"/etc\") -> Tokenize(field = content) -> Print;"},
    {"E0502", "a field of another type",
     "The field arrives, but its type does not fit: `T` fits `T?` and `int` fits `float`, nothing else converts by "
     "itself. `Filter(\"f IS NOT NULL\")` makes `T` of `T?`.",
     "Counter(limit = 3) -> Tokenize(field = value) -> Print;"},
    {"E0503", "a field given twice", "The element adds a field that is there already. Rename or remove one of the two.",
     "FileCrawler(path = \"/etc\") -> FileReader -> FileReader -> Print;"},
    {"E0504", "a field that cannot be picked", "An element picks, removes or makes a key of a field that is not there.",
     "a -> b;   // where b picks a field at its out port that its in port does not ask for"},
    {"E0505", "a changelog where none is taken",
     "The records that arrive say how earlier ones have changed, and this element takes only new facts.",
     "words -> Count(by = [word], emit = change) -> Count(by = [count]) -> Print;"},
    {"E0506", "the key of a changelog is lost", "Changes are told apart by their key, so its fields must stay.",
     "words -> Count(by = [word], emit = change) -> Select([count]) -> Print;"},
    {"E0507", "the inputs of an element differ",
     "The element needs the same fields at all of its inputs. `Union(missing = null)` fills what is missing.",
     "a -> [x] Merge;   // and b, with other fields, to [y]"},
    {"E0508", "the writers of a port differ",
     "An in port has one type: all its writers give the same fields, in any order, and the same types (`T` beside `T?` "
     "is `T?`). `Union(missing = null)` fills what is missing.",
     "a -> Print;\nb -> p;   // with other fields than a"},
    {"E0509", "a changelog beside something else",
     "One of the writers of a port gives a changelog, the other new facts, or another form of changelog.",
     "words -> p :: Print;\nwords -> Count(by = [word], emit = change) -> p;"},
    {"E0510", "an annotation that is not true", "What is written behind a port is not what passes there.",
     "Counter(limit = 3) [out: {value: string}] -> Print;"},
    {"E0511", "an annotation that is no record type", "Ports pass records, so their type is `{field: type, …}`.",
     "Counter(limit = 3) [out: int] -> Print;"},
    {"E0512", "sharded by a field that does not arrive", "`by` names fields of the records that come in.",
     "Count(by = [word]) {shards = 4, by = [wrod]}"},
    {"E0513", "given and taken do not fit",
     "A class takes a type at its port that what arrives cannot become. Where both classes are right by themselves "
     "this is a fault of the class that takes.",
     "a -> b;   // where b is a class from a plug-in"},
    {"E0514", "a type that cannot be known",
     "What passes here follows from an input that is not connected; or a class asks what the topology says, and it "
     "does "
     "not say it.",
     "a [ask] => [get] b;   // where the answers of b have the type of an input that is not connected"},
    {"E0515", "a type that depends on itself",
     "Following the types backwards leads in a circle. Write the type behind one of its ports.",
     "a [ask] => [get] b;   // where each takes its type from the other"},
    {"E0516", "no watermarks where they are needed",
     "The element works in event time, so something before it must say how far time has come: `Watermark`. On the way "
     "the field of the event time must stay as it is, and all writers of a port must have the same one.",
     "Generate(every = 1s, at = \"now()\") -> Window(tumble(10s), n = \"count(*)\") -> Print;"},
    {"E0518", "a changelog that cannot be spread",
     "All operations on one key must go to one replica, in order. So a changelog is spread by fields of its key, or, where "
     "it tells what was there before, by any fields.",
     "a -> Count(by = [word], emit = change) -> Map(n = \"count\") {shards = 2, sharder = round_robin} -> Print;"},
};

}  // namespace

std::span<const CodeInfo> type_codes() { return kCodes; }

}  // namespace blox
