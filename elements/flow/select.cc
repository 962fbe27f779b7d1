#include <algorithm>

#include "core/element/element.h"

namespace blox {
namespace {

class Select final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Keeps some fields, in the order given, or all but some.

The key and the event time stay declared where their fields stay; a changelog must keep its key.

Cost     nothing a record: columns are shared
Example  Counter(limit = 3) -> Map(square = "value * value") -> Select([square]) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  void check(Diagnostics& diagnostics) override {
    if (fields_->has_value() != except_->has_value()) return;
    diagnostics.add({Severity::kError,
                     "E0431",
                     fields_.span(),
                     "`Select` takes either `fields` or `except`",
                     {},
                     "Select([a, b]) keeps these, Select(except = [c]) keeps the others"});
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in || fields_->has_value() == except_->has_value()) return std::nullopt;
    if (!choose(*in, types)) return std::nullopt;
    std::vector<Field> fields;
    for (const size_t index : kept_) fields.push_back(in->at(index));
    const auto stays = [&](const std::string& name) {
      return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
    };
    const bool keeps_key = std::all_of(in->key().begin(), in->key().end(), stays);
    if (in->is_changelog() && !keeps_key) {
      types.error("E0506", fields_.span(), "`Select` would drop the key of a changelog", "keep its key fields");
      return std::nullopt;
    }
    return Schema(std::move(fields), keeps_key ? in->key() : std::vector<std::string>{}, in->mode(),
                  stays(in->time_field()) ? in->time_field() : "");
  }

  Flow push(PushIn&, Log log) override {
    return out_.emit(log.project(out_.schema(), kept_)) ? Flow::kNext : Flow::kDone;
  }

 private:
  bool choose(const Schema& in, Types& types) {
    kept_.clear();
    const FieldList& named = fields_->has_value() ? **fields_ : **except_;
    bool good = true;
    std::vector<size_t> indices;
    for (const FieldName& field : named.names) {
      const std::optional<size_t> index = in.find(field.name);
      if (!index) {
        const std::optional<std::string> near = nearest(field.name, in.names());
        types.error("E0501", field.span,
                    "`Select` needs the field `" + field.name + "`, which does not arrive" +
                        (near ? "; did you mean `" + *near + "`?" : ""));
        good = false;
      } else {
        indices.push_back(*index);
      }
    }
    if (fields_->has_value()) {
      kept_ = std::move(indices);
    } else {
      for (size_t i = 0; i < in.size(); ++i) {
        if (std::find(indices.begin(), indices.end(), i) == indices.end()) kept_.push_back(i);
      }
    }
    return good;
  }

  PushIn in_{this, "in", "{...} changelog", "records"};
  PushOut out_{this, "out", "", "the same with fewer fields"};

  Arg<std::optional<FieldList>> fields_{this, "fields", "the fields to keep, in this order"};
  Arg<std::optional<FieldList>> except_{this, "except", "the fields to drop"};

  std::vector<size_t> kept_;
};

}  // namespace

BLOX_ELEMENT(Select);

}  // namespace blox
