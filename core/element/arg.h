// Arguments of an element: members that declare, parse, document and hold one value each.
//
//   Arg<int64_t>   limit_{this, "limit", "stop after so many records", Default{int64_t{100}}, AtLeast{1}};
//   Arg<FieldList> by_{this, "by", "the fields that make the key"};              // required: no Default
//   Arg<std::optional<Size>> most_{this, "max_bytes", "longest file that is read"};  // may be left out
//
// Arguments without a key are given in the order of declaration. Types: bool, int64_t, double, std::string,
// Duration, Size, Share, Range, FieldName, FieldList, Type, Schema-like records (Type), Datum, Expression,
// std::vector<T>, std::optional<T>, and any enumeration for which `arg_choices(E)` is declared.
//
// Owns     its value; parsed all or nothing before anything else happens
// Errors   reported at the value: E0402 ill-typed, E0403 out of range (missing and unknown ones are the checker's)
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/schema.h"
#include "core/element/literal.h"

namespace blox {

class Element;

// Argument types with a unit or a meaning of their own.
struct Duration {
  Micros micros = 0;
};
struct Size {
  int64_t bytes = 0;
};
struct Share {
  double fraction = 0;
};
struct Range {
  int64_t low = 0;
  int64_t high = 0;
};
struct FieldName {
  std::string name;
  Span span;
};
struct FieldList {
  std::vector<FieldName> names;

  size_t size() const { return names.size(); }
  std::vector<std::string> strings() const;
};
/// Text in SQL scalar syntax; `$name` in it is a bound constant. core/expr compiles it.
struct Expression {
  Literal literal;  ///< a string; `raw`, `pieces` and `bindings` say what and where

  const std::string& text() const { return literal.raw; }
};

// Options of a declaration.
template <typename T>
struct Default {
  T value;
};
template <typename T>
Default(T) -> Default<T>;
struct AtLeast {
  int64_t low;
};
struct Between {
  int64_t low;
  int64_t high;
};
struct OneOf {
  std::vector<std::string> words;
};
/// For texts and lists: at least one character, or one item.
struct NotEmpty {};

/// What an argument parses into and complains to.
class ArgContext {
 public:
  /// `folder`: of the file in which the value stands; empty where that is no file.
  ArgContext(Diagnostics& diagnostics, std::string argument, std::string_view folder = {})
      : diagnostics_(diagnostics), argument_(std::move(argument)), folder_(folder) {}
  /// "`limit` needs WANTED, not FOUND".
  void ill_typed(const Literal& found, std::string_view wanted);
  void error(std::string_view code, Span span, std::string message, std::string fix = {});
  const std::string& argument() const { return argument_; }
  /// A path of a file that the checker itself reads: like that of an include, relative to the file that names it.
  std::string resolve_path(std::string_view path) const;

