#include "core/element/arg.h"

#include <fmt/format.h>

#include <utility>

#include "core/element/element.h"

namespace blox {
namespace {

using Form = Literal::Form;

Literal literal_of(Form form, int64_t integer) {
  Literal out;
  out.form = form;
  out.integer = integer;
  return out;
}

constexpr Kind kWordKinds[] = {Kind::kBool,  Kind::kInt,  Kind::kFloat, Kind::kString,
                               Kind::kBytes, Kind::kTime, Kind::kAny};

std::optional<Type> type_of_word(const Literal& literal, ArgContext& context) {
  std::vector<std::string> words;
  for (const Kind kind : kWordKinds) {
    if (literal.text == kind_name(kind)) return Type(kind);
    words.emplace_back(kind_name(kind));
  }
  const bool hidden = literal.hidden() != Literal::Origin::kWritten;
  const std::optional<std::string> near = hidden ? std::nullopt : nearest(literal.text, words);
  context.error("E0402", literal.span,
                fmt::format("`{}`: there is no type `{}`{}", context.argument(), hidden ? literal.shown() : literal.text,
                            near ? "; did you mean `" + *near + "`?" : ""),
                "the types are bool int float string bytes time any, [T] and {name: T}");
  return std::nullopt;
}

// The type that a value of data has by itself.
Type type_of_datum(const Datum& datum) {
  if (datum.get_if<bool>() != nullptr) return Kind::kBool;
  if (datum.get_if<int64_t>() != nullptr) return Kind::kInt;
  if (datum.get_if<double>() != nullptr) return Kind::kFloat;
  if (datum.get_if<std::string>() != nullptr) return Kind::kString;
  if (datum.get_if<Datum::Bytes>() != nullptr) return Kind::kBytes;
  if (datum.get_if<Datum::Time>() != nullptr) return Kind::kTime;
  if (const auto* list = datum.get_if<Datum::List>()) {
    return Type::list_of(list->empty() ? Type(Kind::kAny) : type_of_datum(list->front()));
  }
  if (const auto* record = datum.get_if<Datum::Struct>()) {
    std::vector<Field> fields;
    for (const auto& [name, value] : *record) fields.push_back({name, type_of_datum(value)});
    return Type::struct_of(std::move(fields));
  }
  return Type(Kind::kAny, true);
}

std::string found_text(const Literal& literal) {
  constexpr size_t kLongestShown = 40;
  const std::string text = literal.shown();
  const bool shown = literal.form != Form::kNull && text.size() <= kLongestShown;
  return shown ? fmt::format("{} `{}`", literal.form_name(), text) : std::string(literal.form_name());
}

}  // namespace

std::vector<std::string> FieldList::strings() const {
  std::vector<std::string> out;
  for (const FieldName& field : names) out.push_back(field.name);
  return out;
}

void ArgContext::ill_typed(const Literal& found, std::string_view wanted) {
  error("E0402", found.span, fmt::format("`{}` needs {}, not {}", argument_, wanted, found_text(found)));
}

void ArgContext::error(std::string_view code, Span span, std::string message, std::string fix) {
  diagnostics_.add({Severity::kError, std::string(code), span, std::move(message), {}, std::move(fix)});
}

std::string ArgContext::resolve_path(std::string_view path) const {
  if (folder_.empty() || path.starts_with('/')) return std::string(path);
  return folder_ + (folder_.ends_with('/') ? "" : "/") + std::string(path);
}

std::string choice_names(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, "|")); }

void report_out_of_range(const Literal& literal, ArgContext& context, int64_t low, int64_t high) {
  const bool unit = literal.form == Form::kDuration || literal.form == Form::kSize;
  const auto print = [&](int64_t value) { return literal_of(unit ? literal.form : Form::kInt, value).to_string(); };
  const std::string wanted = low == std::numeric_limits<int64_t>::min()    ? "at most " + print(high)
                             : high == std::numeric_limits<int64_t>::max() ? "at least " + print(low)
                                                                           : print(low) + " to " + print(high);
  context.error("E0403", literal.span,
                fmt::format("`{}` must be {}, not `{}`", context.argument(), wanted, literal.shown()));
}

void report_empty(const Literal& literal, ArgContext& context) {
  const bool list = literal.form == Form::kList;
  context.error("E0403", literal.span,
                fmt::format("`{}` must not be empty{}", context.argument(), list ? ": it needs at least one item" : ""));
}

void report_no_choice(const Literal& literal, ArgContext& context, const std::vector<std::string>& words) {
  if (literal.form != Form::kName && literal.form != Form::kString) {
    context.ill_typed(literal, "one of " + choice_names(words));
    return;
  }
  const bool hidden = literal.hidden() != Literal::Origin::kWritten;
  const std::optional<std::string> near = hidden ? std::nullopt : nearest(literal.text, words);
  context.error("E0402", literal.span,
                fmt::format("`{}` needs one of {}, not `{}`{}", context.argument(), choice_names(words),
                            hidden ? literal.shown() : literal.text,
                            near ? "; did you mean `" + *near + "`?" : ""));
}

