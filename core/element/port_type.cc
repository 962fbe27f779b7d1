#include "core/element/port_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/element/describe.h"

namespace blox {
namespace {

/// A field that is asked for, with the place of the argument that named it.
struct Wanted {
  std::string name;
  std::optional<Type> type;
  Span span;
};

std::string label(std::string_view name, const std::optional<Type>& type) {
  return type ? fmt::format("`{}: {}`", quoted_name(name), type->to_string()) : fmt::format("`{}`", quoted_name(name));
}

const ArgBase& argument_of(const Element& element, std::string_view name) {
  for (const ArgBase* arg : element.args()) {
    if (arg->name() == name) return *arg;
  }
  const std::string bug = fmt::format("a port type of `{}` names `${}`", element.class_name(), name);
  check_failed(__FILE__, __LINE__, "the argument exists", bug.c_str());
}

FieldList fields_of(const Element& element, std::string_view argument) {
  std::optional<FieldList> fields = argument_of(element, argument).as_fields();
  if (!fields) {
    const std::string bug = fmt::format("`${}` of `{}` names no fields", argument, element.class_name());
    check_failed(__FILE__, __LINE__, "the argument names fields", bug.c_str());
  }
  return *std::move(fields);
}

Diagnostic problem(std::string_view code, Span span, std::string message) {
  return {Severity::kError, std::string(code), span, std::move(message), {}, {}};
}

// " at `left`" where the class has several ports of that kind.
std::string at_port(const Element& element, const Port& port) {
  size_t alike = 0;
  for (const Port* other : element.ports()) {
    alike +=
        other->direction() == port.direction() && other->kind() == port.kind() && other->name() != "errors" ? 1 : 0;
  }
  return alike > 1 ? fmt::format(" at `{}`", port.name()) : "";
}

// ---- what a port takes ----

std::string conversion_fix(const std::string& name, const Type& from, const Type& to) {
  if (fits(from.with_nullable(false), to)) {
    return fmt::format("put `Filter(\"{} IS NOT NULL\")` before it", name);
  }
  const bool scalar = from.is_word() || from.kind() == Kind::kString || from.kind() == Kind::kBool;
  const char* sql = to.kind() == Kind::kString  ? "text"
                    : to.kind() == Kind::kInt   ? "bigint"
                    : to.kind() == Kind::kFloat ? "float8"
                                                : nullptr;
  if (!scalar || sql == nullptr) return {};
  return fmt::format("put `Map({} = \"{}::{}\")` before it", name, name, sql);
}

class Taking {
 public:
  Taking(const Element& element, const Port& port, const Schema& arriving, Span where, Types& types)
      : element_(element), port_(port), arriving_(arriving), where_(where), types_(types) {}

  std::vector<Wanted> expand(const PortPattern& pattern, bool& open) const {
    std::vector<Wanted> out;
    for (const PortPattern::Item& item : pattern.items) {
      if (!item.is_argument) {
        out.push_back({item.name, item.type, {}});
        continue;
      }
      for (FieldName& field : fields_of(element_, item.name).names) {
        out.push_back({std::move(field.name), item.type, field.span});
      }
    }
    if (pattern.whole_argument.empty()) return out;
    const ArgBase& argument = argument_of(element_, pattern.whole_argument);
    if (std::optional<FieldList> fields = argument.as_fields()) {
      for (FieldName& field : fields->names) out.push_back({std::move(field.name), {}, field.span});
    } else if (const std::optional<Type> type = argument.as_type(); type && type->kind() == Kind::kStruct) {
      for (const Field& field : type->fields()) out.push_back({field.name, field.type, argument.span()});
    } else {
      open = true;  // not given: whatever arrives
    }
    return out;
  }

  bool check(const Wanted& wanted) const {
    const Span span = wanted.span.known() ? wanted.span : where_;
    const std::optional<size_t> index = arriving_.find(wanted.name);
    if (!index) {
      missing(wanted, span);
      return false;
    }
    const Type& type = arriving_.at(*index).type;
    if (!wanted.type || fits(type, *wanted.type)) return true;
    report(
        problem("E0502", span,
                fmt::format("`{}` needs the field {}{}, which arrives as `{}`", element_.class_name(),
                            label(wanted.name, wanted.type->with_nullable(wanted.type->nullable() && type.nullable())),
                            at_port(element_, port_), type.to_string()))
            .with_fix(conversion_fix(wanted.name, type, *wanted.type)));
    return false;
  }

  bool check_mode(bool changelog) const {
    if (changelog || !arriving_.is_changelog()) return true;
    report(problem("E0505", where_,
                   fmt::format("`{}` takes only append-only logs{}, and a changelog arrives", element_.class_name(),
                               at_port(element_, port_))));
    return false;
  }

