#include "master/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>
#include <set>
#include <tuple>

namespace blox::master {
namespace {

/// A topology of so many elements stays together unless it is told otherwise.
constexpr uint64_t kTogether = 64;

/// Elements that are placed as one: of one task, with one `at`, and on one node until now.
struct Group {
  std::vector<uint32_t> elements;
  size_t pin = 0;
  uint32_t current = kNowhere;
  uint64_t shard = 0;
};

/// Nodes by rank: their order by name, so that the order in which they were given means nothing.
class Placer {
 public:
  Placer(const Shape& shape, const std::vector<PlaceNode>& nodes, const std::vector<uint32_t>& current)
      : shape_(shape), given_(nodes), by_rank_(nodes.size()), room_(nodes.size()), here_(nodes.size(), 0) {
    std::iota(by_rank_.begin(), by_rank_.end(), 0U);
    std::sort(by_rank_.begin(), by_rank_.end(), [&](uint32_t a, uint32_t b) { return nodes[a].name < nodes[b].name; });
    rank_of_.resize(nodes.size());
    uint64_t cores = 0;
    for (uint32_t rank = 0; rank < by_rank_.size(); ++rank) {
      rank_of_[by_rank_[rank]] = rank;
      const PlaceNode& one = node(rank);
      room_[rank] = one.capacity == 0 ? UINT64_MAX / 2 : one.capacity > one.used ? one.capacity - one.used : 0;
      if (one.up && one.open) cores += std::max<uint64_t>(1, one.cores);
    }
    for (uint32_t rank = 0; rank < by_rank_.size(); ++rank) {
      const uint64_t mine = std::max<uint64_t>(1, node(rank).cores);
      const uint64_t fair = shape.elements.size() * mine / std::max<uint64_t>(1, cores) + 1;
      share_.push_back(fair);
      soft_.push_back(std::max(kTogether, fair + fair / 8));
    }
    now_.assign(shape.elements.size(), kNowhere);
    for (size_t i = 0; i < current.size() && i < now_.size(); ++i) {
      if (current[i] < rank_of_.size()) now_[i] = rank_of_[current[i]];
    }
    layout_.node_of.assign(shape.elements.size(), kNowhere);
    layout_.beside.assign(shape.elements.size(), kNowhere);
    at_.assign(shape.elements.size(), kNowhere);
  }

  Layout make() {
    read_pins();
    make_groups();
    place_pinned();
    place_present();
    place_rest();
    for (size_t i = 0; i < at_.size(); ++i) {
      if (at_[i] != kNowhere) layout_.node_of[i] = by_rank_[at_[i]];
    }
    return std::move(layout_);
  }

 private:
  struct Pin {
    std::string_view at;
    std::vector<uint32_t> matching;  ///< all nodes of this place
    std::vector<uint32_t> allowed;   ///< those to which something new may come
    bool exact = false;
    bool reported = false;
  };

  const PlaceNode& node(uint32_t rank) const { return given_[by_rank_[rank]]; }

  void read_pins() {
    std::map<std::string_view, size_t> known;
    pin_of_.resize(shape_.elements.size());
    add_pin("");
    known.emplace("", 0);
    for (size_t i = 0; i < shape_.elements.size(); ++i) {
      const auto [found, fresh] = known.try_emplace(shape_.elements[i].at, pins_.size());
      if (fresh) add_pin(shape_.elements[i].at);
      pin_of_[i] = found->second;
    }
  }

  void add_pin(std::string_view at) {
    Pin pin{at, {}, {}, false, false};
    const bool label = at.find('=') != std::string_view::npos;
    pin.exact = !at.empty() && !label;
    for (uint32_t rank = 0; rank < by_rank_.size(); ++rank) {
      const std::vector<std::string>& labels = node(rank).labels;
      const bool matches =
          at.empty() || (label ? std::find(labels.begin(), labels.end(), at) != labels.end() : node(rank).name == at);
      if (matches) pin.matching.push_back(rank);
    }
    for (const bool up : {true, false}) {  // what is down gets only what nobody else may have
      if (!up && at.empty()) break;        // and never what may go anywhere
      if (!pin.allowed.empty()) break;
      for (const uint32_t rank : pin.matching) {
        if (node(rank).open && (node(rank).up || !up)) pin.allowed.push_back(rank);
      }
    }
    pins_.push_back(std::move(pin));
  }