 private:
  Diagnostics& diagnostics_;
  std::string argument_;
  std::string folder_;
};

/// How a T is read from a literal, and what it is called. Specialise it for further types.
template <typename T>
struct ArgTraits;

#define BLOX_ARG_TRAITS(T)                                      \
  template <>                                                   \
  struct ArgTraits<T> {                                         \
    static std::string type_name();                             \
    static std::optional<T> parse(const Literal&, ArgContext&); \
    static std::string print(const T&);                         \
  }
BLOX_ARG_TRAITS(bool);
BLOX_ARG_TRAITS(int64_t);
BLOX_ARG_TRAITS(double);
BLOX_ARG_TRAITS(std::string);
BLOX_ARG_TRAITS(Duration);
BLOX_ARG_TRAITS(Size);
BLOX_ARG_TRAITS(Share);
BLOX_ARG_TRAITS(Range);
BLOX_ARG_TRAITS(FieldName);
BLOX_ARG_TRAITS(FieldList);
BLOX_ARG_TRAITS(Type);
BLOX_ARG_TRAITS(Datum);
BLOX_ARG_TRAITS(Expression);
BLOX_ARG_TRAITS(Literal);
#undef BLOX_ARG_TRAITS

template <typename T>
struct ArgTraits<std::optional<T>> {
  static std::string type_name() { return ArgTraits<T>::type_name(); }
  static std::optional<std::optional<T>> parse(const Literal& literal, ArgContext& context) {
    if (literal.form == Literal::Form::kNull) return std::optional<std::optional<T>>(std::in_place);  // left out
    std::optional<T> value = ArgTraits<T>::parse(literal, context);
    if (!value) return std::nullopt;
    return std::optional<std::optional<T>>(std::move(value));
  }
  static std::string print(const std::optional<T>& value) { return value ? ArgTraits<T>::print(*value) : "none"; }
};

template <typename T>
struct ArgTraits<std::vector<T>> {
  static std::string type_name() { return "[" + ArgTraits<T>::type_name() + "]"; }
  static std::optional<std::vector<T>> parse(const Literal& literal, ArgContext& context) {
    std::vector<T> out;
    if (literal.form != Literal::Form::kList) {  // one value stands for a list of one
      std::optional<T> value = ArgTraits<T>::parse(literal, context);
      if (!value) return std::nullopt;
      out.push_back(std::move(*value));
      return out;
    }
    for (const Literal& item : literal.items) {
      std::optional<T> value = ArgTraits<T>::parse(item, context);
      if (!value) return std::nullopt;
      out.push_back(std::move(*value));
    }
    return out;
  }
  static std::string print(const std::vector<T>& values) {
    std::string out = "[";
    for (const T& value : values) {
      if (out.size() > 1) out += ", ";
      out += ArgTraits<T>::print(value);
    }
    return out + "]";
  }
};

/// An enumeration becomes an argument type by
///   inline constexpr Choice<Emit> arg_choices(Emit*) … ; see BLOX_ARG_ENUM below.
template <typename E>
struct Choice {
  const char* word;
  E value;
};

std::string choice_names(const std::vector<std::string>& words);  ///< "end|change"
/// "`format` needs one of json|csv, not `jsn`; did you mean `json`?"
void report_no_choice(const Literal& literal, ArgContext& context, const std::vector<std::string>& words);

template <typename E>
requires std::is_enum_v<E>
struct ArgTraits<E> {
  static std::vector<std::string> words() {
    std::vector<std::string> out;
    for (const auto& choice : arg_choices(static_cast<E*>(nullptr))) out.emplace_back(choice.word);
    return out;
  }
  static std::string type_name() { return choice_names(words()); }
  static std::optional<E> parse(const Literal& literal, ArgContext& context) {
    // `null`, `true` and `false` are words too where an enumeration has them.
    const bool keyword = literal.form == Literal::Form::kNull || literal.form == Literal::Form::kBool;
    if (keyword || literal.form == Literal::Form::kName || literal.form == Literal::Form::kString) {
      const std::string word = keyword ? literal.to_string() : literal.text;
      for (const auto& choice : arg_choices(static_cast<E*>(nullptr))) {
        if (word == choice.word) return choice.value;
      }
    }
    report_no_choice(literal, context, words());
    return std::nullopt;
  }
  static std::string print(const E& value) {
    for (const auto& choice : arg_choices(static_cast<E*>(nullptr))) {
      if (choice.value == value) return choice.word;
    }
    return "?";
  }
};

/// Declares the words of an enumeration, at namespace scope beside it:
///   BLOX_ARG_ENUM(Format, {"json", Format::kJson}, {"csv", Format::kCsv});
#define BLOX_ARG_ENUM(E, ...)                                                            \
  [[maybe_unused]] static inline const std::vector<::blox::Choice<E>>& arg_choices(E*) { \
    static const std::vector<::blox::Choice<E>> choices{__VA_ARGS__};                    \
    return choices;                                                                      \
  }

/// The record type of a value that is a struct, so that `$question` can stand for it in a port type.
std::optional<Type> record_type_of(const Datum& datum);

/// What all arguments have in common; the element keeps them in order of declaration.
class ArgBase {
 public:
  ArgBase(Element* owner, const char* name, const char* doc);
  virtual ~ArgBase() = default;
  ArgBase(const ArgBase&) = delete;
  ArgBase& operator=(const ArgBase&) = delete;