  bool check_time() const {
    if (!arriving_.time_field().empty()) return true;
    std::string field = "ts";
    for (const Field& each : arriving_.fields()) {
      if (each.type == Type(Kind::kTime)) field = each.name;
    }
    const std::vector<Schema> writers = types_.writers(port_);
    const bool some =
        std::any_of(writers.begin(), writers.end(), [](const Schema& schema) { return !schema.time_field().empty(); });
    report(problem("E0516", where_,
                   fmt::format("`{}` needs watermarks{}, {}", element_.class_name(), at_port(element_, port_),
                               some ? "and not all that arrives has the same event time" : "which do not arrive"))
               .with_fix(fmt::format("put `Watermark(field = {}, delay = 10s)` before it", quoted_name(field))));
    return false;
  }

 private:
  void missing(const Wanted& wanted, Span span) const {
    const std::optional<std::string> near = nearest(wanted.name, arriving_.names());
    std::string fix;
    if (!near) {
      const std::optional<std::string> adds =
          class_that_adds(Registry::builtin(), wanted.name, wanted.type, element_.class_name());
      if (adds) fix = fmt::format("put `{}` before it: it adds `{}`", *adds, wanted.name);
    }
    // What takes T? takes T as well, and that is what people have.
    const std::optional<Type> plain = wanted.type ? std::optional(wanted.type->with_nullable(false)) : std::nullopt;
    report(problem("E0501", span,
                   fmt::format("`{}` needs the field {}{}, which does not arrive{}", element_.class_name(),
                               label(wanted.name, plain), at_port(element_, port_),
                               near ? "; did you mean `" + *near + "`?" : ""))
               .with_fix(std::move(fix)));
  }
  void report(Diagnostic diagnostic) const {
    types_.report(std::move(diagnostic).note("arrives: " + arriving_.to_string()));
  }

  const Element& element_;
  const Port& port_;
  const Schema& arriving_;
  Span where_;
  Types& types_;
};

// Key and event time of `from`, as far as `fields` still has them.
Schema inherit(std::vector<Field> fields, const Schema& from, bool with_key, Mode mode) {
  const auto has = [&fields](const std::string& name) {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
  };
  const bool keyed = with_key && std::all_of(from.key().begin(), from.key().end(), has);
  const bool timed = !from.time_field().empty() && std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return field.name == from.time_field() && !field.type.nullable();
  });
  std::vector<std::string> key = keyed ? from.key() : std::vector<std::string>();
  std::string time = timed ? from.time_field() : std::string();
  return Schema(std::move(fields), std::move(key), mode, std::move(time));
}

// ---- what a port gives ----

class Giving {
 public:
  Giving(const Element& element, Span where, Types& types) : element_(element), where_(where), types_(types) {}

  std::vector<Field> fields;
  std::optional<Schema> base;  ///< of the first port term
  bool grown = false;          ///< `+` has added fields

  /// Whether `+!` has put something else where this field was.
  bool replaced(std::string_view name) const {
    return std::find(replaced_.begin(), replaced_.end(), name) != replaced_.end();
  }

  /// False where a type is lost or an error was reported.
  bool add(const PortFormula::Term& term, bool first) {
    std::vector<Wanted> operand;
    if (!read(term, operand)) return false;
    if (!first && term.op == '+') grown = true;
    if (term.op == '&') return project(operand);
    for (Wanted& item : operand) {
      if (!(term.op == '-' ? remove(item) : put(item, term.op == '!'))) return false;
    }
    return true;
  }

  /// Fields and arguments by name, as names of fields that are there.
  bool names_of(const std::vector<std::string>& names, std::string_view role, std::vector<std::string>& out) {
    for (const std::string& name : names) {
      std::vector<Wanted> wanted;
      expand(name, {}, wanted);
      for (Wanted& item : wanted) {
        if (find(item.name) == nullptr) {
          return complain("E0504", item,
                          fmt::format("makes the field `{}` {}, which it does not give", item.name, role));
        }
        out.push_back(std::move(item.name));
      }
    }
    return true;
  }

  const Field* find(std::string_view name) const {
    for (const Field& field : fields) {
      if (field.name == name) return &field;
    }
    return nullptr;
  }

  bool complain(std::string_view code, const Wanted& item, std::string_view what) {
    Diagnostic out =
        problem(code, item.span.known() ? item.span : where_, fmt::format("`{}` {}", element_.class_name(), what));
    if (base) out.notes.push_back({"arrives: " + base->to_string(), {}});
    if (code == "E0503") out.fix = fmt::format("rename or remove `{}` before it", item.name);
    types_.report(std::move(out));
    return false;
  }

 private:
  bool read(const PortFormula::Term& term, std::vector<Wanted>& out) {
    using Kind = PortFormula::Term::Kind;
    if (term.kind == Kind::kRecord) {
      for (const Field& field : term.fields) expand(field.name, field.type, out);
      return true;
    }
    if (term.kind == Kind::kArgument) return read_argument(term, out);
    const Port* port = element_.find_port(term.name, Direction::kIn);
    if (port == nullptr) port = element_.find_port(term.name, Direction::kOut);
    BLOX_CHECK(port != nullptr, "a port type names a port that the class does not have");
    const std::optional<Schema> schema = types_.of(*port);
    if (!schema) return false;
    if (!base) base = schema;
    for (const Field& field : schema->fields()) {
      out.push_back({field.name, term.nullable ? field.type.with_nullable(true) : field.type, {}});
    }
    return true;
  }

