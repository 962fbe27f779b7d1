#include <algorithm>
#include <array>

#include "core/data/builder.h"
#include "elements/support/expression.h"

namespace blox {
namespace {

constexpr uint32_t kRowsPerLog = 1024;
constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kGatherNs = 1'000'000;  // at high rates the records of a millisecond share a log
constexpr std::array<const char*, 3> kRandoms{"random", "random2", "random3"};

// The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

class Generate final : public Element {
 public:
  static constexpr const char* kDoc = R"doc(
Makes records out of nothing, each field an SQL expression: test data for any schema, or a tick.

The expressions may use `n`, the number of the record from 0 on, and the random numbers `random`, `random2`, `random3`
in [0, 1). Every field has random numbers of its own, so that fields do not depend on each other, and the same seed
gives the same ones again. For a field that depends on another one put a `Map` behind.

With `every` or `rate` records come at their times: `Generate(every = 1s, time = "now()")` is a clock. A source that was
held up by its readers catches up, but never with more than a second's records. A record for which an expression cannot
be computed goes to `errors`.

Owns     the number of the next record: random numbers are computed from it
Bounds   logs of at most 1,024 records; with a rate, the records of a millisecond
Cost     the expressions over whole columns
Example  Generate(limit = 3, id = "n", user = "'user' || floor(random * 10)::int", paid = "random < 0.5") -> Print;
)doc";

  void check(Diagnostics& diagnostics) override {
    if (fields_.items().empty()) {
      diagnostics.add({Severity::kError,
                       "E0404",
                       fields_.span(),
                       "`Generate` has no field to make",
                       {},
                       "Generate(id = \"n\") gives records {id: int}"});
    }
    if (rate_->has_value() && every_->has_value()) {
      diagnostics.error("E0409", every_.span(), "`rate` and `every` say the same thing: give one of them");
    }
    require_expressions(fields_, diagnostics);
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    makers_.clear();
    std::vector<Field> fields;
    bool good = true;
    for (const NamedArgs::Item& item : fields_.items()) {
      if (item.value.form != Literal::Form::kString) return std::nullopt;  // reported by check()
      const Expression expression{item.value};
      const expr::Named named{item.name, item.value.raw};
      expr::Compiled compiled = expr::Program::compile_list({&named, 1}, given_schema(), parameters_of(expression));
      report(compiled.errors, expression, 0, types);
      good = good && compiled;
      if (!good) continue;
      fields.push_back({item.name, compiled.program->type()});
      makers_.push_back({std::move(*compiled.program), {}});
    }
    if (!good || fields.empty()) return std::nullopt;
    return Schema(std::move(fields));
  }

  Supply produce() override {
    const int64_t now = clock().steady_ns();
    const int64_t rows = std::min<int64_t>({kRowsPerLog, due_by(now), limit_->value_or(INT64_MAX) - *next_});
    if (rows > 0 && !give(static_cast<uint32_t>(rows))) return Supply::end();
    if (*next_ >= limit_->value_or(INT64_MAX)) return Supply::end();
    if (!timed() || due_by(now) > 0) return Supply::more();
    const int64_t gathered = std::max<int64_t>(1, static_cast<int64_t>(kGatherNs * per_second() / kSecondNs));
    return Supply::at(due_at(*next_ + gathered - 1));
  }

 private:
  struct Maker {
    expr::Program program;
    expr::Evaluation evaluation;
  };

  static Schema given_schema() {
    std::vector<Field> fields{{"n", Kind::kInt}};
    for (const char* name : kRandoms) fields.push_back({name, Kind::kFloat});
    return Schema(std::move(fields));
  }

  bool timed() const { return rate_->has_value() || every_->has_value(); }
  double per_second() const {
    return rate_->has_value() ? static_cast<double>(**rate_) : 1e6 / static_cast<double>((*every_)->micros);
  }
  int64_t due_at(int64_t number) const {
    const double behind = static_cast<double>(number - first_) / per_second();
    return started_ns_ + static_cast<int64_t>(behind * static_cast<double>(kSecondNs));
  }

