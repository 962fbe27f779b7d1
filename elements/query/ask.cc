#include <set>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/code_point.h"

namespace blox {
namespace {

class Ask final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Asks a query: for each record that arrives, on a timer, or once at the end.

With its input connected every log that arrives is one question. Without, `question` is asked: every `every`, and once
more when all else has ended; without `every` only then. It does not keep a topology alive. Where `out` is not
connected the answers are shown as messages, one without records as `nothing`. A question that fails is rejected as `ask.failed`.

With `out` connected it computes from one store into the next: `question = {}` at `scan` gives all records, once all are
there, and an `Ask` of what those go into waits for them in its turn.

Owns     nothing: questions under way can be asked again
Bounds   as many questions under way as the window allows; a timer that finds it full skips a turn
Example  Counter(limit = 3) -> store :: Store(path = "numbers.lmdb", key = [value]); Ask(question = {value: 1}) [ask] => [get] store;
)";
  static constexpr Traits kTraits{.background = true};

  void check(Diagnostics& diagnostics) override {
    if (in_.connected() != question_->has_value()) return;
    diagnostics.add({Severity::kError,
                     "E0431",
                     question_.span(),
                     in_.connected() ? "`Ask` takes its questions from its input or from `question`, not both"
                                     : "`Ask` has no question",
                     {},
                     "Ask(question = {word: \"kernel\"}), or connect its input"});
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port == &ask_) return question_->has_value() ? question_schema(types) : types.of(in_);
    if (&port == &out_) return types.of(ask_);
    return Element::resolve(port, types);
  }

  Status open() override {
    if (question_->has_value()) {
      BLOX_ASSIGN(constant_, question_log(ask_.schema()));
    }
    if (every_->has_value()) due_ = clock().steady_ns();
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    ask_.ask(std::move(log), numbered());
    return Flow::kNext;
  }

  Supply produce() override {
    if (!every_->has_value()) return Supply::woken();
    const int64_t now = clock().steady_ns();
    if (now < due_) return Supply::at(due_);
    if (ask_.room()) ask_constant();
    const int64_t period = (*every_)->micros * 1'000;
    due_ += (now - due_) / period * period + period;  // missed turns are left out, not made up for
    return Supply::at(due_);
  }

  Flow flush() override {
    if (!in_.connected()) ask_constant();
    return Flow::kNext;
  }

  Flow answered(QueryOut&, const Log& question, const Log& context, Answer answer) override {
    const int64_t number = Row(context, 0).int_at(0);
    if (answer.log.rows() > 0) {
      answered_.insert(number);
      shown_or_given_ += answer.log.rows();
      if (out_.connected()) {
        out_.emit(answer.log);
      } else {
        show(question, answer.log);
      }
    }
    const bool nothing = answer.last && answered_.erase(number) == 0;
    if (nothing && answer.status.is_ok() && !out_.connected()) note(record_text(question, 0) + " → nothing");
    if (answer.last && !answer.status.is_ok()) {
      std::vector<uint32_t> all(question.rows());
      for (uint32_t i = 0; i < question.rows(); ++i) all[i] = i;
      reject(ask_, question, all, "ask.failed", answer.status.to_string());
    }
    return Flow::kNext;
  }

 private:
  void ask_constant() { ask_.ask(constant_.with_born(clock().wall()), numbered()); }

  std::optional<Schema> question_schema(Types& types) {
    const std::optional<Type> type = record_type_of(**question_);
    if (!type) {
      types.error("E0402", question_.span(), "`question` needs a record, such as {word: \"kernel\"}");
      return std::nullopt;
    }
    Schema schema(type->fields());
    if (const Result<Log> log = question_log(schema); !log) {
      types.error("E0402", question_.span(), "`question` is no record of one type: " + log.status().to_string(),
                  "give the items of a list one type");
      return std::nullopt;
    }
    return schema;
  }

  Result<Log> question_log(const Schema& schema) const {
    std::vector<Datum> row;
    for (const auto& [name, value] : *(*question_)->get_if<Datum::Struct>()) row.push_back(value);
    return log_from(schema, {row});
  }

  // The context of a question: its number, so that an answer without records can be told from the rest of one.
  Log numbered() {
    const Schema schema({{"number", Kind::kInt}});
    return *log_from(schema, {{Datum(++asked_)}});
  }

  // The first records of an answer, as messages: `{word: "kernel"} → {word: "kernel", count: 12}`.
  void show(const Log& question, const Log& answer) {
    constexpr uint32_t kMostShown = 10;
    const std::string asked = record_text(question, 0);
    for (uint32_t i = 0; i < std::min(answer.rows(), kMostShown); ++i) note(asked + " → " + record_text(answer, i));
    if (answer.rows() > kMostShown) note(asked + " → … " + std::to_string(answer.rows() - kMostShown) + " more");
  }

  static std::string record_text(const Log& log, uint32_t record) {
    constexpr size_t kLongest = 200;
    Datum::Struct fields;
    const Row row(log, record);
    for (size_t i = 0; i < log.schema().size(); ++i) fields.emplace_back(log.schema().at(i).name, row.datum_at(i));
    std::string text = Datum(std::move(fields)).to_string();
    if (text.size() > kLongest) text.replace(valid_utf8_prefix(text.substr(0, kLongest)), std::string::npos, "…");
    return text;
  }

  PushIn in_{this, "in", "{...}", "records to ask about, one question a log", kOptional};
  QueryOut ask_{this, "ask", "", "{...}", "the questions"};
  PushOut out_{this, "out", "", "the answers", kOptional};

  Arg<std::optional<Datum>> question_{this, "question", "a record that is asked when there is no input"};
  Arg<std::optional<Duration>> every_{this, "every", "how often `question` is asked", AtLeast{1'000}};

  Handler<int64_t> answers_{this, "answers", "records of answers so far", [this] { return shown_or_given_; }};

  Log constant_;
  int64_t asked_ = 0;
  std::set<int64_t> answered_;  // questions under way that records came for
  int64_t due_ = 0;             // of steady_ns
  int64_t shown_or_given_ = 0;
};

}  // namespace

BLOX_ELEMENT(Ask);

}  // namespace blox
