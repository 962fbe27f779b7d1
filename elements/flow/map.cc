#include <algorithm>

#include "elements/support/expression.h"

namespace blox {
namespace {

class Map final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Computes fields by SQL expressions.

Named arguments add fields, or replace those of the same name: `Map(total = "price * amount")`. One argument without a
name is a list as behind SELECT and says which fields there are at all: `Map("user, price * amount AS total")`. All
expressions see the record as it arrives. A record for which one of them cannot be computed goes to `errors`. Where a
field of the key, or the event time, is left out or computed anew, the stream has none any more; a changelog must keep
its key.

Cost     the expressions over whole columns; fields that stay are shared, not copied
Example  Counter(limit = 3) -> Map(square = "value * value", odd = "value % 2 = 1") -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  void check(Diagnostics& diagnostics) override {
    if (list_->has_value() == !named_.items().empty()) {
      diagnostics.add(
          {Severity::kError,
           "E0431",
           list_.span(),
           list_->has_value() ? "`Map` takes a list or named expressions, not both" : "`Map` has nothing to compute",
           {},
           "Map(total = \"price * amount\") adds a field, Map(\"a, b\") gives just these"});
    }
    require_expressions(named_, diagnostics);
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in || !compile(*in, types)) return std::nullopt;
    return lay_out(*in, types);
  }

  Flow push(PushIn& port, Log log) override {
    program_->evaluate(log, clock().wall(), evaluation_);
    reject_failed(*this, port, log, evaluation_);
    if (!evaluation_.errors.empty()) log = log.select(evaluation_.succeeded(log.rows()));
    if (log.rows() == 0) return out_.wanted() ? Flow::kNext : Flow::kDone;
    log = log.dense();  // the computed columns have one row a record
    std::vector<ColumnPtr> columns;
    columns.reserve(sources_.size());
    for (const Source& source : sources_) {
      columns.push_back(source.computed ? evaluation_.columns[source.index] : log.columns()[source.index]);
    }
    return out_.emit(log.with_columns(out_.schema(), std::move(columns))) ? Flow::kNext : Flow::kDone;
  }

 private:
  /// Where a field of the output comes from.
  struct Source {
    bool computed = false;
    size_t index = 0;  ///< output of the program, or field of the input
  };

  bool compile(const Schema& in, Types& types) {
    if (list_->has_value()) {
      expr::Compiled compiled = expr::Program::compile_targets((*list_)->text(), in, parameters_of(**list_));
      report(compiled.errors, **list_, 0, types);
      program_ = std::move(compiled.program);
    } else {
      program_ = compile_named(named_, in, types);
    }
    return program_.has_value();
  }

  // The fields of the output and their sources; keeps key and event time where their fields stay as they were.
  std::optional<Schema> lay_out(const Schema& in, Types& types) {
    std::vector<Field> fields;
    sources_.clear();
    if (!list_->has_value()) {
      fields = in.fields();
      for (size_t i = 0; i < in.size(); ++i) sources_.push_back({false, i});
    }
    std::vector<std::string> changed;
    const std::vector<expr::Output>& outputs = program_->outputs();
    for (size_t i = 0; i < outputs.size(); ++i) {
      const auto same = [&](const Field& field) { return field.name == outputs[i].name; };
      const auto known = std::find_if(fields.begin(), fields.end(), same);
      if (known == fields.end()) {
        fields.push_back({outputs[i].name, outputs[i].type});
        sources_.push_back({true, i});
      } else {
        known->type = outputs[i].type;
        sources_[static_cast<size_t>(known - fields.begin())] = {true, i};
      }
      if (!is_plain_field(i, in)) changed.push_back(outputs[i].name);
    }
    const auto stays = [&](const std::string& name) {
      const bool present = std::any_of(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
      return present && std::find(changed.begin(), changed.end(), name) == changed.end();
    };
    const bool keeps_key = std::all_of(in.key().begin(), in.key().end(), stays);
    if (in.is_changelog() && !keeps_key) {
      types.error("E0506", list_.span(), "`Map` would change the key of a changelog",
                  "keep its key fields as they are");
      return std::nullopt;
    }
    const std::string time_field = !in.time_field().empty() && stays(in.time_field()) ? in.time_field() : "";
    return Schema(std::move(fields), keeps_key ? in.key() : std::vector<std::string>{}, in.mode(), time_field);
  }

  // Whether an output of the list is a field as it arrives, under its own name.
  bool is_plain_field(size_t output, const Schema& in) const {
    if (!list_->has_value()) return false;
    return program_->plain_field(output) == in.find(program_->outputs()[output].name) &&
           program_->plain_field(output).has_value();
  }

  PushIn in_{this, "in", "{...} changelog", "records"};
  PushOut out_{this, "out", "", "records with the computed fields"};

  Arg<std::optional<Expression>> list_{this, "select", "the fields there are, as a list behind SELECT"};
  NamedArgs named_{this, "fields", "fields to add or replace, each a SQL expression"};

  std::optional<expr::Program> program_;
  std::vector<Source> sources_;
  expr::Evaluation evaluation_;
};

}  // namespace

BLOX_ELEMENT(Map);

}  // namespace blox