bool report_unless_one_of(const std::string& word, const std::vector<std::string>& words, const Literal& literal,
                          ArgContext& context) {
  for (const std::string& known : words) {
    if (word == known) return true;
  }
  report_no_choice(literal, context, words);
  return false;
}

// ---- the types ----

std::string ArgTraits<bool>::type_name() { return "bool"; }
std::optional<bool> ArgTraits<bool>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Form::kBool) return literal.integer != 0;
  context.ill_typed(literal, "true or false");
  return std::nullopt;
}
std::string ArgTraits<bool>::print(const bool& value) { return value ? "true" : "false"; }

std::string ArgTraits<int64_t>::type_name() { return "int"; }
std::optional<int64_t> ArgTraits<int64_t>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Form::kInt) return literal.integer;
  context.ill_typed(literal, "an int");
  return std::nullopt;
}
std::string ArgTraits<int64_t>::print(const int64_t& value) { return fmt::format("{}", value); }

std::string ArgTraits<double>::type_name() { return "float"; }
std::optional<double> ArgTraits<double>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Form::kFloat) return literal.real;
  if (literal.form == Form::kInt) return static_cast<double>(literal.integer);
  context.ill_typed(literal, "a number");
  return std::nullopt;
}
std::string ArgTraits<double>::print(const double& value) {
  Literal literal = literal_of(Form::kFloat, 0);
  literal.real = value;
  return literal.to_string();
}

std::string ArgTraits<std::string>::type_name() { return "string"; }
std::optional<std::string> ArgTraits<std::string>::parse(const Literal& literal, ArgContext& context) {
  // A bare word reads well where a string is one of a few (`emit = end`).
  if (literal.form == Form::kString || literal.form == Form::kName) return literal.text;
  context.ill_typed(literal, "a string");
  return std::nullopt;
}
std::string ArgTraits<std::string>::print(const std::string& value) { return Literal::of(value).to_string(); }

std::string ArgTraits<Duration>::type_name() { return "duration"; }
std::optional<Duration> ArgTraits<Duration>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Form::kDuration || (literal.form == Form::kInt && literal.integer == 0)) {
    return Duration{literal.integer};
  }
  context.ill_typed(literal, "a duration such as `10s`");
  return std::nullopt;
}
std::string ArgTraits<Duration>::print(const Duration& value) {
  return literal_of(Form::kDuration, value.micros).to_string();
}

std::string ArgTraits<Size>::type_name() { return "size"; }
std::optional<Size> ArgTraits<Size>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Form::kSize || literal.form == Form::kInt) return Size{literal.integer};
  context.ill_typed(literal, "a size such as `64KiB`");
  return std::nullopt;
}
std::string ArgTraits<Size>::print(const Size& value) { return literal_of(Form::kSize, value.bytes).to_string(); }

std::string ArgTraits<Share>::type_name() { return "share"; }
std::optional<Share> ArgTraits<Share>::parse(const Literal& literal, ArgContext& context) {
  double fraction = literal.real;
  if (literal.form == Form::kInt) {
    fraction = static_cast<double>(literal.integer);
  } else if (literal.form != Form::kShare && literal.form != Form::kFloat) {
    context.ill_typed(literal, "a share such as `1%`");
    return std::nullopt;
  }
  if (!(fraction >= 0 && fraction <= 1)) {
    context.error("E0403", literal.span,
                  fmt::format("`{}` must be 0% to 100%, not `{}`", context.argument(), literal.shown()));
    return std::nullopt;
  }
  return Share{fraction};
}
std::string ArgTraits<Share>::print(const Share& value) {
  Literal literal = literal_of(Form::kShare, 0);
  literal.real = value.fraction;
  return literal.to_string();
}

std::string ArgTraits<Range>::type_name() { return "range"; }
std::optional<Range> ArgTraits<Range>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Form::kInt) return Range{literal.integer, literal.integer};
  if (literal.form != Form::kRange) {
    context.ill_typed(literal, "a range such as `1..8`");
    return std::nullopt;
  }
  if (literal.integer > literal.upper) {
    context.error("E0403", literal.span,
                  fmt::format("the range `{}` of `{}` is empty", literal.shown(), context.argument()),
                  fmt::format("turn it round: {}..{}", literal.upper, literal.integer));
    return std::nullopt;
  }
  return Range{literal.integer, literal.upper};
}
std::string ArgTraits<Range>::print(const Range& value) { return fmt::format("{}..{}", value.low, value.high); }

std::string ArgTraits<FieldName>::type_name() { return "field"; }
std::optional<FieldName> ArgTraits<FieldName>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Form::kName || (literal.form == Form::kString && !literal.text.empty())) {
    return FieldName{literal.text, literal.span};
  }
  context.ill_typed(literal, "the name of a field");
  return std::nullopt;
}
std::string ArgTraits<FieldName>::print(const FieldName& value) { return quoted_name(value.name); }

