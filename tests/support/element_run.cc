#include "tests/support/element_run.h"

#include <map>

#include "core/graph/check.h"
#include "core/graph/shards.h"

namespace blox::testing {
namespace {

struct Box {
  Schema schema;
  std::vector<Log> logs;
};

// Elements are made by the checker and destroyed by the run, so what they share with the test lies here, by number.
std::map<int64_t, Box*>& boxes() {
  static std::map<int64_t, Box*> all;
  return all;
}

template <typename E>
const ElementClass& class_of(const char* name) {
  static constexpr Traits traits = TraitsOf<E>::value();
  static const ElementClass element_class{name, __FILE__, "For tests.", &traits, []() -> std::unique_ptr<Element> {
                                            auto element = std::make_unique<E>();
                                            element->set_class(&class_of<E>(""));
                                            return element;
                                          }};
  return element_class;
}

class Feed final : public Element {
 public:
  std::optional<Schema> resolve(const Port&, Types&) override { return boxes().at(*box_)->schema; }
  Supply produce() override {
    const Box& box = *boxes().at(*box_);
    if (next_ < box.logs.size()) out_.emit(box.logs[next_++]);
    return next_ < box.logs.size() ? Supply::more() : Supply::end();
  }

 private:
  PushOut out_{this, "out", "", "what was fed"};
  Arg<int64_t> box_{this, "box", "where it lies"};
  size_t next_ = 0;
};

class Collect final : public Element {
 public:
  static constexpr Traits kTraits{.effects = true};
  Flow push(PushIn&, Log log) override {
    boxes().at(*box_)->logs.push_back(std::move(log));
    return Flow::kNext;
  }

 private:
  PushIn in_{this, "in", "{...} changelog", "what comes"};
  Arg<int64_t> box_{this, "box", "where it goes"};
};

class AskAtEnd final : public Element {
 public:
  static constexpr Traits kTraits{.background = true};
  std::optional<Schema> resolve(const Port& port, Types& types) override {
    return port.kind() == PortKind::kQuery ? std::optional(boxes().at(*question_)->schema)
                                           : Element::resolve(port, types);
  }
  Supply produce() override { return Supply::woken(); }
  Flow flush() override {
    ask_.ask(boxes().at(*question_)->logs.at(0));
    return Flow::kNext;
  }
  Flow answered(QueryOut&, const Log&, const Log&, Answer answer) override {
    if (answer.last && !answer.status.is_ok()) return fail(answer.status);
    if (answer.log.exists()) boxes().at(*box_)->logs.push_back(answer.log);
    return Flow::kNext;
  }

