#include "master/groups.h"

#include <doctest/doctest.h>

#include <string_view>
#include <utility>

namespace blox::master {
namespace {

/// "a b! c!? d@n1": `!` has effects, `?` stops with its lease; all on n1 but those whose name begins with `o`. One
/// letter an element: `-` moves, `s` waits for its lease, `w` for the node.
std::string held(std::initializer_list<std::string_view> words,
                 std::initializer_list<std::pair<uint64_t, uint64_t>> connections) {
  Shape shape;
  std::vector<std::string> node_of;
  for (std::string_view word : words) {
    Shape::Element element;
    element.path = word.substr(0, 1);
    element.effects = word.find('!') != word.npos;
    element.orphan_stops = word.find('?') != word.npos;
    if (const size_t at = word.find('@'); at != word.npos) element.at = word.substr(at + 1);
    shape.elements.push_back(element);
    node_of.emplace_back(word.starts_with('o') ? "n2" : "n1");
  }
  for (const auto& [from, to] : connections) shape.connections.push_back({from, to, 1, 1 << 20, 0});
  std::string out;
  for (const Hold hold : holds(shape, node_of)) out += "-sw"[static_cast<size_t>(hold)];
  return out;
}

TEST_CASE("what is connected with nothing that waits does not wait") {
  CHECK(held({"a", "b!", "c", "d"}, {{0, 1}, {2, 3}}) == "ww--");
  CHECK(held({"a@n1", "b", "c"}, {{0, 1}}) == "ww-");
  CHECK_MESSAGE(held({"a@disk=ssd", "b@n2"}, {{0, 1}}) == "--", "others may have that label");
  CHECK(held({"a", "b!?", "c!"}, {{0, 1}}) == "ssw");
}

TEST_CASE("what feeds one that waits waits, as far up as it is on that node") {
  CHECK(held({"a", "b", "c!"}, {{0, 1}, {1, 2}}) == "www");
  CHECK(held({"a", "o", "b", "c!"}, {{0, 1}, {1, 2}, {2, 3}}) == "--ww");
  CHECK_MESSAGE(held({"a", "b", "c!", "d"}, {{0, 1}, {1, 2}, {1, 3}}) == "wwww", "its full queue stops the other, too");
}

TEST_CASE("what is fed by nothing else waits, what has other work goes on") {
  CHECK(held({"a!", "b", "c"}, {{0, 1}, {1, 2}}) == "www");
  CHECK(held({"a!", "o", "c", "d"}, {{0, 2}, {1, 2}, {2, 3}}) == "w---");
  CHECK(held({"a!", "b", "c", "d"}, {{0, 2}, {1, 2}, {2, 3}}) == "w---");
  CHECK_MESSAGE(held({"a!", "b", "c", "d!"}, {{0, 2}, {1, 2}, {2, 3}}) == "wwww", "but not into one that waits");
}

TEST_CASE("what stops with its lease does so whatever waits beside it") {
  CHECK(held({"a", "b!?", "c!"}, {{0, 1}, {1, 2}}) == "ssw");
  CHECK_MESSAGE(held({"a!?", "b!", "c"}, {{0, 2}, {1, 2}}) == "sws", "fed again once one of both has moved");
  CHECK_MESSAGE(held({"a", "b!?", "c!"}, {{0, 1}, {0, 2}}) == "wsw", "the longer one counts");
}

TEST_CASE("elements in a circle wait for what they feed") {
  CHECK(held({"a", "b", "c!"}, {{0, 1}, {1, 0}, {1, 2}}) == "www");
}

}  // namespace
}  // namespace blox::master
