#include <deque>

#include "elements/support/expression.h"

namespace blox {
namespace {

class Answer final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Answers each record of a question with fields computed by SQL expressions.

Without expressions the answer is the question itself. With `delay`, an expression that gives seconds, it takes so
long over each question, by its first record, one question after the other: a stand-in for a service that is slow.
Each question is shown at `asked` when it comes, where that is connected; so what is asked can be printed or kept. A
record for which an expression cannot be computed goes to `errors`, and is missing in the answer.

Owns     the questions that wait for their turn
Bounds   as many questions as their askers have under way
Order    answers in the order of the questions
Example  Ask(question = {value: 23}) [ask] => Answer(value = "value + 1");
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  void check(Diagnostics& diagnostics) override { require_expressions(fields_, diagnostics); }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port == &asked_) return types.of(get_);
    return Element::resolve(port, types);
  }

  std::optional<Schema> resolve_answer(const Port& port, Types& types) override {
    if (&port != &get_) return Element::resolve_answer(port, types);
    const std::optional<Schema> question = types.of(get_);
    if (!question || !compile_delay(*question, types)) return std::nullopt;
    program_.reset();
    if (fields_.items().empty()) return question;
    program_ = compile_named(fields_, *question, types);
    if (!program_) return std::nullopt;
    std::vector<Field> fields;
    for (const expr::Output& output : program_->outputs()) fields.push_back({output.name, output.type});
    return Schema(std::move(fields));
  }

  Flow answer(QueryIn&, Log question, Reply reply) override {
    if (asked_.connected()) asked_.emit(question);
    const int64_t now = clock().steady_ns();
    const int64_t begins = waiting_.empty() ? now : std::max(now, waiting_.back().due);
    waiting_.push_back({begins + delay_of(question), std::move(question), std::move(reply)});
    return give_due();
  }

  Flow tick(Timer&) override { return give_due(); }

  Status close(bool) override {
    waiting_.clear();
    return Status::ok();
  }

 private:
  struct Waiting {
    int64_t due;  // of steady_ns
    Log question;
    Reply reply;
  };

  bool compile_delay(const Schema& question, Types& types) {
    wait_.reset();
    if (!delay_->has_value()) return true;
    expr::Compiled compiled = expr::Program::compile((*delay_)->text(), question, parameters_of(**delay_));
    report(compiled.errors, **delay_, 0, types);
    if (!compiled) return false;
    const Kind kind = compiled.program->type().kind();
    if (kind != Kind::kInt && kind != Kind::kFloat) {
      types.error("E0402", delay_.span(), "`delay` needs an expression that gives seconds, a number",
                  "delay = \"0.5\"");
      return false;
    }
    wait_ = std::move(compiled.program);
    return true;
  }

  int64_t delay_of(const Log& question) {
    if (!wait_ || question.rows() == 0) return 0;
    const uint32_t first = 0;
    wait_->evaluate(question.select({&first, 1}), clock().wall(), evaluation_);
    if (!evaluation_.errors.empty()) return 0;  // the record itself is answered, or refused by its own expressions
    const Datum seconds = evaluation_.columns[0]->datum_at(0);
    const double value = seconds.get_if<int64_t>() != nullptr  ? static_cast<double>(*seconds.get_if<int64_t>())
                         : seconds.get_if<double>() != nullptr ? *seconds.get_if<double>()
                                                               : 0;
    constexpr double kLongest = 1e6;  // some eleven days
    return static_cast<int64_t>(std::clamp(value, 0.0, kLongest) * 1e9);
  }

  Flow give_due() {
    while (!waiting_.empty() && waiting_.front().due <= clock().steady_ns()) {
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      if (next.reply.wanted()) next.reply.send(answer_to(next.question));
      next.reply.end();
    }
    if (!waiting_.empty()) timer_.set(waiting_.front().due);
    return Flow::kNext;
  }

  Log answer_to(Log question) {
    if (!program_) return question;
    program_->evaluate(question, clock().wall(), evaluation_);
    reject_failed(*this, get_, question, evaluation_);
    if (!evaluation_.errors.empty()) question = question.select(evaluation_.succeeded(question.rows()));
    return Log::make(get_.answer_schema(), evaluation_.columns, question.rows(), question.born());
  }

  QueryIn get_{this, "get", "{...}", "", "the questions", PortOptions{}};
  PushOut asked_{this, "asked", "", "the questions, as they come", kOptional};

  Arg<std::optional<Expression>> delay_{this, "delay", "seconds that an answer takes, an expression"};
  NamedArgs fields_{this, "fields", "the fields of the answer, each an SQL expression over those of the question"};

  Timer timer_{this, "due"};
  std::deque<Waiting> waiting_;
  std::optional<expr::Program> program_, wait_;
  expr::Evaluation evaluation_;
};

}  // namespace

BLOX_ELEMENT(Answer);

}  // namespace blox