  // How many records are due. The first one is due at once.
  int64_t due_by(int64_t now) {
    if (!timed()) return INT64_MAX;
    const int64_t most_late = std::max(kSecondNs, static_cast<int64_t>(2e9 / per_second()));
    if (!started_ || now - due_at(*next_) > most_late) {
      started_ns_ = started_ ? now - kSecondNs : now;
      started_ = true;
      first_ = *next_;
    }
    const int64_t ahead = now - due_at(*next_);
    return ahead < 0 ? 0 : 1 + static_cast<int64_t>(static_cast<double>(ahead) * per_second() / kSecondNs);
  }

  // What the expressions of one field may use, for the next `rows` records.
  Log given(size_t field, uint32_t rows) const {
    const std::vector<size_t>& read = makers_[field].program.fields();
    std::vector<ColumnPtr> columns;
    for (size_t i = 0; i <= kRandoms.size(); ++i) {
      if (std::find(read.begin(), read.end(), i) == read.end()) {
        columns.push_back(i == 0 ? constant_column(Kind::kInt, 0, rows) : constant_column(Kind::kFloat, 0.0, rows));
        continue;
      }
      ColumnBuilder column(i == 0 ? Kind::kInt : Kind::kFloat);
      column.reserve(rows);
      const uint64_t stream = mix(static_cast<uint64_t>(*seed_) + 0x9E3779B97F4A7C15u * (field * kRandoms.size() + i));
      for (int64_t n = *next_; n < *next_ + rows; ++n) {
        if (i == 0) {
          column.append_int(n);
        } else {  // the upper 53 bits as a number in [0, 1)
          const uint64_t bits = mix(stream + 0x9E3779B97F4A7C15u * (static_cast<uint64_t>(n) + 1));
          column.append_float(static_cast<double>(bits >> 11) * 0x1p-53);
        }
      }
      columns.push_back(column.finish());
    }
    return Log::make(given_schema(), std::move(columns), rows, clock().wall());
  }

  bool give(uint32_t rows) {
    const Micros now = clock().wall();
    std::vector<Log> given_logs;
    std::vector<uint8_t> failed(rows, 0);
    for (size_t i = 0; i < makers_.size(); ++i) {
      given_logs.push_back(given(i, rows));
      makers_[i].program.evaluate(given_logs[i], now, makers_[i].evaluation);
      for (const expr::RowError& error : makers_[i].evaluation.errors) {
        if (failed[error.record] == 0) {
          reject_input("out", error.code, out_.schema().at(i).name + ": " + error.message,
                       "n = " + std::to_string(*next_ + error.record));
        }
        failed[error.record] = 1;
      }
    }
    *next_ += rows;
    std::vector<uint32_t> good;
    for (uint32_t i = 0; i < rows; ++i) {
      if (failed[i] == 0) good.push_back(i);
    }
    std::vector<ColumnPtr> columns;
    for (size_t i = 0; i < makers_.size(); ++i) {
      // Computed once more without the records that failed in any field, so that all columns have the same rows.
      if (good.size() < rows) makers_[i].program.evaluate(given_logs[i].select(good), now, makers_[i].evaluation);
      columns.push_back(makers_[i].evaluation.columns[0]);
    }
    if (good.empty()) return out_.wanted();
    return out_.emit(Log::make(out_.schema(), std::move(columns), static_cast<uint32_t>(good.size()), now));
  }

  PushOut out_{this, "out", "", "the records"};

  Arg<std::optional<int64_t>> limit_{this, "limit", "how many records; without it there is no end", AtLeast{0}};
  Arg<std::optional<int64_t>> rate_{this, "rate", "records a second; without it as fast as they are taken",
                                    Between{1, 1'000'000'000}};
  Arg<std::optional<Duration>> every_{this, "every", "time between two records, instead of `rate`", AtLeast{1}};
  Arg<int64_t> seed_{this, "seed", "another seed gives other random numbers", Default{int64_t{1}}};
  NamedArgs fields_{this, "fields", "the fields, each an SQL expression over `n`, `random`, `random2`, `random3`"};

  Value<int64_t> next_{this, "next", Version{1}};

  std::vector<Maker> makers_;  // one a field
  bool started_ = false;
  int64_t started_ns_ = 0;  // when record `first_` was due
  int64_t first_ = 0;
};

}  // namespace

BLOX_ELEMENT(Generate);

}  // namespace blox
