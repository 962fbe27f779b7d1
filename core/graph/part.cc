#include "core/graph/part.h"

#include <map>
#include <numeric>
#include <utility>

#include "core/base/hash.h"

namespace blox {
namespace {

/// A connection by what it is called, so that another version of the topology has the same number for it. Two of one
/// name, or of one hash, are told apart by their order.
std::vector<uint32_t> numbers_of(const Checked& checked, const std::vector<uint64_t>& given) {
  std::map<uint32_t, uint32_t> taken;
  for (const uint64_t number : given) ++taken[static_cast<uint32_t>(number)];
  std::vector<uint32_t> numbers;
  for (size_t i = 0; i < checked.connections.size(); ++i) {
    const CheckedConnection& connection = checked.connections[i];
    if (i < given.size() && given[i] != 0) {
      numbers.push_back(static_cast<uint32_t>(given[i]));
      continue;
    }
    const std::string name = out_name(checked.elements[connection.from].path, *connection.from_port) + '\n' +
                             in_name(checked.elements[connection.to].path, *connection.to_port);
    auto number = static_cast<uint32_t>(hash64(name) >> 34);  // links keep two bits for themselves
    while (taken[number]++ > 0) ++number;
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

bool RemoteEnd::continues(const RemoteEnd& before) const {
  return number == before.number && outgoing == before.outgoing && kind == before.kind && peer == before.peer &&
         queue == before.queue && one_at_a_time == before.one_at_a_time && marks == before.marks &&
         counted == before.counted && far == before.far && far_answer == before.far_answer &&
         port->schema() == before.port->schema() && port->answer_schema() == before.port->answer_schema();
}

std::string out_name(const std::string& element, const Port& port) { return element + " [" + port.name() + "]"; }
std::string in_name(const std::string& element, const Port& port) { return "[" + port.name() + "] " + element; }

Part whole(Checked checked, Plan plan) {
  Waves waves = waves_of(checked);
  return {std::move(checked), std::move(plan), {}, std::move(waves)};
}

Part cut(Checked checked, const Plan& plan, const std::vector<std::string>& worker_of, std::string_view me,
         const std::vector<uint64_t>& given) {
  constexpr size_t kElsewhere = SIZE_MAX;
  const auto mine = [&](size_t element) { return worker_of[element] == me; };
  const Waves waves = waves_of(checked);
  const std::vector<uint32_t> numbers = numbers_of(checked, given);

  Part part;
  part.waves.last = waves.last;
  std::vector<size_t> element_now(checked.elements.size(), kElsewhere);
  size_t next = 0;
  for (size_t i = 0; i < checked.elements.size(); ++i) {
    if (!mine(i)) continue;
    element_now[i] = next++;
    part.waves.background.push_back(waves.background[i]);
    part.waves.of.push_back(waves.of[i]);
  }
  std::vector<size_t> task_now(plan.tasks.size(), kElsewhere);
  for (size_t t = 0; t < plan.tasks.size(); ++t) {
    if (!mine(plan.tasks[t].elements.front())) continue;
    task_now[t] = part.plan.tasks.size();
    PlannedTask& task = part.plan.tasks.emplace_back(plan.tasks[t]);
    for (size_t& element : task.elements) {
      BLOX_CHECK(mine(element), "a task over two workers: the plan was made with another placement");
      element = element_now[element];
    }
  }
  for (size_t i = 0; i < checked.connections.size(); ++i) {
    const CheckedConnection& connection = checked.connections[i];
    const bool from = mine(connection.from), to = mine(connection.to);
    if (from && to) {
      CheckedConnection& here = part.checked.connections.emplace_back(connection);
      here.from = element_now[connection.from];
      here.to = element_now[connection.to];
      const PlannedConnection& planned = plan.connections[i];
      part.plan.connections.push_back({planned.fused, task_now[planned.from_task], task_now[planned.to_task]});
    }
    if (from == to) continue;
    RemoteEnd end;
    end.number = numbers[i];
    end.kind = connection.kind;
    end.outgoing = from;
    end.element = element_now[from ? connection.from : connection.to];
    end.port = from ? connection.from_port : connection.to_port;
    const Port& far = from ? *connection.to_port : *connection.from_port;
    end.far = far.schema();
    end.far_answer = far.answer_schema();
    end.queue = connection.queue;
    end.one_at_a_time = connection.one_at_a_time;
    end.marks = connection.marks;
    end.counted = connection.counted;
    end.peer = worker_of[from ? connection.to : connection.from];
    end.from = out_name(checked.elements[connection.from].path, *connection.from_port);
    end.to = in_name(checked.elements[connection.to].path, *connection.to_port);
    part.remote.push_back(std::move(end));
  }
  for (CheckedElement& element : checked.elements) {
    ShardPlace& place = element.place;
    if (place.part == ShardPlace::Part::kNone) continue;
    place.whole = checked.elements[place.shard].path;
  }
  for (size_t i = 0; i < checked.elements.size(); ++i) {
    if (!mine(i)) continue;
    CheckedElement& element = part.checked.elements.emplace_back(std::move(checked.elements[i]));
    if (element.place.part != ShardPlace::Part::kNone) element.place.shard = element_now[element.place.shard];
  }
  return part;
}

}  // namespace blox
