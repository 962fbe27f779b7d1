#include "master/shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/hash.h"
#include "core/element/element.h"
#include "core/element/registry.h"
#include "core/graph/plan.h"
#include "core/graph/waves.h"
#include "core/protocol/fields.h"
#include "core/protocol/record.h"

namespace blox::master {

// Names are part of the catalogue's format.
template <typename F>
void fields(F& f, Shape::Element& m) {
  f("path", m.path);
  f("class", m.element_class);
  f("at", m.at);
  f("isolate", m.isolate);
  f("effects", m.effects);
  f("restart", m.restart);
  f("orphan_stops", m.orphan_stops);
  f("keeps_state", m.keeps_state);
  f("memory_bytes", m.memory_bytes);
  f("task", m.task);
  f("shard", m.shard);
  f("definition", m.definition);
  f("whole", m.whole);
  f("was", m.was);
  f("named", m.named);
  f("plugin", m.plugin);
  f("key", m.key);
  f("wave", m.wave);
}
template <typename F>
void fields(F& f, Shape::Connection& m) {
  f("from", m.from);
  f("to", m.to);
  f("weight", m.weight);
  f("queue_bytes", m.queue_bytes);
  f("definition", m.definition);
  f("number", m.number);
}
template <typename F>
void fields(F& f, Shape& m) {
  f("elements", m.elements);
  f("connections", m.connections);
}

namespace {

protocol::Restart restart_of(ElementSettings::Restart restart) {
  switch (restart) {
    case ElementSettings::Restart::kNever: return protocol::Restart::kNever;
    case ElementSettings::Restart::kAlways: return protocol::Restart::kAlways;
    case ElementSettings::Restart::kOnFailure: break;
  }
  return protocol::Restart::kOnFailure;
}

/// The parts of a shard, `name#1`, are made of the words of the whole.
uint64_t defined(const Definitions& definitions, std::string_view path) {
  auto found = definitions.find(path);
  if (found == definitions.end()) found = definitions.find(path.substr(0, path.rfind('#')));
  return found == definitions.end() ? 0 : found->second;
}

/// What compare() (core/graph/update.h) looks at, in one number.
uint64_t definition_of(const CheckedElement& element, const Definitions& definitions) {
  std::string words = fmt::format("{} {:x}", element.element_class->name, defined(definitions, element.path));
  for (const Port* port : element.element->ports()) {
    words += fmt::format("\n{} {} {} {} {}", port->name(), static_cast<int>(port->kind()),
                         static_cast<int>(port->direction()), port->connected(), port->schema().to_string());
    if (port->kind() == PortKind::kQuery) words += port->answer_schema().to_string();
  }
  return hash64(words);
}

uint64_t definition_of(const Checked& checked, const CheckedConnection& connection) {
  const QueueBound& queue = connection.queue;
  return hash64(fmt::format(
      "{} [{}] {} [{}] {} {} {} {} {} {} {} {} {} {}{}{}", checked.elements[connection.from].path,
      connection.from_port->name(), connection.to_port->name(), checked.elements[connection.to].path,
      static_cast<int>(connection.kind), queue.logs, queue.bytes, static_cast<int>(queue.full),
      queue.deadline.value_or(-1), connection.from_port->schema().to_string(), connection.to_port->schema().to_string(),
      connection.from_port->answer_schema().to_string(), connection.to_port->answer_schema().to_string(),
      connection.one_at_a_time, connection.marks, connection.counted));
}

/// A push port that is no side port carries most; what is said of errors, order and answers is less.
uint64_t weight_of(const Checked& checked, const CheckedConnection& connection) {
  constexpr uint64_t kMain = 1'024, kSide = 64;
  uint64_t weight = connection.kind == PortKind::kQuery ? kMain / 2 : kMain;
  if (connection.from_port->name() == "errors" || connection.marks) weight = kSide;
  for (const size_t end : {connection.from, connection.to}) {
    const ShardPlace& place = checked.elements[end].place;
    if (place.part != ShardPlace::Part::kReplica) continue;
    return std::max<uint64_t>(1, weight / std::max<size_t>(1, checked.elements[place.shard].place.replicas));
  }
  return weight;
}

}  // namespace

Shape shape_of(const Checked& checked, const Definitions& definitions) {
  const Plan planned = plan(checked);
  const Waves waves = waves_of(checked);
  const Registry builtin = Registry::builtin();
  Shape shape;
  shape.elements.resize(checked.elements.size());
  for (size_t t = 0; t < planned.tasks.size(); ++t) {
    for (const size_t element : planned.tasks[t].elements) shape.elements[element].task = t;
  }
  for (size_t i = 0; i < checked.elements.size(); ++i) {
    const CheckedElement& element = checked.elements[i];
    Shape::Element& out = shape.elements[i];
    out.path = element.path;
    out.element_class = element.element_class->name;
    out.at = element.settings.at.value_or("");
    out.isolate = element.settings.isolate;
    out.effects = element.element_class->traits->effects;
    out.restart = restart_of(element.settings.restart);
    out.orphan_stops = element.settings.orphan == ElementSettings::Orphan::kStop;
    out.keeps_state = !element.element->states().empty();
    out.memory_bytes = static_cast<uint64_t>(element.settings.memory.value_or(0));
    const bool sharded = element.place.part != ShardPlace::Part::kNone;
    if (element.place.part == ShardPlace::Part::kReplica) out.shard = element.place.shard + 1;
    if (sharded) out.whole = checked.elements[element.place.shard].path;
    out.was = element.settings.was.value_or("");
    out.named = element.named;
    out.plugin = !sharded && builtin.find(out.element_class) != element.element_class;
    out.key = key_definition(*element.element);
    out.wave = waves.of[i];
    out.definition = definition_of(element, definitions);
  }
  shape.connections.reserve(checked.connections.size());
  for (size_t i = 0; i < checked.connections.size(); ++i) {
    const CheckedConnection& connection = checked.connections[i];
    Shape::Connection out{
        connection.from, connection.to, weight_of(checked, connection), 0, definition_of(checked, connection), 0};
    if (planned.connections[i].fused) {
      out.weight *= 2;  // a plain call becomes a message where it is cut
    } else {
      out.queue_bytes = connection.queue.bytes;
    }
    shape.connections.push_back(out);
  }
  return shape;
}

std::string encode_shape(const Shape& shape) {
  BufferBuilder out;
  protocol::FieldWriter(&out).structure(shape);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

Result<Shape> decode_shape(std::string_view bytes) {
  Shape shape;
  MessagePackReader in(bytes);
  bool good = protocol::FieldReader(&in).structure(shape) && in.at_end();
  for (const Shape::Connection& connection : shape.connections) {
    good = good && connection.from < shape.elements.size() && connection.to < shape.elements.size();
  }
  if (!good) {
    return Status::outside("catalogue.record", "the shape of a topology cannot be read")
        .with_fix("start the release of blox that has written the catalogue");
  }
  return shape;
}

}  // namespace blox::master
