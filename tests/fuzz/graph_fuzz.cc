// Any graph is checked without a crash; what has no error has a plan that keeps the laws, and logs that fit their
// ports.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/element/adapt.h"
#include "core/graph/promises.h"
#include "tests/support/graph_elements.h"
#include "tests/support/graph_maker.h"
#include "tests/support/plan_laws.h"

namespace {

using namespace blox;

// The input as a row of choices; zeros once it has run out.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  size_t pick(size_t below) { return at_ < size_ ? data_[at_++] % below : 0; }
  template <size_t N>
  const char* word(const char* const (&words)[N]) {
    return words[pick(N)];
  }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

constexpr const char* kFields[] = {"word", "size", "path", "content", "n", "count", "wrod"};
constexpr const char* kPorts[] = {"", "in", "out", "get", "ask", "extra", "errors", "q", "a", "b", "nothing"};
constexpr const char* kTypes[] = {"{word: string}", "{size: int?, word: string}", "{n: int}", "int", "[", "{}"};
constexpr const char* kArguments[] = {"", "by", "field", "limit", "limt"};
constexpr const char* kSettings[] = {"queue", "full", "isolate", "memory", "shards", "by", "on_error", "at", "quue"};

Literal literal(Choices& in) {
  switch (in.pick(8)) {
    case 0: return Literal::of(static_cast<int64_t>(in.pick(9)) - 1);
    case 1: return Literal::of(std::string(in.word(kFields)));
    case 2: return testing::list({testing::name(in.word(kFields)), testing::name(in.word(kFields))});
    case 3: return testing::size(static_cast<int64_t>(in.pick(200)));
    case 4: return testing::boolean(in.pick(2) == 1);
    case 5: return testing::range(static_cast<int64_t>(in.pick(4)), static_cast<int64_t>(in.pick(4)));
    case 6: return testing::name("drop_new");
    default: return testing::name(in.word(kFields));
  }
}

GraphEnd end(Choices& in, size_t elements) {
  GraphEnd out;
  out.element = in.pick(elements);
  out.port = in.word(kPorts);
  out.annotated = in.pick(8) == 7;
  if (out.annotated) out.type = Literal::of(std::string(in.word(kTypes)));
  return out;
}

Graph graph_from(Choices& in) {
  const std::vector<std::string> classes = testing::graph_elements().names();
  Graph graph;
  const size_t elements = 1 + in.pick(24);
  for (size_t i = 0; i < elements; ++i) {
    GraphElement element;
    element.path = "e" + std::to_string(i);
    const size_t which = in.pick(classes.size() + 1);
    element.class_name = which < classes.size() ? classes[which] : "Unknown";
    for (size_t args = in.pick(3); args > 0; --args) element.args.push_back({in.word(kArguments), {}, literal(in)});
    if (in.pick(6) == 5) element.settings.push_back({in.word(kSettings), {}, literal(in)});
    graph.elements.push_back(std::move(element));
  }
  while (!in.empty()) {
    GraphConnection connection;
    connection.kind = in.pick(4) == 3 ? PortKind::kQuery : PortKind::kPush;
    connection.from = end(in, elements);
    connection.to = end(in, elements);
    if (in.pick(5) == 4) connection.settings.push_back({in.word(kSettings), {}, literal(in)});
    graph.connections.push_back(std::move(connection));
  }
  graph.require_exactly_once = graph.connections.size() % 5 == 4;
  return graph;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices in(data, size);
  const Graph graph = graph_from(in);
  Diagnostics diagnostics;
  const std::optional<Checked> checked = check(graph, testing::graph_elements(), nullptr, diagnostics);
  BLOX_CHECK(checked.has_value() == !diagnostics.has_errors(), "a result or an error");
  if (!checked) return 0;
  const Plan made = plan(*checked);
  const std::string broken = testing::broken_law(*checked, made);
  BLOX_CHECK(broken.empty(), broken.c_str());
  BLOX_CHECK(!promises(*checked, made).bounds.empty(), "memory is bounded by something");
  for (const CheckedConnection& connection : checked->connections) {
    const Port& from = *connection.from_port;
    const Port& to = *connection.to_port;
    BLOX_CHECK(Adapter::between(from.schema(), to.schema()).has_value(), "what is given fits what is taken");
    if (connection.kind == PortKind::kPush) continue;
    BLOX_CHECK(Adapter::between(to.answer_schema(), from.answer_schema()).has_value(), "answers fit too");
  }
  return 0;
}