  bool read_argument(const PortFormula::Term& term, std::vector<Wanted>& out) {
    const ArgBase& argument = argument_of(element_, term.name);
    if (const std::optional<Type> type = argument.as_type(); type && type->kind() == blox::Kind::kStruct) {
      for (const Field& field : type->fields()) out.push_back({field.name, field.type, argument.span()});
      return true;
    }
    expand("$" + term.name, {}, out);
    if (term.op == '-' || term.op == '&') return true;
    for (Wanted& item : out) {
      if (!find_arriving(item)) return false;
    }
    return true;
  }

  // The type with which a field arrives at any of the inputs. Reports nothing where one of them is lost.
  bool find_arriving(Wanted& item) {
    for (const Port* port : element_.ports()) {
      if (port->direction() != Direction::kIn) continue;
      const std::optional<Schema> schema = types_.of(*port);
      if (!schema) return false;
      if (const std::optional<size_t> index = schema->find(item.name)) {
        item.type = schema->at(*index).type;
        return true;
      }
    }
    return complain("E0504", item, fmt::format("takes over the field `{}`, which does not arrive", item.name));
  }

  void expand(const std::string& name, const std::optional<Type>& type, std::vector<Wanted>& out) const {
    if (!name.starts_with('$')) {
      out.push_back({name, type, {}});
      return;
    }
    for (FieldName& field : fields_of(element_, std::string_view(name).substr(1)).names) {
      out.push_back({std::move(field.name), type, field.span});
    }
  }

  bool put(Wanted& item, bool replace) {
    for (Field& field : fields) {
      if (field.name != item.name) continue;
      if (!replace)
        return complain("E0503", item, fmt::format("adds the field `{}`, which is there already", item.name));
      field.type = *item.type;
      replaced_.push_back(item.name);
      return true;
    }
    fields.push_back({std::move(item.name), *item.type});
    return true;
  }

  bool remove(const Wanted& item) {
    const auto at = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == item.name; });
    if (at == fields.end()) {
      return complain("E0504", item, fmt::format("removes the field `{}`, which does not arrive", item.name));
    }
    fields.erase(at);
    return true;
  }

  bool project(const std::vector<Wanted>& operand) {
    std::vector<Field> kept;
    for (const Wanted& item : operand) {
      const Field* field = find(item.name);
      if (field == nullptr) {
        return complain("E0504", item, fmt::format("picks the field `{}`, which does not arrive", item.name));
      }
      kept.push_back(*field);
    }
    fields = std::move(kept);
    return true;
  }

  const Element& element_;
  Span where_;
  Types& types_;
  std::vector<std::string> replaced_;
};

}  // namespace

std::optional<Schema> PortPattern::apply(const Element& element, const Port& port, const Schema& arriving, Span where,
                                         Types& types) const {
  const Taking taking(element, port, arriving, where, types);
  bool lets_through = open;
  const std::vector<Wanted> wanted = taking.expand(*this, lets_through);
  bool good = taking.check_mode(changelog);
  if (time) good = taking.check_time() && good;
  for (const Wanted& item : wanted) good = taking.check(item) && good;
  if (!good) return std::nullopt;

  std::vector<Field> fields;
  for (const Field& field : arriving.fields()) {
    const auto item = std::find_if(wanted.begin(), wanted.end(), [&](const Wanted& w) { return w.name == field.name; });
    if (item == wanted.end() && !lets_through) continue;
    fields.push_back(field);
    if (item != wanted.end() && item->type && item->type->kind() == Kind::kFloat && field.type.kind() == Kind::kInt) {
      fields.back().type = Type(Kind::kFloat, field.type.nullable());
    }
  }
  return inherit(std::move(fields), arriving, true, arriving.mode());
}

std::optional<Schema> PortFormula::apply(const Element& element, const Port&, Span where, Types& types) const {
  Giving giving(element, where, types);
  for (size_t i = 0; i < terms.size(); ++i) {
    if (!giving.add(terms[i], i == 0)) return std::nullopt;
  }
  std::vector<std::string> key_fields, time_fields;
  if (key && !giving.names_of(*key, "its key", key_fields)) return std::nullopt;
  const bool names_time = time_field && !time_field->empty();
  if (names_time && !giving.names_of({*time_field}, "its event time", time_fields)) return std::nullopt;
  if (!time_fields.empty() && giving.find(time_fields[0])->type != Type(Kind::kTime)) {
    giving.complain("E0502", {time_fields[0], {}, {}},
                    fmt::format("makes the field `{}` its event time, which is no `time`", time_fields[0]));
    return std::nullopt;
  }
  const Schema base = giving.base.value_or(Schema());
  const Mode result_mode = mode.value_or(base.mode());
  const bool keeps_key = result_mode != Mode::kAppend || !giving.grown;
  Schema out = inherit(std::move(giving.fields), base, keeps_key && !key, result_mode);
  if (key) out = out.with_key(std::move(key_fields));
  const bool changed = giving.replaced(base.time_field());
  if (time_field || changed) out = out.with_time_field(time_fields.empty() ? "" : time_fields[0]);
  return out;
}

}  // namespace blox