  const char* name() const { return name_; }
  const char* doc() const { return doc_; }
  /// True where the topology gave a value (rather than the default).
  bool given() const { return given_; }
  /// Where the value stands, or unknown.
  Span span() const { return span_; }

  virtual bool required() const = 0;
  virtual std::string type_name() const = 0;
  /// The default in the language; empty where the argument is required or simply absent.
  virtual std::string default_text() const = 0;
  /// Takes the value; false (with a diagnostic) and unchanged where it does not fit. `folder`: as for ArgContext.
  bool parse(const Literal& literal, Diagnostics& diagnostics, std::string_view folder = {});
  /// For port types and keys: the fields that `$name` stands for at this port, or the record type; nothing for other
  /// arguments.
  virtual std::optional<FieldList> as_fields(std::string_view /*port*/ = {}) const { return std::nullopt; }
  virtual std::optional<Type> as_type() const { return std::nullopt; }

 protected:
  /// For arguments that the element keeps apart from the others.
  ArgBase(const char* name, const char* doc) : name_(name), doc_(doc) {}
  virtual bool take(const Literal& literal, ArgContext& context) = 0;

 private:
  const char* name_;
  const char* doc_;
  bool given_ = false;
  Span span_;
};

template <typename T>
class Arg final : public ArgBase {
 public:
  template <typename... Options>
  Arg(Element* owner, const char* name, const char* doc, Options&&... options) : ArgBase(owner, name, doc) {
    (apply(std::forward<Options>(options)), ...);
  }

  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  const T& value() const { return value_; }

  bool required() const override { return !has_default_ && !is_optional(static_cast<T*>(nullptr)); }
  std::string type_name() const override { return words_.empty() ? ArgTraits<T>::type_name() : choice_names(words_); }
  std::string default_text() const override { return has_default_ ? ArgTraits<T>::print(value_default_) : ""; }
  std::optional<FieldList> as_fields(std::string_view port = {}) const override {
    // Types of arguments that name other fields at other ports say so in ArgTraits.
    if constexpr (requires { ArgTraits<T>::fields_at(value_, port); }) {
      return ArgTraits<T>::fields_at(value_, port);
    } else {
      return fields_of(value_);
    }
  }
  std::optional<Type> as_type() const override { return type_of(value_); }

 protected:
  bool take(const Literal& literal, ArgContext& context) override {
    std::optional<T> value = ArgTraits<T>::parse(literal, context);
    if (!value || !in_range(*value, literal, context)) return false;
    value_ = std::move(*value);
    return true;
  }

 private:
  template <typename U>
  void apply(Default<U> option) {
    value_ = T(std::move(option.value));
    value_default_ = value_;
    has_default_ = true;
  }
  void apply(AtLeast option) { low_ = option.low; }
  void apply(Between option) {
    low_ = option.low;
    high_ = option.high;
  }
  void apply(OneOf option) { words_ = std::move(option.words); }
  void apply(NotEmpty) { not_empty_ = true; }

  template <typename U>
  static constexpr bool is_optional(std::optional<U>*) {
    return true;
  }
  static constexpr bool is_optional(void*) { return false; }

  static std::optional<FieldList> fields_of(const FieldList& fields) { return fields; }
  static std::optional<FieldList> fields_of(const FieldName& field) { return FieldList{{field}}; }
  static std::optional<FieldList> fields_of(const std::optional<FieldList>& fields) {
    return fields ? fields : FieldList{};
  }
  static std::optional<FieldList> fields_of(const std::optional<FieldName>& field) {
    return field ? FieldList{{*field}} : FieldList{};
  }
  template <typename U>
  static std::optional<FieldList> fields_of(const U&) {
    return std::nullopt;
  }
  static std::optional<Type> type_of(const Type& type) { return type; }
  static std::optional<Type> type_of(const std::optional<Type>& type) { return type; }
  static std::optional<Type> type_of(const Datum& datum) { return record_type_of(datum); }
  template <typename U>
  static std::optional<Type> type_of(const U&) {
    return std::nullopt;
  }

