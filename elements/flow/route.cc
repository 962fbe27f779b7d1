#include "elements/support/changes.h"
#include "elements/support/expression.h"

namespace blox {
namespace {

class Route final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Sends each record to the first output whose condition is true.

Each named argument is a condition and names an output port; what no condition takes goes to `rest`, and where `rest`
is not connected it is rejected as `route.unmatched`, so that nothing disappears.

Cost     one pass over whole columns for each condition, over the records still undecided
Order    kept within each output
Example  Counter(limit = 10) -> router :: Route(small = "value < 5"); router [small] -> Print; router [rest] -> Discard;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  void check(Diagnostics& diagnostics) override {
    for (const NamedArgs::Item& item : conditions_.items()) {
      if (item.name == in_.name() || item.name == rest_.name() || item.name == errors().name()) {
        diagnostics.add({Severity::kError,
                         "E0402",
                         item.name_span,
                         "`" + item.name + "` is a port that `Route` has without a condition",
                         {},
                         "give the output of the condition another name"});
      } else if (item.value.form != Literal::Form::kString) {
        diagnostics.error(
            "E0402", item.value.span,
            "`" + item.name + "` needs a condition in quotes, not " + std::string(item.value.form_name()));
      }
    }
    if (conditions_.items().empty()) {
      diagnostics.error("E0404", conditions_.span(), "`Route` needs a condition: Route(small = \"size < 1000\")");
    }
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (port.direction() == Direction::kIn || &port == &errors()) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    if (programs_.empty() && !compile(*in, types)) return std::nullopt;
    if (port.in_family() && index_of(port.name()) == conditions_.items().size()) {
      types.error("E0303", Span{}, "`Route` has no condition for its output `" + port.name() + "`",
                  "name it: Route(" + port.name() + " = \"…\")");
      return std::nullopt;
    }
    return in;
  }

  Status open() override {
    outputs_.assign(conditions_.items().size(), nullptr);
    for (size_t i = 0; i < outs_.size(); ++i) outputs_[index_of(outs_[i].name())] = &outs_[i];
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    if (log.schema().is_changelog()) return push_changes(port, log);
    Log left = std::move(log);
    bool wanted = rest_.connected() && rest_.wanted();
    for (size_t i = 0; i < programs_.size() && left.rows() > 0; ++i) {
      programs_[i].select(left, clock().wall(), evaluation_);
      reject_failed(*this, port, left, evaluation_);
      if (outputs_[i] != nullptr) {
        wanted = outputs_[i]->emit(left.select(evaluation_.selected)) || wanted;
      } else if (!evaluation_.selected.empty()) {
        reject(port, left, evaluation_.selected, "route.unconnected", "the output of its condition is not connected");
      }
      left = left.select(others(left.rows()));
    }
    give_rest(port, std::move(left));
    return wanted ? Flow::kNext : Flow::kDone;
  }

 private:
  bool compile(const Schema& in, Types& types) {
    std::vector<expr::Program> programs;
    for (const NamedArgs::Item& item : conditions_.items()) {
      if (item.value.form != Literal::Form::kString) continue;
      std::optional<expr::Program> program = compile_predicate(Expression{item.value}, in, types);
      if (program) programs.push_back(std::move(*program));
    }
    if (programs.size() != conditions_.items().size()) return false;
    programs_ = std::move(programs);
    return true;
  }

  size_t index_of(const std::string& name) const {
    const auto& items = conditions_.items();
    size_t i = 0;
    while (i < items.size() && items[i].name != name) ++i;
    return i;
  }

  // The records that the last evaluation neither took nor refused; both lists are ascending.
  std::span<const uint32_t> others(uint32_t total) {
    others_.clear();
    size_t taken = 0, failed = 0;
    for (uint32_t i = 0; i < total; ++i) {
      if (taken < evaluation_.selected.size() && evaluation_.selected[taken] == i) {
        ++taken;
      } else if (failed < evaluation_.errors.size() && evaluation_.errors[failed].record == i) {
        ++failed;
      } else {
        others_.push_back(i);
      }
    }
    return others_;
  }

  // Both rows of an update may go different ways, so every output keeps its part of the whole log.
  Flow push_changes(PushIn& port, const Log& log) {
    std::vector<size_t> way(log.rows(), programs_.size());
    std::vector<uint8_t> failed(log.rows(), 0);
    for (size_t i = 0; i < programs_.size(); ++i) {
      programs_[i].select(log, clock().wall(), evaluation_);
      if (i == 0) reject_failed(*this, port, log, evaluation_);
      for (const expr::RowError& error : evaluation_.errors) failed[error.record] = 1;
      for (const uint32_t record : evaluation_.selected) way[record] = std::min(way[record], i);
    }
    bool wanted = rest_.connected() && rest_.wanted();
    std::vector<uint8_t> kept(log.rows());
    for (size_t i = 0; i <= programs_.size(); ++i) {
      for (uint32_t r = 0; r < log.rows(); ++r) kept[r] = way[r] == i && !failed[r];
      Log part = keep_changes(log, kept);
      if (i == programs_.size()) {
        give_rest(port, std::move(part));
      } else if (outputs_[i] != nullptr) {
        wanted = outputs_[i]->emit(std::move(part)) || wanted;
      }
    }
    return wanted ? Flow::kNext : Flow::kDone;
  }

  void give_rest(PushIn& port, Log left) {
    if (rest_.connected()) {
      rest_.emit(std::move(left));
    } else if (left.rows() > 0) {
      others_.resize(left.rows());
      for (uint32_t i = 0; i < left.rows(); ++i) others_[i] = i;
      reject(port, left, others_, "route.unmatched", "no condition is true and `rest` is not connected");
    }
  }

  PushIn in_{this, "in", "{...} changelog", "records"};
  PushOuts outs_{this, "", "records for which the condition of that name is the first that is true"};
  PushOut rest_{this, "rest", "in", "records for which no condition is true", kOptional};

  NamedArgs conditions_{this, "conditions", "conditions, each the name of an output"};

  std::vector<expr::Program> programs_;
  std::vector<PushOut*> outputs_;  // by condition; null where not connected
  expr::Evaluation evaluation_;
  std::vector<uint32_t> others_;
};

}  // namespace

BLOX_ELEMENT(Route);

}  // namespace blox