std::string ArgTraits<FieldList>::type_name() { return "[field]"; }
std::optional<FieldList> ArgTraits<FieldList>::parse(const Literal& literal, ArgContext& context) {
  std::optional<std::vector<FieldName>> names = ArgTraits<std::vector<FieldName>>::parse(literal, context);
  if (!names) return std::nullopt;
  for (size_t i = 0; i < names->size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if ((*names)[i].name != (*names)[j].name) continue;
      context.error("E0403", (*names)[i].span,
                    fmt::format("`{}` names the field `{}` twice", context.argument(), (*names)[i].name));
      return std::nullopt;
    }
  }
  return FieldList{*std::move(names)};
}
std::string ArgTraits<FieldList>::print(const FieldList& value) {
  return ArgTraits<std::vector<FieldName>>::print(value.names);
}

std::string ArgTraits<Type>::type_name() { return "type"; }
std::optional<Type> ArgTraits<Type>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Form::kName) {
    const std::optional<Type> word = type_of_word(literal, context);
    return word ? std::optional(word->with_nullable(literal.nullable)) : std::nullopt;
  }
  if (literal.form == Form::kList && literal.items.size() == 1) {
    const std::optional<Type> item = parse(literal.items[0], context);
    return item ? std::optional(Type::list_of(*item, literal.nullable)) : std::nullopt;
  }
  if (literal.form == Form::kMap) {
    std::vector<Field> fields;
    for (size_t i = 0; i < literal.items.size(); ++i) {
      const std::optional<Type> type = parse(literal.items[i], context);
      if (!type) return std::nullopt;
      for (const Field& field : fields) {
        if (field.name != literal.keys[i]) continue;
        context.error("E0402", literal.items[i].span,
                      fmt::format("`{}` has the field `{}` twice", context.argument(), field.name));
        return std::nullopt;
      }
      fields.push_back({literal.keys[i], *type});
    }
    return Type::struct_of(std::move(fields), literal.nullable);
  }
  if (literal.form == Form::kString) {
    Result<Type> type = Type::parse(literal.text);
    if (type.is_ok()) return *type;
    const bool hidden = literal.hidden() != Literal::Origin::kWritten;
    context.error("E0402", literal.span,
                  fmt::format("`{}` is no type: {}", context.argument(),
                              hidden ? literal.shown() : type.status().error().text));
    return std::nullopt;
  }
  context.ill_typed(literal, "a type such as `{word: string, count: int}`");
  return std::nullopt;
}
std::string ArgTraits<Type>::print(const Type& value) { return value.to_string(); }

std::string ArgTraits<Datum>::type_name() { return "any"; }
std::optional<Datum> ArgTraits<Datum>::parse(const Literal& literal, ArgContext& context) {
  Result<Datum> datum = to_datum(literal);
  if (datum.is_ok()) return *std::move(datum);
  context.ill_typed(literal, "a value");
  return std::nullopt;
}
std::string ArgTraits<Datum>::print(const Datum& value) { return value.to_string(); }

std::string ArgTraits<Expression>::type_name() { return "expression"; }
std::optional<Expression> ArgTraits<Expression>::parse(const Literal& literal, ArgContext& context) {
  switch (literal.form) {
    case Form::kString: {
      Expression out{literal};
      if (out.literal.raw.empty()) out.literal.raw = literal.text;
      return out;
    }
    // What stands bare is an expression already: a field, a number, a constant.
    case Form::kName:
    case Form::kNull:
    case Form::kBool:
    case Form::kInt:
    case Form::kFloat: {
      Expression out{Literal::of(literal.form == Form::kName ? literal.text : literal.to_string())};
      out.literal.span = literal.span;
      out.literal.pieces = {{0, literal.span.offset}};
      out.literal.bindings = literal.bindings;
      out.literal.origin = literal.hidden();
      return out;
    }
    default: context.ill_typed(literal, "an expression such as `\"length(word) > 2\"`"); return std::nullopt;
  }
}
std::string ArgTraits<Expression>::print(const Expression& value) { return Literal::of(value.text()).to_string(); }

std::string ArgTraits<Literal>::type_name() { return "any"; }
std::optional<Literal> ArgTraits<Literal>::parse(const Literal& literal, ArgContext&) { return literal; }
std::string ArgTraits<Literal>::print(const Literal& value) { return value.to_string(); }

std::optional<Type> record_type_of(const Datum& datum) {
  if (datum.get_if<Datum::Struct>() == nullptr) return std::nullopt;
  return type_of_datum(datum);
}

// ---- the members ----

ArgBase::ArgBase(Element* owner, const char* name, const char* doc) : ArgBase(name, doc) {
  owner->args_.push_back(this);
}

bool ArgBase::parse(const Literal& literal, Diagnostics& diagnostics, std::string_view folder) {
  ArgContext context(diagnostics, name_, folder);
  if (!take(literal, context)) return false;
  given_ = true;
  span_ = literal.span;
  return true;
}

NamedArgs::NamedArgs(Element* owner, const char* name, const char* doc) : ArgBase(name, doc) {
  owner->named_args_ = this;
}

bool NamedArgs::take(const Literal& literal, ArgContext& context) {
  if (literal.form != Form::kMap) {
    context.ill_typed(literal, "values with names");
    return false;
  }
  for (size_t i = 0; i < literal.items.size(); ++i) add({literal.keys[i], literal.items[i].span, literal.items[i]});
  return true;
}

}  // namespace blox
