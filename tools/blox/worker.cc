// blox worker: what a caretaker starts, one for each worker of its node. Not for people, so it is in no list.
#include "caretaker/worker.h"

#include <unistd.h>

#include <memory>

#include "core/state/hash_store.h"
#include "dsl/render.h"
#include "tools/blox/bundle.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

Result<WorkerTopology> load_on_node(const protocol::Bundle& bundle) {
  auto loaded = std::make_shared<Loaded>(load(bundle, true));
  if (!loaded->checked) {
    // The master has checked it: what is wrong now is this node's own, a plug-in or a secret that it lacks.
    return Status::user("worker.topology", "the topology is refused on this node:\n" +
                                               dsl::render_text(loaded->diagnostics, loaded->sources, {false}));
  }
  WorkerTopology topology;
  topology.checked = *std::exchange(loaded->checked, std::nullopt);
  topology.definitions = definitions_of(loaded->graph);
  topology.secrets = Secrets::of(loaded->graph);
  topology.alive = std::move(loaded);
  return topology;
}

}  // namespace

int worker(Words words) {
  std::string epoch, incarnation, threads, ports;
  WorkerOptions wanted;
  Options options("worker --caretaker SOCKET --name NAME --epoch N --incarnation N",
                  "Runs one worker's part of a topology, for a caretaker, which starts it.",
                  "blox caretaker --config cluster.yaml --node db1");
  options.value("caretaker", "SOCKET", "where its caretaker listens", &wanted.caretaker);
  options.value("name", "NAME", "which worker it is: index/3", &wanted.life.worker);
  options.value("epoch", "N", "of its placement", &epoch);
  options.value("incarnation", "N", "of its process", &incarnation);
  options.value("ledger", "FILE", "counters that survive it", &wanted.ledger);
  options.value("host", "ADDRESS", "where other workers reach it (127.0.0.1)", &wanted.host);
  options.value("ports", "FIRST-LAST", "one of which its links take (any that is free)", &ports);
  options.value("folder", "DIRECTORY", "where relative paths of elements start", &wanted.folder);
  options.value("threads", "N", "threads for tasks (as many as cores)", &threads);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<size_t> life_epoch = parse_number(epoch, 0, INT64_MAX);
  const std::optional<size_t> life_incarnation = parse_number(incarnation, 0, INT64_MAX);
  const std::optional<size_t> count = threads.empty() ? 0 : parse_number(threads, 1, 1'024);
  if (wanted.caretaker.empty() || wanted.life.worker.empty() || !life_epoch || !life_incarnation || !count) {
    print_error("blox: a worker is started by its caretaker; see blox caretaker --help\n");
    return kUsage;
  }
  if (!ports.empty()) {
    const size_t dash = ports.find('-');
    const std::optional<size_t> first = parse_number(ports.substr(0, dash), 1, UINT16_MAX);
    const std::optional<size_t> last =
        parse_number(dash == std::string::npos ? "" : ports.substr(dash + 1), first.value_or(1), UINT16_MAX);
    if (!first || !last) {
      print_error("blox: --ports takes FIRST-LAST, such as 40000-40999\n");
      return kUsage;
    }
    wanted.first_port = static_cast<uint16_t>(*first);
    wanted.last_port = static_cast<uint16_t>(*last);
  }
  wanted.life.epoch = *life_epoch;
  wanted.life.incarnation = *life_incarnation;
  wanted.threads = *count;
  wanted.output = STDOUT_FILENO;  // its caretaker's file
  wanted.load = load_on_node;
  wanted.keyed_store = hash_stores();
  return run_worker(std::move(wanted));
}

}  // namespace blox::tools