 private:
  QueryOut ask_{this, "ask", "", "{...}", "the question"};
  Arg<int64_t> question_{this, "question", "where it lies"};
  Arg<int64_t> box_{this, "box", "where answers go"};
};

}  // namespace

struct ElementRun::Boxes {
  std::map<std::string, std::pair<int64_t, Box>> by_name;
  int64_t add(const std::string& name, Box box) {
    static int64_t next = 0;
    auto& [number, made] = by_name[name];
    number = ++next;
    made = std::move(box);
    boxes()[number] = &made;
    return number;
  }
  ~Boxes() {
    for (const auto& [name, entry] : by_name) boxes().erase(entry.first);
  }
};

ElementRun::ElementRun() : boxes_(std::make_unique<Boxes>()) {
  options.message = [this](std::string_view element, Severe, std::string_view said) {
    messages_ += std::string(element) + ": " + std::string(said) + "\n";
  };
  options.print = [](std::string_view) { return 0; };
}
ElementRun::~ElementRun() = default;

// "reader [out]" as the name of an element: reader@out.
std::string ElementRun::end_name(std::string_view end) const {
  std::string out;
  for (const char c : end) {
    if (c == '[') out += '@';
    if (c != ' ' && c != '[' && c != ']') out += c;
  }
  return out;
}

ElementRun& ElementRun::feed(std::string_view path, std::vector<Log> logs) {
  const Schema schema = logs.at(0).schema();
  const int64_t box = boxes_->add(std::string(path), {schema, std::move(logs)});
  maker_.element(path, "Feed", {{"box", Literal::of(box)}});
  return *this;
}

ElementRun& ElementRun::element(std::string_view path, std::string_view class_name, std::vector<NamedLiteral> args,
                                std::vector<NamedLiteral> settings) {
  maker_.element(path, class_name, std::move(args), std::move(settings));
  return *this;
}

ElementRun& ElementRun::connect(std::string_view text) {
  maker_.connect(text);
  return *this;
}

ElementRun& ElementRun::collect(std::string_view end) {
  const std::string name = end_name(end);
  maker_.element(name, "Collect", {{"box", Literal::of(boxes_->add(name, {}))}});
  maker_.connect(std::string(end) + " -> " + name);
  return *this;
}

ElementRun& ElementRun::ask(std::string_view end, const Log& question) {
  const std::string name = end_name(end);
  const int64_t asked = boxes_->add(name + "?", {question.schema(), {question}});
  maker_.element(name, "AskAtEnd", {{"question", Literal::of(asked)}, {"box", Literal::of(boxes_->add(name, {}))}});
  const size_t open = end.find('[');
  maker_.connect(name + " [ask] => " + std::string(end.substr(open)) + " " + std::string(end.substr(0, open)));
  return *this;
}

RunResult ElementRun::run() {
  Registry registry = Registry::builtin();
  for (const ElementClass* test_class :
       {&class_of<Feed>("Feed"), &class_of<Collect>("Collect"), &class_of<AskAtEnd>("AskAtEnd")}) {
    BLOX_CHECK(registry.add(test_class).is_ok(), "a class of a test whose name is taken");
  }
  for (const ElementClass* more : more_classes) BLOX_CHECK(registry.add(more).is_ok(), "a name that is taken");
  Diagnostics diagnostics;
  std::optional<Checked> checked = check(maker_.graph, registry, nullptr, diagnostics);
  RunResult result;
  if (!checked) {
    result.status = Status::user("check", text_of(diagnostics));
    return result;
  }
  checked = expand(maker_.graph, *std::move(checked));
  const Plan made = plan(*checked);
  if (threads) {
    Result<std::unique_ptr<Run>> started = Run::start(std::move(*checked), made, options);
    if (started.is_ok()) return (*started)->wait();
    result.status = started.status();
    return result;
  }
  VirtualClock clock;
  return run_virtual(std::move(*checked), made, options, clock, seed);
}

Log ElementRun::log(std::string_view end) const {
  const std::vector<Log>& logs = boxes_->by_name.at(end_name(end)).second.logs;
  return logs.empty() ? Log() : concatenate(logs);
}

size_t ElementRun::logs(std::string_view end) const { return boxes_->by_name.at(end_name(end)).second.logs.size(); }

std::string ElementRun::text(std::string_view end) const {
  const Log all = log(end);
  std::string out;
  for (const Row row : all) {
    Datum::Struct fields;
    for (size_t i = 0; i < all.schema().size(); ++i) fields.emplace_back(all.schema().at(i).name, row.datum_at(i));
    out += Datum(std::move(fields)).to_string() + "\n";
  }
  return out;
}

std::string ElementRun::text(std::string_view end, const std::vector<std::string>& fields) const {
  const Log all = log(end);
  std::string out;
  for (const Row row : all) {
    for (size_t i = 0; i < fields.size(); ++i) {
      const Datum value = row.datum_at(*all.schema().find(fields[i]));
      const std::string* const plain = value.get_if<std::string>();
      out += (i > 0 ? " " : "") + (plain != nullptr ? *plain : value.to_string());
    }
    out += "\n";
  }
  return out;
}

Schema schema_of(std::string_view type) {
  const Result<Type> parsed = Type::parse(type);
  BLOX_CHECK(parsed.is_ok(), "a type of a test that does not parse");
  return Schema::from(*parsed);
}

Log log_of(std::string_view type, const std::vector<std::vector<Datum>>& rows) {
  const Result<Log> log = log_from(schema_of(type), rows);
  BLOX_CHECK(log.is_ok(), "a value of a test that does not fit its type");
  return *log;
}

Literal text(std::string value) { return Literal::of(std::move(value)); }

namespace {

Literal literal_of(const Type& type) {
  Literal out;
  if (type.kind() == Kind::kStruct) {
    out.form = Literal::Form::kMap;
    for (const Field& field : type.fields()) {
      out.keys.push_back(field.name);
      out.items.push_back(literal_of(field.type));
    }
  } else if (type.kind() == Kind::kList) {
    out.form = Literal::Form::kList;
    out.items.push_back(literal_of(type.item()));
  } else {
    out = Literal::name(std::string(kind_name(type.kind())));
  }
  out.nullable = type.nullable();
  return out;
}

}  // namespace

Literal type(std::string_view record) {
  const Result<Type> parsed = Type::parse(record);
  BLOX_CHECK(parsed.is_ok(), "a type of a test that does not parse");
  return literal_of(*parsed);
}

}  // namespace blox::testing