  static std::optional<int64_t> number_of(int64_t value) { return value; }
  static std::optional<int64_t> number_of(Size value) { return value.bytes; }
  static std::optional<int64_t> number_of(Duration value) { return value.micros; }
  template <typename U>
  static std::optional<int64_t> number_of(const std::optional<U>& value) {
    return value ? number_of(*value) : std::nullopt;
  }
  template <typename U>
  static std::optional<int64_t> number_of(const U&) {
    return std::nullopt;
  }
  static bool is_empty(const std::string& value) { return value.empty(); }
  static bool is_empty(const FieldList& value) { return value.names.empty(); }
  template <typename U>
  static bool is_empty(const std::vector<U>& value) {
    return value.empty();
  }
  template <typename U>
  static bool is_empty(const std::optional<U>& value) {
    return value && is_empty(*value);
  }
  template <typename U>
  static bool is_empty(const U&) {
    return false;
  }
  static const std::string* word_of(const std::string& value) { return &value; }
  template <typename U>
  static const std::string* word_of(const U&) {
    return nullptr;
  }

  bool in_range(const T& value, const Literal& literal, ArgContext& context) const {
    if (const std::optional<int64_t> number = number_of(value); number && (*number < low_ || *number > high_)) {
      out_of_range(literal, context, low_, high_);
      return false;
    }
    if (not_empty_ && is_empty(value)) {
      empty(literal, context);
      return false;
    }
    if (const std::string* word = word_of(value); word != nullptr && !words_.empty()) {
      return one_of(*word, words_, literal, context);
    }
    return true;
  }
  static void out_of_range(const Literal& literal, ArgContext& context, int64_t low, int64_t high);
  static void empty(const Literal& literal, ArgContext& context);
  static bool one_of(const std::string& word, const std::vector<std::string>& words, const Literal& literal,
                     ArgContext& context);

  T value_{};
  T value_default_{};
  bool has_default_ = false;
  int64_t low_ = std::numeric_limits<int64_t>::min();
  int64_t high_ = std::numeric_limits<int64_t>::max();
  bool not_empty_ = false;
  std::vector<std::string> words_;
};

void report_out_of_range(const Literal& literal, ArgContext& context, int64_t low, int64_t high);
void report_empty(const Literal& literal, ArgContext& context);
bool report_unless_one_of(const std::string& word, const std::vector<std::string>& words, const Literal& literal,
                          ArgContext& context);

template <typename T>
void Arg<T>::out_of_range(const Literal& literal, ArgContext& context, int64_t low, int64_t high) {
  report_out_of_range(literal, context, low, high);
}
template <typename T>
void Arg<T>::empty(const Literal& literal, ArgContext& context) {
  report_empty(literal, context);
}
template <typename T>
bool Arg<T>::one_of(const std::string& word, const std::vector<std::string>& words, const Literal& literal,
                    ArgContext& context) {
  return report_unless_one_of(word, words, literal, context);
}

/// All arguments with names of the user's choice, in order: `Map(total = "price * n", word = "lower(word)")`.
/// It is no member of Element::args(): whatever has no argument of its name goes here.
class NamedArgs final : public ArgBase {
 public:
  struct Item {
    std::string name;
    Span name_span;
    Literal value;
  };
  NamedArgs(Element* owner, const char* name, const char* doc);

  const std::vector<Item>& items() const { return items_; }
  void add(Item item) { items_.push_back(std::move(item)); }

  bool required() const override { return false; }
  std::string type_name() const override { return "name = value, …"; }
  std::string default_text() const override { return ""; }

 protected:
  bool take(const Literal& literal, ArgContext& context) override;

 private:
  std::vector<Item> items_;
};

}  // namespace blox
