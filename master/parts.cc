// The parts of workers: what follows from the elements that each of them has, and from their connections.
#include <algorithm>

#include "master/state.h"

namespace blox::master {

void Master::State::derive(Topology& topology) {
  const Shape& shape = topology.shape;
  std::vector<uint64_t> worker_of(shape.elements.size(), 0);
  for (auto& [number, worker] : topology.workers) {
    for (const uint64_t element : worker.record.elements) worker_of[element] = number;
    worker.peers.clear();
    bool any_stops = false, all_stop = true, limited = false, unlimited = false;
    worker.effects = false;
    worker.restart = protocol::Restart::kOnFailure;
    worker.memory_bytes = uint64_t{256} << 20;
    for (const uint64_t index : worker.record.elements) {
      const Shape::Element& element = shape.elements[index];
      worker.effects = worker.effects || element.effects;
      any_stops = any_stops || element.orphan_stops;
      if (element.effects) all_stop = all_stop && element.orphan_stops;
      worker.restart = std::min(worker.restart, element.restart);
      limited = limited || element.memory_bytes != 0;
      unlimited = unlimited || (element.keeps_state && element.memory_bytes == 0);
      worker.memory_bytes += element.memory_bytes;
    }
    worker.orphan_stops = worker.effects ? all_stop : any_stops;
    if (!limited || unlimited) worker.memory_bytes = 0;
  }
  for (const Shape::Connection& connection : shape.connections) {
    const uint64_t from = worker_of[connection.from], to = worker_of[connection.to];
    const auto reader = topology.workers.find(to), writer = topology.workers.find(from);
    if (reader == topology.workers.end() || writer == topology.workers.end()) continue;
    if (reader->second.memory_bytes != 0) reader->second.memory_bytes += connection.queue_bytes;
    if (from == to) continue;
    writer->second.peers.push_back(to);
    reader->second.peers.push_back(from);
  }
  for (auto& [number, worker] : topology.workers) {
    std::sort(worker.peers.begin(), worker.peers.end());
    worker.peers.erase(std::unique(worker.peers.begin(), worker.peers.end()), worker.peers.end());
  }
}

}  // namespace blox::master
