// E06xx to E09xx: the shape of the graph, places, promises, the outside world.
#include "core/graph/codes.h"

namespace blox {
namespace {

constexpr CodeInfo kCodes[] = {
    {"E0601", "a circle of pushes",
     "Full queues on the way round would stop each other for ever, and its end would never come. It needs `spill` "
     "somewhere, which is not available yet.",
     "a -> b -> c -> b;"},
    {"E0602", "a circle of queries", "An element would wait for an answer that in the end only itself can give.",
     "a [ask] => [get] b;\nb [ask] => [get] a;"},
    {"E0603", "a circle of pushes and queries",
     "Who answers pushes to who asks, so each can come to wait for the other: the asker because too many of its "
     "questions are open, the answerer because the asker's queue is full.",
     "a [ask] => [get] b;\nb -> a;"},
    {"W0604", "nothing reaches an element", "No source leads to this element, so it will never do anything.",
     "a :: SomeClass;   // none of whose ports must be connected, and none is"},
    {"E0605", "a port that waits for what waits for it",
     "An element takes nothing at one port before another has ended, and something leads to both. It would fill the "
     "queue of the first, stop, and so never bring the other to its end. Read the source twice, once for each; a queue "
     "that holds any amount needs `spill`, which is not available yet.",
     "a -> [build] j :: HashJoin(on = [id]) -> Print;\na -> j;"},
    {"E0607", "not available yet", "The language has this, the engine does not yet. It is refused rather than ignored.",
     "a -> {full = spill} b;"},
    {"E0608", "more than one of what there is only once",
     "The process has one standard input. Two elements that read it would each get some of its lines, nobody could say "
     "which.",
     "Stdin -> a;\nStdin -> b;"},
    {"W0609", "a setting without effect",
     "It is allowed here, and changes nothing: a queue where nothing comes in, `order` where there are no replicas, a place "
     "where everything runs in one process.",
     "Counter {queue = 8} -> Print;"},
    {"W0610", "a shard that does not grow yet",
     "`shards = 2..8` starts with the lower number of replicas. That it follows the load is not available yet.",
     "a -> Map(b = \"c\") {shards = 2..8} -> Print;"},

    {"E0701", "not a place", "`at` takes the name of a node or a label, `key=value`.",
     "a :: Counter {at = \"disk = ssd\"};"},
    {"E0702", "unknown node", "The cluster has no node of this name.", "a :: Counter {at = \"nod-1\"};"},
    {"E0703", "unknown label", "No node of the cluster has this label.", "a :: Counter {at = \"disk=sdd\"};"},
    {"E0704", "no room", "The nodes that this place names, or the whole cluster, do not take as many elements.",
     "a, b, c :: Counter {at = \"node-1\"};   // where node-1 takes two"},

    {"E0705", "not a value for a cluster file",
     "What stands there is of the right kind, but no address, size, name or role. The message says what would be one.",
     "nodes: {db1: {address: \"10.0.0.2:80\"}}   # of a cluster.yaml"},
    {"E0706", "missing in a cluster file", "A cluster needs a master with an address and a folder, and a node at least.",
     "master: {address: \"127.0.0.1:4600\"}   # of a cluster.yaml"},
    {"E0707", "an address that needs keys",
     "Without keys whoever reaches an address may do everything, so only addresses of the machine itself are taken. "
     "`blox keygen` makes keys.",
     "nodes: {db1: {address: 10.0.0.2}}   # of a cluster.yaml without `keys`"},

    {"E0801", "a sink that is not exactly once",
     "`require exactly_once;` is set, and this sink promises less after a crash. `blox check -v` shows what each "
     "promises.",
     "require exactly_once;\na -> Print;"},
    {"E0802", "not deterministic",
     "`require exactly_once;` is set, and what this element gives may differ when it is replayed, because of chance or "
     "because it follows from answers, which are not replayed.",
     "require exactly_once;\na -> Sample(share = 10%) -> store;"},
    {"E0803", "logs may be dropped",
     "`require exactly_once;` is set, and a queue in front of this sink drops logs when it is full.",
     "require exactly_once;\na -> {full = drop_old} store;"},

    {"E0901", "a file that cannot be read",
     "The topology or a file that it includes. The message says what the system said.", "include \"missing.blox\";"},
    {"E0902", "an environment variable that is not set", "`env(\"NAME\")` without a default needs the variable.",
     "FileCrawler(path = env(\"DATA_DIR\")) -> Print;"},
    {"E0903", "a secret that cannot be read",
     "`secret(\"file:…\")` says where a secret is; it could not be had from there.",
     "Print(label = secret(\"file:/missing\"))"},
    {"E0904", "a plug-in that cannot be loaded",
     "The shared object is not there, is no plug-in, or was built for another release or by another compiler: its "
     "stamp "
     "is read before any of its code runs.",
     "plugin \"libgeo.so\";"},
};

}  // namespace

std::span<const CodeInfo> graph_codes() { return kCodes; }

}  // namespace blox