  bool may_stay(const Group& group) const {
    const std::vector<uint32_t>& nodes = pins_[group.pin].matching;
    return group.current != kNowhere && std::binary_search(nodes.begin(), nodes.end(), group.current);
  }

  void make_groups() {
    std::map<std::tuple<uint64_t, size_t, uint32_t>, size_t> known;
    group_of_.resize(shape_.elements.size());
    for (uint32_t i = 0; i < shape_.elements.size(); ++i) {
      const auto [found, fresh] = known.try_emplace({shape_.elements[i].task, pin_of_[i], now_[i]}, groups_.size());
      if (fresh) groups_.push_back({{}, pin_of_[i], now_[i], shape_.elements[i].shard});
      groups_[found->second].elements.push_back(i);
      group_of_[i] = found->second;
    }
    edges_.resize(shape_.elements.size());
    for (const Shape::Connection& connection : shape_.connections) {
      edges_[connection.from].push_back({static_cast<uint32_t>(connection.to), connection.weight});
      edges_[connection.to].push_back({static_cast<uint32_t>(connection.from), connection.weight});
    }
    gains_.resize(groups_.size());
    done_.assign(groups_.size(), false);
  }

  void place_pinned() {
    std::vector<size_t> order;
    for (size_t g = 0; g < groups_.size(); ++g) {
      if (groups_[g].pin != 0) order.push_back(g);
    }
    const auto key = [&](size_t g) {
      return std::tuple(pins_[groups_[g].pin].matching.size(), !may_stay(groups_[g]), g);
    };
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
    for (const size_t g : order) {
      if (!stay(g)) settle(g);
    }
  }

  void place_present() {
    for (size_t g = 0; g < groups_.size(); ++g) {
      if (!done_[g]) stay(g);
    }
  }

  /// The group with the heaviest connection to what is placed comes next, so that it still finds room there.
  void place_rest() {
    for (size_t g = 0; g < groups_.size(); ++g) {
      if (!done_[g]) offer(g);
    }
    for (size_t seed = 0; seed < groups_.size();) {
      size_t next = groups_.size();
      while (!heaviest_.empty() && next == groups_.size()) {
        const auto [weight, negated] = heaviest_.top();
        heaviest_.pop();
        const size_t g = groups_.size() - 1 - negated;
        if (!done_[g]) next = g;
      }
      if (next == groups_.size()) {
        if (done_[seed]) {
          ++seed;
          continue;
        }
        next = seed;
      }
      settle(next);
    }
  }

  void offer(size_t g) {
    uint64_t best = 0;
    for (const auto& [rank, weight] : gains_[g]) best = std::max(best, weight);
    if (best > 0) heaviest_.push({best, groups_.size() - 1 - g});  // of equals the first
  }

  bool stay(size_t g) {
    const Group& group = groups_[g];
    if (!may_stay(group) || room_[group.current] < group.elements.size()) return false;
    put(g, group.current);
    return true;
  }

