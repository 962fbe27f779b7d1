#include "dsl/formals.h"

#include <algorithm>
#include <optional>

#include "dsl/parameter_type.h"

namespace blox::dsl {
namespace {

class Binder {
 public:
  Binder(const Class& declared, const Scope& around, Evaluator& evaluator, Diagnostics& diagnostics,
         Environment& environment)
      : declared_(declared),
        around_(around),
        evaluator_(evaluator),
        diagnostics_(diagnostics),
        environment_(environment) {}

  bool run(const Call& call) {
    const std::vector<Parameter>& formals = declared_.formals;
    std::vector<const Item*> given(formals.size());
    size_t position = 0;
    for (const Item& item : call.args) place(item, position, given);
    for (size_t i = 0; i < formals.size(); ++i) {
      const Parameter& formal = formals[i];
      if (given[i] == nullptr && !formal.value) {
        refuse("E0404", call.class_name.span,
               "`" + declared_.name.text + "` needs the argument `" + formal.name.text + "`",
               {{"declared here", formal.name.span}});
        continue;
      }
      std::optional<Literal> value = value_of(formal, given[i]);
      if (value) {
        environment_.bind(formal.name.text, std::move(*value));
      } else {
        environment_.lose(formal.name.text);
        known_ = false;
      }
    }
    return known_;
  }

 private:
  void refuse(std::string_view code, Span span, std::string message, std::vector<Note> notes = {}) {
    report({Severity::kError, std::string(code), span, std::move(message), std::move(notes), {}}, around_.uses,
           diagnostics_);
    known_ = false;
  }

  // Finds the formal that an argument is for.
  void place(const Item& item, size_t& position, std::vector<const Item*>& given) {
    const std::vector<Parameter>& formals = declared_.formals;
    size_t index = position;
    if (item.key) {
      const auto same = [&](const Parameter& formal) { return formal.name.text == item.key->text; };
      index = static_cast<size_t>(std::find_if(formals.begin(), formals.end(), same) - formals.begin());
      if (index == formals.size()) {
        std::vector<std::string> names;
        for (const Parameter& formal : formals) names.push_back(formal.name.text);
        return refuse("E0401", item.key->span,
                      "`" + declared_.name.text + "` has no argument `" + item.key->text + "`" +
                          did_you_mean(item.key->text, names));
      }
    } else if (position++ >= formals.size()) {
      return refuse("E0430", item.value.span,
                    "`" + declared_.name.text + "` takes " + std::to_string(formals.size()) +
                        (formals.size() == 1 ? " argument" : " arguments") + ", and this is one more");
    }
    if (given[index] != nullptr) {
      return refuse("E0409", item.key ? item.key->span : item.value.span,
                    "the argument `" + formals[index].name.text + "` is given twice",
                    {{"first given here", given[index]->value.span}});
    }
    given[index] = &item;
  }

  std::optional<Literal> value_of(const Parameter& formal, const Item* given) {
    ParameterType type;
    if (formal.type) {
      std::optional<ParameterType> read = read_parameter_type(*formal.type, diagnostics_);
      if (!read) return std::nullopt;
      type = std::move(*read);
    }
    std::optional<Literal> value;
    if (formal.value && (given == nullptr || !formal.type)) {
      value = evaluator_.evaluate(*formal.value, environment_, around_.uses);
      if (!value) return std::nullopt;
      if (!formal.type) type = infer_parameter_type(*value);
    }
    if (given != nullptr) {
      value = evaluator_.evaluate(given->value, around_.environment, around_.uses);
      if (!value) return std::nullopt;
    }
    std::optional<Literal> typed = convert(*value, type);
    if (!typed) {
      refuse("E0402", value->span,
             "`" + formal.name.text + "` needs a value of the type `" + type.to_string() + "`, not " +
                 std::string(value->form_name()),
             given == nullptr ? std::vector<Note>{} : std::vector<Note>{{"declared here", formal.name.span}});
    }
    return typed;
  }

  const Class& declared_;
  const Scope& around_;
  Evaluator& evaluator_;
  Diagnostics& diagnostics_;
  Environment& environment_;
  bool known_ = true;
};

}  // namespace

bool bind_formals(const Class& declared, const Call& call, const Scope& around, Evaluator& evaluator,
                  Diagnostics& diagnostics, Environment& environment) {
  return Binder(declared, around, evaluator, diagnostics, environment).run(call);
}

}  // namespace blox::dsl
