#include <algorithm>

#include "core/element/element.h"

namespace blox {
namespace {

enum class Missing : uint8_t { kError, kNull };
BLOX_ARG_ENUM(Missing, {"error", Missing::kError}, {"null", Missing::kNull});

class Union final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Makes one stream of several whose records differ.

The inputs are named by the connections. The result has every field that occurs at one of them, in the order of first
occurrence. With `missing = null` a field that an input lacks is null in its records; without, that is an error.
A field must have the same type wherever it occurs, but for null.

Cost     nothing a record: columns are shared, missing ones are constants
Order    of each input kept; whole logs of different inputs interleave
Example  Counter(limit = 2) -> [a] all :: Union(missing = null); Counter(limit = 2) -> Map("value AS n") -> [b] all; all -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    std::vector<Schema> arriving;
    for (size_t i = 0; i < ins_.size(); ++i) {
      const std::optional<Schema> in = types.of(ins_[i]);
      if (!in) return std::nullopt;
      arriving.push_back(*in);
    }
    std::vector<Field> fields;
    for (const Schema& in : arriving) {
      if (!add_fields(in, fields, types)) return std::nullopt;
    }
    for (size_t i = 0; i < arriving.size(); ++i) {
      for (Field& field : fields) {
        if (arriving[i].find(field.name)) continue;
        if (*missing_ == Missing::kError) {
          types.error("E0507", missing_.span(),
                      "the input `" + ins_[i].name() + "` lacks the field `" + field.name + "`",
                      "Union(missing = null)");
          return std::nullopt;
        }
        field.type = field.type.with_nullable(true);
      }
    }
    if (arriving.empty()) return std::nullopt;
    Schema out(std::move(fields));
    const std::string& time = arriving[0].time_field();
    const bool timed =
        !time.empty() && out.at(*out.find(time)).type == Type(Kind::kTime) &&
        std::all_of(arriving.begin(), arriving.end(), [&](const Schema& in) { return in.time_field() == time; });
    return timed ? out.with_time_field(time) : out;
  }

  Status open() override {
    sources_.resize(ins_.size());
    for (size_t i = 0; i < ins_.size(); ++i) {
      sources_[i].clear();
      for (const Field& field : out_.schema().fields()) sources_[i].push_back(ins_[i].schema().find(field.name));
    }
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    std::vector<ColumnPtr> columns;
    const std::vector<std::optional<size_t>>& sources = sources_[ins_.index_of(port)];
    columns.reserve(sources.size());
    for (size_t i = 0; i < sources.size(); ++i) {
      const Type& type = out_.schema().at(i).type;
      columns.push_back(sources[i] ? retyped(log.columns()[*sources[i]], type)
                                   : constant_column(type, Datum(), log.physical_rows()));
    }
    return out_.emit(log.with_columns(out_.schema(), std::move(columns))) ? Flow::kNext : Flow::kDone;
  }

 private:
  // Adds the fields of one input to those known so far.
  bool add_fields(const Schema& in, std::vector<Field>& fields, Types& types) {
    for (const Field& field : in.fields()) {
      const auto known =
          std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == field.name; });
      if (known == fields.end()) {
        fields.push_back(field);
        continue;
      }
      const std::optional<Type> common = meet(known->type, field.type);
      if (!common) {
        types.error("E0502", Span{},
                    "the field `" + field.name + "` is " + known->type.to_string() + " at one input of `Union` and " +
                        field.type.to_string() + " at another",
                    cast_of(field.name, *known, field));
        return false;
      }
      known->type = *common;
    }
    return true;
  }

  static std::string cast_of(const std::string& name, const Field& one, const Field& other) {
    const auto is = [&](Kind a, Kind b) { return one.type.kind() == a && other.type.kind() == b; };
    const bool numbers = is(Kind::kInt, Kind::kFloat) || is(Kind::kFloat, Kind::kInt);
    return (numbers ? "cast the int: Map(" : "cast one of them: Map(") + quoted_name(name) + " = \"" + name +
           (numbers ? "::float" : "::text") + "\")";
  }

  PushIns ins_{this, "{...}", "records"};
  PushOut out_{this, "out", "", "all of them"};

  Arg<Missing> missing_{this, "missing", "what a field is that an input lacks", Default{Missing::kError}};

  std::vector<std::vector<std::optional<size_t>>> sources_;  // by input, then by field of the output
};

}  // namespace

BLOX_ELEMENT(Union);

}  // namespace blox