  uint64_t gain(size_t g, uint32_t rank) const {
    const auto found = gains_[g].find(rank);
    return found == gains_[g].end() ? 0 : found->second;
  }
  /// In eighths of its share of the topology.
  uint64_t pressure(uint32_t rank) const {
    const uint64_t elements = node(rank).used + here_[rank];
    return elements * 8 / share_[rank] + std::min<uint64_t>(8, node(rank).load_permille * 8 / 1'000);
  }

  void settle(size_t g) {
    Group& group = groups_[g];
    const uint64_t size = group.elements.size();
    using Cost = std::tuple<uint64_t, bool, uint64_t, uint64_t, uint64_t, uint32_t>;
    std::optional<Cost> best;
    const auto consider = [&](uint32_t rank) {
      if (room_[rank] < size) return;
      const uint64_t siblings = group.shard == 0 ? 0 : siblings_[{group.shard, rank}];
      const Cost cost{
          siblings, here_[rank] + size > soft_[rank], UINT64_MAX - gain(g, rank), pressure(rank), here_[rank], rank};
      if (!best || cost < *best) best = cost;
    };
    const std::vector<uint32_t>& allowed = pins_[group.pin].allowed;
    if (group.shard == 0) {  // beside what it is connected with, if that has room: no need to look at all
      for (const auto& [rank, weight] : gains_[g]) {
        if (std::binary_search(allowed.begin(), allowed.end(), rank)) consider(rank);
      }
    }
    if (!best || std::get<1>(*best)) {
      for (const uint32_t rank : allowed) consider(rank);
    }
    if (best) return put(g, std::get<5>(*best));
    done_[g] = true;
    for (const uint32_t element : group.elements) {
      if (!put_alone(element, group.pin) && !make_room(element, group.pin)) report(element, group.pin);
    }
  }

  void put(size_t g, uint32_t rank) {
    const Group& group = groups_[g];
    done_[g] = true;
    room_[rank] -= group.elements.size();
    here_[rank] += group.elements.size();
    if (group.shard != 0) siblings_[{group.shard, rank}] += group.elements.size();
    for (const uint32_t element : group.elements) note_place(element, rank);
  }

  bool put_alone(uint32_t element, size_t pin) {
    for (const uint32_t rank : pins_[pin].allowed) {
      if (room_[rank] == 0) continue;
      --room_[rank];
      ++here_[rank];
      note_place(element, rank);
      return true;
    }
    return false;
  }

  void note_place(uint32_t element, uint32_t rank) {
    at_[element] = rank;
    uint64_t heaviest = 0;
    for (const auto& [other, weight] : edges_[element]) {
      if (at_[other] == rank && weight > heaviest) {
        heaviest = weight;
        layout_.beside[element] = other;
      }
      const size_t g = group_of_[other];
      if (done_[g]) continue;
      const uint64_t sum = gains_[g][rank] += weight;
      heaviest_.push({sum, groups_.size() - 1 - g});
    }
  }

  /// All nodes of the pin are full: is there a chain of elements that could each go one further, to one with room?
  bool make_room(uint32_t element, size_t pin) {
    std::vector<std::vector<uint32_t>> on(room_.size());
    for (uint32_t i = 0; i < at_.size(); ++i) {
      if (at_[i] != kNowhere) on[at_[i]].push_back(i);
    }
    std::vector<uint32_t> mover(room_.size(), kNowhere);  // by node: who would come there
    std::vector<uint32_t> from(room_.size(), kNowhere);   // … and from which node
    std::vector<bool> seen(room_.size(), false);
    std::queue<uint32_t> ahead;
    for (const uint32_t rank : pins_[pin].allowed) {
      seen[rank] = true;
      mover[rank] = element;
      ahead.push(rank);
    }
    while (!ahead.empty()) {
      const uint32_t full = ahead.front();
      ahead.pop();
      if (room_[full] > 0) {
        --room_[full];
        for (uint32_t rank = full; rank != kNowhere; rank = from[rank]) {
          if (from[rank] != kNowhere) --here_[from[rank]];
          ++here_[rank];
          at_[mover[rank]] = rank;
        }
        return true;
      }
      std::set<size_t> tried;
      for (const uint32_t other : on[full]) {
        if (!tried.insert(pin_of_[other]).second) continue;
        for (const uint32_t rank : pins_[pin_of_[other]].allowed) {
          if (seen[rank]) continue;
          seen[rank] = true;
          mover[rank] = other;
          from[rank] = full;
          ahead.push(rank);
        }
      }
    }
    return false;
  }

  void report(uint32_t element, size_t p) {
    Pin& pin = pins_[p];
    if (pin.reported) return;  // one stands for all
    pin.reported = true;
    const std::string& path = shape_.elements[element].path;
    const auto problem = [&](std::string_view code, std::string text, std::string_view fix) {
      layout_.problems.push_back(Status::user(std::string(code), std::move(text)).at(path).with_fix(fix));
    };
    if (pin.at.empty() && pin.allowed.empty()) {
      layout_.problems.push_back(Status::outside("cluster.no_node", "no node is there that takes elements")
                                     .at(path)
                                     .with_fix("start one: blox caretaker --config cluster.yaml --node NAME"));
    } else if (pin.matching.empty()) {
      problem(pin.exact ? "E0702" : "E0703",
              fmt::format("{} `{}`", pin.exact ? "there is no node" : "no node has the label", pin.at),
              "`blox ps` lists the nodes with their labels");
    } else if (pin.allowed.empty()) {
      problem("E0704", fmt::format("`{}` is being drained", pin.at),
              fmt::format("blox drain {} --undo", node(pin.matching.front()).name));
    } else {
      uint64_t takes = 0;
      for (const uint32_t rank : pin.allowed) takes += node(rank).capacity;
      problem("E0704",
              pin.at.empty() ? fmt::format("the cluster takes {} elements, and has no room for `{}`", takes, path)
                             : fmt::format("there is no room at `{}`, which takes {} elements", pin.at, takes),
              "move some elsewhere, or raise the capacity of the node");
    }
  }

  struct Edge {
    uint32_t other;
    uint64_t weight;
  };

  const Shape& shape_;
  const std::vector<PlaceNode>& given_;
  std::vector<uint32_t> by_rank_, rank_of_;
  std::vector<uint64_t> room_, here_, share_, soft_;
  std::vector<Pin> pins_;
  std::vector<size_t> pin_of_, group_of_;
  std::vector<uint32_t> now_, at_;
  std::vector<Group> groups_;
  std::vector<bool> done_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<std::map<uint32_t, uint64_t>> gains_;  ///< by group: weight of what it is connected with, by node
  std::priority_queue<std::pair<uint64_t, size_t>> heaviest_;
  std::map<std::pair<uint64_t, uint32_t>, uint64_t> siblings_;
  Layout layout_;
};

}  // namespace

Layout place(const Shape& shape, const std::vector<PlaceNode>& nodes, const std::vector<uint32_t>& current) {
  return Placer(shape, nodes, current).make();
}

std::vector<std::string> explain(const Shape& shape, const std::vector<PlaceNode>& nodes, const Layout& layout,
                                 const std::vector<uint32_t>& current) {
  std::vector<uint64_t> filled;
  for (const PlaceNode& node : nodes) filled.push_back(node.used);
  for (const uint32_t node : layout.node_of) {
    if (node != kNowhere) ++filled[node];
  }
  std::vector<std::string> lines;
  for (size_t i = 0; i < shape.elements.size(); ++i) {
    const Shape::Element& element = shape.elements[i];
    const uint32_t to = layout.node_of[i];
    if (to == kNowhere) continue;
    const uint32_t was = i < current.size() ? current[i] : kNowhere;
    std::string why;
    if (!element.at.empty()) {
      why = "at = \"" + element.at + "\"";
    } else if (was == to) {
      why = "stays there";
    } else if (element.shard != 0) {
      why = "replicas are spread";
    } else if (layout.beside[i] != kNowhere) {
      why = "beside " + shape.elements[layout.beside[i]].path;
    } else {
      why = "the least used";
    }
    if (was != kNowhere && was != to) why += ", moves from " + nodes[was].name;
    const PlaceNode& node = nodes[to];
    const std::string of = node.capacity == 0 ? "" : fmt::format(" of {}", node.capacity);
    lines.push_back(fmt::format("{} -> {}: {}; {}{} there", element.path, node.name, why, filled[to], of));
  }
  return lines;
}

}  // namespace blox::master
