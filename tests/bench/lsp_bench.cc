// The language server while somebody types into a large topology: a keystroke in, diagnostics out.
#include <fmt/format.h>

#include "core/data/json.h"
#include "tests/support/compare.h"
#include "tools/blox/lsp/server.h"

using namespace blox;
using namespace blox::tools;

namespace {

// Ten elements in two lines.
std::string topology(size_t elements) {
  std::string out = "elementclass Pass(least = 1) { input -> Filter(\"value > $least\") -> Head(5) -> output; }\n";
  for (size_t i = 0; i < elements / 10; ++i) {
    out += fmt::format(
        "a{0} :: Counter(limit = 3); b{0} :: Map(twice = \"value * 2\"); c{0} :: Count(by = [value]);\n"
        "a{0} -> Head(9) -> b{0} -> {1} -> Select([value]) -> Head(7) -> Hash([value]) -> c{0} -> Discard;\n",
        i, i % 3 == 0 ? "Pass(least = 2)" : "Filter(\"value > 1\") -> Head(5)");
  }
  return out;
}

std::string at(size_t line, size_t from, size_t to) {
  return fmt::format(R"({{"start": {{"line": {0}, "character": {1}}}, "end": {{"line": {0}, "character": {2}}}}})",
                     line, from, to);
}

class Typist {
 public:
  explicit Typist(size_t elements) : server_({}) {
    send(R"({"id": 1, "method": "initialize", "params": {}})");
    send(
        R"({"method": "textDocument/didOpen", "params": {"textDocument": {"uri": "file:///a.blox", "version": 1, "text": )" +
        to_json(Datum(topology(elements))) + "}}}");
    server_.settle();
  }

  /// Writes `Counte(…)`, then `Counter(…)` again: bytes in, bytes out.
  void type() {
    typed_ = !typed_;
    const std::string change =
        typed_ ? R"("text": "", "range": )" + at(1, 12, 13) : R"("text": "r", "range": )" + at(1, 12, 12);
    send(R"({"method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///a.blox", "version": 2},
         "contentChanges": [{)" +
         change + "}]}}");
    const std::vector<std::string> out = server_.settle();
    if (out.empty() || (out[0].find("E0201") != std::string::npos) != typed_) {
      fmt::print(stderr, "no diagnostics of what was typed\n");
      std::exit(1);
    }
    for (const std::string& message : out) bench::keep(lsp::framed(message).data());
  }

  void complete() {
    bench::keep(
        send(R"({"id": 2, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///a.blox"},
                     "position": {"line": 1, "character": 14}}})")
            .size());
  }

 private:
  std::vector<std::string> send(const std::string& body) {
    framing_.feed(lsp::framed(body));
    std::vector<std::string> out;
    while (const std::optional<lsp::Frame> frame = framing_.next()) out = server_.take(*frame);
    return out;
  }

  lsp::Server server_;
  lsp::Framing framing_;
  bool typed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const auto row = [&](const std::string& work, double most, const std::function<void()>& run) {
    if (!bench.wanted(work)) return;
    std::vector<double> times;
    for (int i = 0; i < bench.pairs(); ++i) times.push_back(bench::wall_seconds(run) * 1'000);
    const double took = bench::spread_of(times).median;
    bench.figure(work, fmt::format("{:.1f} ms", took), fmt::format("≤ {:.0f} ms", most), took <= most);
  };
  Typist typist(1'000);
  row("blox lsp: a keystroke to diagnostics, 1,000 elements", 100, [&] { typist.type(); });
  row("blox lsp: completion, 1,000 elements", 100, [&] { typist.complete(); });
}
