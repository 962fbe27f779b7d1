// What an assembly lets the outside look at: see inspect.h.
#include "core/run/inspect.h"

#include <algorithm>
#include <set>

#include "core/base/diagnostic.h"
#include "core/graph/shards.h"
#include "core/run/assembly.h"
#include "core/run/control.h"
#include "core/run/guard.h"

namespace blox::runtime {
namespace {

Status unknown(std::string_view code, std::string_view what, std::string_view name,
               const std::vector<std::string>& known) {
  const std::optional<std::string> near = nearest(name, known);
  return Status::user(std::string(code), std::string(what) + " `" + std::string(name) + "`")
      .with_fix(near ? "did you mean `" + *near + "`?" : "");
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// "[port] element" or "element [port]", as in a topology; without a port: the main one.
struct PortWords {
  std::string_view element;
  std::string_view port;
  bool in = false;
};

PortWords read_words(std::string_view text) {
  text = trimmed(text);
  PortWords words;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return {text, {}, false};
    words = {trimmed(text.substr(end + 1)), trimmed(text.substr(1, end - 1)), true};
  } else if (const size_t begin = text.rfind('['); text.ends_with(']') && begin != std::string_view::npos) {
    words = {trimmed(text.substr(0, begin)), trimmed(text.substr(begin + 1, text.size() - begin - 2)), false};
  } else {
    words.element = text;
  }
  return words;
}

/// Which port is meant where none is named: what the element gives, asks, takes or answers, in this order.
Port* main_port(const Element& element) {
  for (const Direction direction : {Direction::kOut, Direction::kIn}) {
    for (const PortKind kind : {PortKind::kPush, PortKind::kQuery}) {
      if (Port* const port = element.main_port(kind, direction)) return port;
    }
  }
  for (Port* port : element.ports()) {
    if (port->connected()) return port;
  }
  return &const_cast<Element&>(element).errors();
}

}  // namespace

Result<size_t> Assembly::find(std::string_view path) const {
  std::vector<std::string> paths;
  for (const auto& cell : cells_) {
    if (cell->checked.path == path) return cell->index;
    paths.push_back(cell->checked.path);
  }
  return unknown("run.element", "there is no element", path, paths);
}

void Assembly::visit(size_t element, Visit visit) {
  Cell& cell = *cells_[element];
  const bool waits = cell.task->visits.add([this, visit = std::move(visit), &cell](bool open) {
    if (!open) return visit(nullptr);
    // A handler may throw, too.
    const Status status = guarded(cell.element, [&] {
      visit(&cell.element);
      return Status::ok();
    });
    if (!status.is_ok()) control_.fail(of_element(cell.checked.path, status));
  });
  if (waits) cell.task->ring(kVisit);
}

Status Assembly::visit(std::string_view path, Visit visitor) {
  BLOX_ASSIGN(const size_t element, find(path));
  visit(element, std::move(visitor));
  return Status::ok();
}

std::vector<HandlerFacts> Assembly::handlers() const {
  std::vector<HandlerFacts> all;
  const auto add = [&](const std::string& element, const Cell& of, const std::vector<HandlerFacts::Replica>& replicas) {
    for (const HandlerBase* handler : of.element.handlers()) {
      all.push_back({element, handler->name(), handler->doc(), handler->writable(), replicas, handler->of_shard(),
                     replicas.empty() ? 0 : of.checked.place.replicas});
    }
  };
  std::set<std::string_view> shards;  // of which there is something here, be it without what spreads
  for (const Cell* cell : in_order_) {
    const ShardPlace::Part part = cell->checked.place.part;
    const std::string& whole = known_as(checked_, cell->index);
    const bool of_shard = part == ShardPlace::Part::kSpread || part == ShardPlace::Part::kReplica;
    if (of_shard && shards.insert(whole).second) {
      std::vector<const Cell*> cells;
      for (const auto& one : cells_) {
        if (one->checked.place.part == ShardPlace::Part::kReplica && known_as(checked_, one->index) == whole) {
          cells.push_back(one.get());
        }
      }
      const auto number = [](const Cell* one) { return one->checked.place.number; };
      std::sort(cells.begin(), cells.end(), [&](auto* a, auto* b) { return number(a) < number(b); });
      std::vector<HandlerFacts::Replica> replicas;
      for (const Cell* one : cells) replicas.push_back({one->checked.path, number(one)});
      if (!cells.empty()) add(whole, *cells[0], replicas);
    }
    if (part != ShardPlace::Part::kSpread) add(cell->checked.path, *cell, {});
  }
  return all;
}

Result<std::vector<std::pair<size_t, Port*>>> Assembly::tapped_ports(std::string_view text) const {
  const PortWords words = read_words(text);
  BLOX_ASSIGN(const size_t index, find(words.element));
  const Element& element = cells_[index]->element;
  Port* port = nullptr;
  if (words.port.empty()) {
    port = main_port(element);
  } else {
    port = element.find_port(words.port, words.in ? Direction::kIn : Direction::kOut);
    if (port == nullptr) port = element.find_port(words.port, words.in ? Direction::kOut : Direction::kIn);
  }
  if (port == nullptr) {
    std::vector<std::string> names;
    for (const Port* one : element.ports()) names.push_back(one->name());
    return unknown("run.port", "`" + std::string(words.element) + "` has no port", words.port, names);
  }
  if (port->direction() == Direction::kOut) return std::vector<std::pair<size_t, Port*>>{{index, port}};
  std::vector<std::pair<size_t, Port*>> ports;
  for (const CheckedConnection& connection : checked_.connections) {
    const std::pair<size_t, Port*> from{connection.from, connection.from_port};
    if (connection.to_port == port && std::find(ports.begin(), ports.end(), from) == ports.end()) ports.push_back(from);
  }
  for (const RemoteEnd& end : remote_) {  // what gives is elsewhere: looked at where it comes in
    if (end.port == port && (ports.empty() || ports.back().second != port)) ports.emplace_back(end.element, end.port);
  }
  if (ports.empty()) {
    return Status::user(
        "run.port", "nothing is connected to the port `" + port->name() + "` of `" + std::string(words.element) + "`");
  }
  return ports;
}

TapPoint& Assembly::tap_point(size_t element, Port& port) {
  for (const auto& [owner, point] : tap_points_) {
    if (&point->port() == &port) return *point;
  }
  tap_points_.emplace_back(element,
                           std::make_unique<TapPoint>(port, cells_[element]->checked.path + " [" + port.name() + "]",
                                                      control_.scheduler.clock()));
  return *tap_points_.back().second;
}

Result<std::vector<std::string>> Assembly::tap(std::string_view port, const std::shared_ptr<Tap>& tap) {
  BLOX_ASSIGN(const auto ports, tapped_ports(port));
  std::vector<std::string> names;
  const std::lock_guard lock(taps_mutex_);
  taps_.emplace_back(port, tap);
  for (const auto& [element, one] : ports) {
    TapPoint& point = tap_point(element, *one);
    names.push_back(point.name());
    visit(element, [&point, tap](Element* open) {
      if (open != nullptr) point.add(tap);
    });
  }
  return names;
}

void Assembly::untap(const std::shared_ptr<Tap>& tap) {
  const std::lock_guard lock(taps_mutex_);
  std::erase_if(taps_, [&](const auto& one) { return one.second == tap; });
  for (const auto& [element, point] : tap_points_) {
    visit(element, [&point = *point, tap](Element* open) {
      if (open != nullptr) point.remove(tap.get());
    });
  }
}

}  // namespace blox::runtime
