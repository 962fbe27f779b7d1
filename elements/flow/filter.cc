#include "elements/support/changes.h"
#include "elements/support/expression.h"

namespace blox {
namespace {

class Filter final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Passes the records for which a condition is true.

The condition is a SQL expression; null counts as false. What it proves is known afterwards: behind
`Filter("user IS NOT NULL")` the field `user` is no longer nullable. A record for which the condition cannot be
computed goes to `errors`. Changelogs stay changelogs: an update that leaves the part that passes becomes a delete.

Cost     the condition over whole columns; logs pass as selections, without a copy
Example  Counter(limit = 100) -> Filter("value % 10 = 0 AND value > 50") -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    program_ = compile_predicate(*where_, *in, types);
    if (!program_) return std::nullopt;
    if (in->is_changelog()) return in;  // deletes may carry the nulls that the condition rules out
    std::vector<Field> fields = in->fields();
    for (const size_t proven : program_->not_null_when_true()) {
      fields[proven].type = fields[proven].type.with_nullable(false);
    }
    return Schema(std::move(fields), in->key(), in->mode(), in->time_field());
  }

  Flow push(PushIn& port, Log log) override {
    program_->select(log, clock().wall(), evaluation_);
    reject_failed(*this, port, log, evaluation_);
    Log kept = log.schema().is_changelog()                 ? keep_changes(log, flags(log))
               : evaluation_.selected.size() == log.rows() ? std::move(log)
                                                           : log.select(evaluation_.selected);
    if (kept.rows() == 0) return out_.wanted() ? Flow::kNext : Flow::kDone;
    return out_.emit(kept.as(out_.schema())) ? Flow::kNext : Flow::kDone;
  }

 private:
  std::span<const uint8_t> flags(const Log& log) {
    flags_.assign(log.rows(), 0);
    for (const uint32_t record : evaluation_.selected) flags_[record] = 1;
    return flags_;
  }

  PushIn in_{this, "in", "{...} changelog", "records"};
  PushOut out_{this, "out", "", "those for which the condition is true"};

  Arg<Expression> where_{this, "where", "the condition, a SQL expression over the fields"};

  std::optional<expr::Program> program_;
  expr::Evaluation evaluation_;
  std::vector<uint8_t> flags_;
};

}  // namespace

BLOX_ELEMENT(Filter);

}  // namespace blox
