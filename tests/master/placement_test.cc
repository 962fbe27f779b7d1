#include "master/placement.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/cluster/sim/chance.h"

namespace blox::master {
namespace {

using sim::Chance;

/// "a b@db1 c@disk=ssd d#1": elements, where they are bound, and of which shard they are; connected in a chain.
Shape chain(std::initializer_list<std::string_view> words) {
  Shape shape;
  for (std::string_view word : words) {
    Shape::Element element;
    if (const size_t hash = word.find('#'); hash != word.npos) {
      element.shard = static_cast<uint64_t>(word[hash + 1] - '0');
      word = word.substr(0, hash);
    }
    const size_t at = word.find('@');
    element.path = word.substr(0, at);
    if (at != word.npos) element.at = word.substr(at + 1);
    element.task = shape.elements.size();
    const size_t index = shape.elements.size();
    if (index > 0) shape.connections.push_back({index - 1, index, 100, 1 << 20, index});
    shape.elements.push_back(element);
  }
  return shape;
}

PlaceNode node(std::string name, uint64_t capacity = 0, std::vector<std::string> labels = {}) {
  PlaceNode one;
  one.name = std::move(name);
  one.capacity = capacity;
  one.labels = std::move(labels);
  return one;
}

/// "a:db1 b:db2", or the problems.
std::string text(const Shape& shape, const std::vector<PlaceNode>& nodes, const Layout& layout) {
  std::string out;
  for (const Status& problem : layout.problems) out += problem.error().code + " " + problem.to_string() + "\n";
  if (!out.empty()) return out;
  for (size_t i = 0; i < shape.elements.size(); ++i) {
    out += fmt::format("{}{}:{}", i == 0 ? "" : " ", shape.elements[i].path, nodes[layout.node_of[i]].name);
  }
  return out;
}

std::string placed(const Shape& shape, const std::vector<PlaceNode>& nodes, const std::vector<uint32_t>& current = {}) {
  return text(shape, nodes, place(shape, nodes, current));
}

TEST_CASE("pins and labels are obeyed, and the rest follows what it is connected with") {
  const std::vector<PlaceNode> nodes = {node("db1"), node("db2", 0, {"disk=ssd"}), node("web")};
  CHECK(placed(chain({"a", "b", "c"}), nodes) == "a:db1 b:db1 c:db1");
  CHECK(placed(chain({"a", "b@web", "c"}), nodes) == "a:web b:web c:web");
  CHECK(placed(chain({"a@web", "b", "c@disk=ssd"}), nodes) == "a:web b:db2 c:db2");
}

TEST_CASE("a place that is not there, or full, is an error with a fix") {
  const std::vector<PlaceNode> nodes = {node("db1", 1), node("db2", 1)};
  CHECK(placed(chain({"a@db3"}), nodes) ==
        "E0702 a: there is no node `db3` (`blox ps` lists the nodes with their labels)\n");
  CHECK(placed(chain({"a@disk=ssd"}), nodes).starts_with("E0703 a: no node has the label `disk=ssd`"));
  CHECK(placed(chain({"a@db1", "b@db1"}), nodes)
            .starts_with("E0704 b: there is no room at `db1`, which takes 1 elements"));
  CHECK(placed(chain({"a", "b", "c"}), nodes).starts_with("E0704 "));
  CHECK(placed(chain({"a"}), {}).starts_with("cluster.no_node a: no node is there"));
  PlaceNode drained = node("db1");
  drained.open = false;
  CHECK(placed(chain({"a@db1"}), {drained}) == "E0704 a: `db1` is being drained (blox drain db1 --undo)\n");
}

TEST_CASE("replicas are spread, others stay together until a node has its share") {
  const std::vector<PlaceNode> nodes = {node("n1"), node("n2"), node("n3")};
  CHECK(placed(chain({"s", "a#1", "b#1", "c#1"}), nodes) == "s:n1 a:n1 b:n2 c:n3");
  Shape large;
  for (size_t i = 0; i < 900; ++i) {
    large.elements.push_back({});
    large.elements.back().path = fmt::format("e{}", i);
    large.elements.back().task = i;
    if (i % 30 != 0) large.connections.push_back({i - 1, i, 100, 1, 1});
  }
  const Layout layout = place(large, nodes);
  std::map<uint32_t, size_t> counts;
  for (const uint32_t at : layout.node_of) ++counts[at];
  for (const auto& [at, count] : counts) CHECK(count <= 340);
  size_t cut = 0;
  for (const Shape::Connection& one : large.connections) cut += layout.node_of[one.from] != layout.node_of[one.to];
  CHECK_MESSAGE(cut <= 4, "chains are not torn apart without need");
}

TEST_CASE("a node with load gets less, but a flicker of it decides nothing") {
  std::vector<PlaceNode> nodes = {node("n1"), node("n2")};
  nodes[0].load_permille = 900;
  CHECK(placed(chain({"a"}), nodes) == "a:n2");
  nodes[0].load_permille = 100;
  nodes[1].load_permille = 30;
  CHECK(placed(chain({"a"}), nodes) == "a:n1");
}

TEST_CASE("each line of a plan says why") {
  const std::vector<PlaceNode> nodes = {node("db1", 4), node("db2", 4, {"disk=ssd"})};
  const Shape shape = chain({"a@db1", "b", "c@disk=ssd"});
  const std::vector<uint32_t> current = {1, 0, 1};
  CHECK(explain(shape, nodes, place(shape, nodes, current), current) ==
        std::vector<std::string>{"a -> db1: at = \"db1\", moves from db2; 2 of 4 there",
                                 "b -> db1: stays there; 2 of 4 there", "c -> db2: at = \"disk=ssd\"; 1 of 4 there"});
  const Layout fresh = place(shape, nodes);
  CHECK(explain(shape, nodes, fresh)[1] == "b -> db1: beside a; 2 of 4 there");
}

struct Case {
  Shape shape;
  std::vector<PlaceNode> nodes;
};

Case random_case(Chance& chance) {
  Case out;
  const size_t count = 1 + chance.below(4);
  for (size_t i = 0; i < count; ++i) {
    out.nodes.push_back(node(fmt::format("n{}", i), chance.one_in(3) ? 0 : 1 + chance.below(5),
                             {chance.one_in(2) ? "disk=ssd" : "disk=slow"}));
  }
  const size_t elements = 1 + chance.below(8);
  for (size_t i = 0; i < elements; ++i) {
    Shape::Element element;
    element.path = fmt::format("e{}", i);
    element.task = chance.below(4);
    element.at = chance.one_in(4) ? out.nodes[chance.below(count)].name : chance.one_in(4) ? "disk=ssd" : "";
    element.shard = chance.one_in(4) ? 1 : 0;
    out.shape.elements.push_back(element);
    if (i > 0) out.shape.connections.push_back({chance.below(i), i, 1 + chance.below(100), 1, 1});
  }
  return out;
}

bool allowed(const Shape::Element& element, const PlaceNode& place) {
  return element.at.empty() || element.at == place.name ||
         std::find(place.labels.begin(), place.labels.end(), element.at) != place.labels.end();
}

/// Is there any way at all? By trying all.
bool possible(const Case& one, size_t next, std::vector<uint64_t>& used) {
  if (next == one.shape.elements.size()) return true;
  for (size_t n = 0; n < one.nodes.size(); ++n) {
    const PlaceNode& place = one.nodes[n];
    if (!allowed(one.shape.elements[next], place) || (place.capacity != 0 && used[n] == place.capacity)) continue;
    ++used[n];
    const bool found = possible(one, next + 1, used);
    --used[n];
    if (found) return true;
  }
  return false;
}

TEST_CASE("whatever can be placed is placed, within capacity, and stays where it is when nothing has changed") {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Chance chance(seed);
    Case one = random_case(chance);
    const Layout layout = place(one.shape, one.nodes);
    std::vector<uint64_t> used(one.nodes.size(), 0);
    REQUIRE(layout.problems.empty() == possible(one, 0, used));
    if (!layout.problems.empty()) continue;
    for (size_t i = 0; i < one.shape.elements.size(); ++i) {
      const PlaceNode& at = one.nodes[layout.node_of[i]];
      REQUIRE(allowed(one.shape.elements[i], at));
      ++used[layout.node_of[i]];
    }
    for (size_t n = 0; n < one.nodes.size(); ++n)
      REQUIRE((one.nodes[n].capacity == 0 || used[n] <= one.nodes[n].capacity));
    for (PlaceNode& at : one.nodes) at.load_permille = chance.below(1'000);
    REQUIRE_MESSAGE(place(one.shape, one.nodes, layout.node_of).node_of == layout.node_of, "load alone moves nothing");

    // The order in which nodes are known means nothing.
    const std::string before = placed(one.shape, one.nodes);
    std::reverse(one.nodes.begin(), one.nodes.end());
    REQUIRE(placed(one.shape, one.nodes) == before);
  }
}

TEST_CASE("a node that goes away moves what was there, and nothing else") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Chance chance(seed);
    Case one = random_case(chance);
    for (PlaceNode& at : one.nodes) at.capacity = 0;
    for (Shape::Element& element : one.shape.elements) element.at.clear();
    one.nodes.push_back(node("spare"));
    const Layout before = place(one.shape, one.nodes);
    const std::string gone = one.nodes.front().name;
    one.nodes.erase(one.nodes.begin());
    std::vector<uint32_t> current = before.node_of;
    for (uint32_t& at : current) at = at == 0 ? kNowhere : at - 1;
    const Layout after = place(one.shape, one.nodes, current);
    REQUIRE(after.problems.empty());
    for (size_t i = 0; i < current.size(); ++i) {
      if (current[i] != kNowhere) REQUIRE(after.node_of[i] == current[i]);
    }
  }
}

TEST_CASE("a shape survives its encoding, and a torn one is refused") {
  Shape shape = chain({"a@db1", "b#2"});
  shape.elements[0].effects = shape.elements[0].orphan_stops = true;
  shape.elements[1].definition = UINT64_MAX - 1;
  const std::string bytes = encode_shape(shape);
  const Result<Shape> read = decode_shape(bytes);
  REQUIRE(read.is_ok());
  CHECK(encode_shape(*read) == bytes);
  CHECK(read->elements[1].definition == UINT64_MAX - 1);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    CHECK(decode_shape(bytes.substr(0, cut)).status().error().code == "catalogue.record");
  }
  shape.connections[0].to = 7;
  CHECK(!decode_shape(encode_shape(shape)).is_ok());
}

}  // namespace
}  // namespace blox::master
