#include "dsl/parameters.h"

#include <algorithm>
#include <unordered_map>

namespace blox::dsl {
namespace {

class Binder {
 public:
  Binder(const ResolverInput& input, Evaluator& evaluator, Environment& environment, Diagnostics& diagnostics)
      : input_(input), evaluator_(evaluator), environment_(environment), diagnostics_(diagnostics) {}

  std::vector<ParameterInfo> run() {
    collect();
    for (const std::string& name : input_.lost) environment_.lose(name);
    for (Entry& entry : entries_) bind(entry);
    std::vector<ParameterInfo> out;
    for (Entry& entry : entries_) {
      const Literal* value = environment_.find(entry.declared->name.text);
      out.push_back({entry.declared->name.text, entry.type, value == nullptr ? std::nullopt : std::optional(*value),
                     entry.declared->name.span});
    }
    return out;
  }

 private:
  enum class State : uint8_t { kWaiting, kBusy, kDone };
  struct Entry {
    const Parameter* declared = nullptr;
    const Assignment* assigned = nullptr;
    const ResolverInput::Set* set = nullptr;
    ParameterType type;
    State state = State::kWaiting;
  };

  void error(std::string_view code, Span span, std::string message, std::string fix = {},
             std::vector<Note> notes = {}) {
    diagnostics_.add({Severity::kError, std::string(code), span, std::move(message), std::move(notes), std::move(fix)});
  }

  void collect() {
    for (const GlobalStatement& global : input_.statements) {
      const auto* declared = std::get_if<Parameter>(&global.statement->what);
      if (declared == nullptr) continue;
      const auto [place, fresh] = by_name_.emplace(declared->name.text, entries_.size());
      if (!fresh) {
        error("E0204", declared->name.span, "the parameter `" + declared->name.text + "` is declared twice", {},
              {{"first declared here", entries_[place->second].declared->name.span}});
        continue;
      }
      entries_.push_back({declared, nullptr, nullptr, {}, State::kWaiting});
    }
    for (const GlobalStatement& global : input_.statements) {
      const auto* assigned = std::get_if<Assignment>(&global.statement->what);
      if (assigned == nullptr) continue;
      const Name& name = assigned->name;
      if (!global.in_main) {
        error("E0206", global.statement->span, "`set` belongs into the main file: an included file sets nothing",
              "make it the default of the parameter");
      }
      Entry* entry = find(name.text, name.span);
      if (entry == nullptr) continue;
      if (entry->assigned != nullptr) {
        error("E0204", name.span, "the parameter `" + name.text + "` is set twice", {},
              {{"first set here", entry->assigned->name.span}});
        continue;
      }
      entry->assigned = assigned;
    }
    for (const ResolverInput::Set& set : input_.set) {
      Entry* entry = find(set.name, set.span);
      if (entry != nullptr) entry->set = &set;
    }
  }

  Entry* find(const std::string& name, Span span) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) return &entries_[found->second];
    if (input_.names_lost) return nullptr;
    if (std::find(input_.lost.begin(), input_.lost.end(), name) != input_.lost.end()) return nullptr;
    std::vector<std::string> names;
    for (const Entry& entry : entries_) names.push_back(entry.declared->name.text);
    error("E0203", span, "unknown parameter `" + name + "`" + did_you_mean(name, names));
    return nullptr;
  }

  // Binds what this one refers to first.
  void bind(Entry& entry) {
    if (entry.state == State::kDone) return;
    const std::string& name = entry.declared->name.text;
    if (entry.state == State::kBusy) {
      error("E0208", entry.declared->name.span, "the parameter `" + name + "` needs its own value");
      environment_.lose(name);
      return;
    }
    if (depth_ == kMostDepth) {
      error("E0208", entry.declared->name.span, "these parameters need each other in a row that is too long");
      environment_.lose(name);
      entry.state = State::kDone;
      return;
    }
    entry.state = State::kBusy;
    ++depth_;
    std::optional<Literal> value = value_of(entry);
    --depth_;
    if (value) {
      environment_.bind(name, std::move(*value));
    } else {
      environment_.lose(name);
    }
    entry.state = State::kDone;
  }

  std::optional<Literal> value_of(Entry& entry) {
    const Parameter& declared = *entry.declared;
    std::optional<ParameterType> type;
    if (declared.type) {
      type = read_parameter_type(*declared.type, diagnostics_);
      if (!type) return std::nullopt;
      entry.type = *type;
    }
    std::optional<Literal> value;
    const bool needed = entry.set == nullptr || !declared.type;  // else the default has no say
    if (declared.value && needed) {
      value = evaluate(*declared.value);
      if (!value) return std::nullopt;
      if (!type) entry.type = infer_parameter_type(*value);
      if (!(value = typed(std::move(*value), entry.type, declared))) return std::nullopt;
    } else if (!type && !declared.value) {
      const std::string& name = declared.name.text;
      error("E0213", declared.name.span, "the parameter `" + name + "` has neither a type nor a default",
            "give it a type, as in `param " + name + ": string`, or a default");
      return std::nullopt;
    }
    if (entry.set != nullptr) {
      value = read_as(entry.set->value, entry.type);
      if (value) {
        value->span = entry.set->span;
        return value;
      }
      error("E0402", entry.set->span,
            "`" + declared.name.text + "` needs " + with_article(entry.type) + ", not `" + entry.set->value + "`");
      return std::nullopt;
    }
    if (entry.assigned != nullptr) {
      value = evaluate(entry.assigned->value);
      if (!value) return std::nullopt;
      return typed(std::move(*value), entry.type, declared);
    }
    if (!value) {
      error("E0213", declared.name.span, "the parameter `" + declared.name.text + "` has no value",
            "give one: `--set " + declared.name.text + "=…`, or a default");
    }
    return value;
  }

  static std::string with_article(const ParameterType& type) {
    const std::string name = type.to_string();
    if (type.kind == ParameterType::Kind::kAny) return name;
    if (type.kind == ParameterType::Kind::kList) return "a list of the type `" + name + "`";
    return (type.kind == ParameterType::Kind::kInt ? "an " : "a ") + name;
  }

  std::optional<Literal> typed(Literal value, const ParameterType& type, const Parameter& declared) {
    std::optional<Literal> out = convert(value, type);
    if (!out) {
      error("E0402", value.span,
            "`" + declared.name.text + "` needs " + with_article(type) + ", not " +
                (value.form == Literal::Form::kList ? "`" + value.shown() + "`" : std::string(value.form_name())));
    }
    return out;
  }

  std::optional<Literal> evaluate(const Value& value) {
    prepare(value);
    return evaluator_.evaluate(value, environment_, {});
  }

  void prepare(const Value& value) {
    const auto need = [&](const std::string& name) {
      const auto found = by_name_.find(name);
      if (found != by_name_.end()) bind(entries_[found->second]);
    };
    if (value.kind == Value::Kind::kParam) need(value.text);
    for (const Reference& reference : value.references) need(reference.name);
    for (const Item& item : value.items) prepare(item.value);
  }

  static constexpr size_t kMostDepth = 500;

  const ResolverInput& input_;
  Evaluator& evaluator_;
  Environment& environment_;
  Diagnostics& diagnostics_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> by_name_;
  size_t depth_ = 0;
};

}  // namespace

std::vector<ParameterInfo> bind_parameters(const ResolverInput& input, Evaluator& evaluator, Environment& environment,
                                           Diagnostics& diagnostics) {
  return Binder(input, evaluator, environment, diagnostics).run();
}

}  // namespace blox::dsl
