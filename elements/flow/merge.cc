#include "core/element/element.h"

namespace blox {
namespace {

class Merge final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Makes one stream of several and says where each record came from.

The inputs are named by the connections, and their records must have the same fields. Without need for the origin, any
port takes several connections; where the fields differ, use `Union`. Its output ends once all inputs have ended, so what
is behind it can wait for the last of several.

Cost     one constant column a log
Order    of each input kept; whole logs of different inputs interleave
Example  Counter(limit = 2) -> [left] both :: Merge; Counter(limit = 2) -> [right] both; both -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    std::optional<Schema> common;
    for (size_t i = 0; i < ins_.size(); ++i) {
      const std::optional<Schema> in = types.of(ins_[i]);
      if (!in) return std::nullopt;
      if (!common) {
        common = in;
      } else if (!(common->fields() == in->fields())) {
        types.error("E0507", Span{},
                    "`Merge` needs the same fields at all inputs: `" + ins_[0].name() + "` has " + common->to_string() +
                        ", `" + ins_[i].name() + "` has " + in->to_string(),
                    "use `Union(missing = null)`");
        return std::nullopt;
      } else if (common->time_field() != in->time_field()) {
        common = common->with_time_field("");
      }
    }
    if (!common) return std::nullopt;
    std::vector<Field> fields = common->fields();
    if (common->find(*origin_)) {
      types.error("E0503", origin_.span(), "the field `" + *origin_ + "` arrives already", "choose another `origin`");
      return std::nullopt;
    }
    fields.push_back({*origin_, Kind::kString});
    return Schema(std::move(fields), {}, Mode::kAppend, common->time_field());
  }

  Flow push(PushIn& port, Log log) override {
    log = log.dense();
    std::vector<ColumnPtr> columns = log.columns();
    columns.push_back(constant_column(Kind::kString, Datum(port.name()), log.physical_rows()));
    return out_.emit(log.with_columns(out_.schema(), std::move(columns))) ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIns ins_{this, "{...}", "records"};
  PushOut out_{this, "out", "", "all of them, with the name of their input"};

  Arg<std::string> origin_{this, "origin", "the field that names the input", Default{std::string("origin")}};
};

}  // namespace

BLOX_ELEMENT(Merge);

}  // namespace blox
