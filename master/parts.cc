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
  }
  std::map<uint64_t, WorkerNeeds> needs = needs_of({shape, worker_of});
  for (auto& [number, worker] : topology.workers) {
    const WorkerNeeds& mine = needs[number];
    worker.effects = mine.effects;
    worker.orphan_stops = mine.orphan_stops;
    worker.restart = mine.restart;
    worker.memory_bytes = mine.memory_bytes;
  }
  for (const Shape::Connection& connection : shape.connections) {
    const uint64_t from = worker_of[connection.from], to = worker_of[connection.to];
    const auto reader = topology.workers.find(to), writer = topology.workers.find(from);
    if (from == to || reader == topology.workers.end() || writer == topology.workers.end()) continue;
    writer->second.peers.push_back(to);
    reader->second.peers.push_back(from);
  }
  for (auto& [number, worker] : topology.workers) {
    std::sort(worker.peers.begin(), worker.peers.end());
    worker.peers.erase(std::unique(worker.peers.begin(), worker.peers.end()), worker.peers.end());
  }
}

}  // namespace blox::master
