#include "core/graph/spread.h"

#include <algorithm>
#include <numeric>

#include "core/data/builder.h"
#include "core/data/column.h"

namespace blox {
namespace {

const Schema& question_schema() {
  static const Schema schema({{"question", Type(Kind::kInt)}});
  return schema;
}

Log numbers_log(const Schema& schema, std::span<const int64_t> numbers) {
  LogBuilder out(schema);
  for (const int64_t number : numbers) {
    out.column(0).append_int(number);
    out.end_row();
  }
  return out.finish(0);
}

std::string replica_port(const Port& of, size_t replica) { return of.name() + "#" + std::to_string(replica); }

constexpr Traits kTraits{};
constexpr ElementClass kClass{"Spread", __FILE__, "Stands before the replicas of a shard.", &kTraits,
                              [] { return std::unique_ptr<Element>(std::make_unique<Spread>()); }};

}  // namespace

Spread::Spread() { set_class(&kClass); }

const Schema& Spread::order_schema() {
  static const Schema schema({{"replica", Type(Kind::kInt)}});
  return schema;
}

void Spread::use(const SharderClass& sharder, ShardSetup setup) {
  class_of_ = &sharder;
  setup_ = std::move(setup);
  for (const Port*& input : setup_.inputs) {
    shown_.push_back(std::make_unique<PushIn>(&shard_, input->name(), "", ""));
    shown_.back()->set_schema(input->schema());
    input = shown_.back().get();
  }
  order_.set_schema(order_schema());
  errors().set_schema(error_schema());
}

PushIn& Spread::add_push(const Port& of) {
  BLOX_CHECK(input_ == nullptr, "a second input of one element that spreads");
  input_ = std::make_unique<PushIn>(this, of.name(), "", "what the shard takes", kOptional);
  PushIn& in = *input_;
  in.set_schema(of.schema());
  in.set_connected(true);
  for (size_t i = 0; i < setup_.replicas; ++i) {
    Port& out = outputs_.port(replica_port(of, i));
    out.set_schema(of.schema());
    out.set_connected(true);
  }
  return in;
}

QueryIn& Spread::add_query(const Port& of) {
  auto& in = static_cast<QueryIn&>(queries_.port(of.name()));
  in.set_schema(of.schema());
  in.set_answer_schema(of.answer_schema());
  in.set_connected(true);
  for (size_t i = 0; i < setup_.replicas; ++i) {
    Port& out = asks_.port(replica_port(of, i));
    out.set_schema(of.schema());
    out.set_answer_schema(of.answer_schema());
    out.set_connected(true);
  }
  return in;
}

Port& Spread::to_replica(const Port& in, size_t replica) {
  if (in.kind() == PortKind::kPush) return outputs_.port(replica_port(in, replica));
  return asks_.port(replica_port(in, replica));
}

bool Spread::spreads_like(const Spread& other) const {
  return class_of_ == other.class_of_ && setup_.replicas == other.setup_.replicas && setup_.by == other.setup_.by &&
         setup_.names == other.setup_.names && setup_.values == other.setup_.values;
}

std::vector<size_t> Spread::owners_of(const Log& keys) const {
  BLOX_CHECK(!setup_.inputs.empty(), "keys of a shard that takes no records");
  std::vector<Field> fields = keys.schema().fields();
  std::vector<ColumnPtr> columns = keys.columns();
  ColumnBuilder numbers(Kind::kInt);
  for (uint32_t i = 0; i < keys.rows(); ++i) numbers.append_int(i);
  fields.push_back({"#", Kind::kInt});  // no field that a topology can name
  columns.push_back(numbers.finish());
  Element nobody;
  PushIn port(&nobody, setup_.inputs[0]->name(), "", "");
  port.set_schema(Schema(std::move(fields)));
  const std::unique_ptr<Sharder> sharder = class_of_->make();
  sharder->open(setup_);
  std::vector<ShardPart> parts;
  sharder->split(port, keys.with_columns(port.schema(), std::move(columns)), parts);
  std::vector<size_t> owners(keys.rows(), ShardPart::kNobody);
  for (const ShardPart& part : parts) {
    for (const Row row : part.log) owners[static_cast<size_t>(row.int_at(port.schema().size() - 1))] = part.replica;
  }
  return owners;
}

std::vector<Log> Spread::surrender() {
  std::vector<Log> logs;
  for (ShardPart& part : waiting_) logs.push_back(std::move(part.log));
  waiting_.clear();
  return logs;
}

Status Spread::open() {
  sharder_ = class_of_->make();
  sharder_->open(setup_);
  return Status::ok();
}

// ---- records ----

Flow Spread::push(PushIn& port, Log log) {
  parts_.clear();
  sharder_->split(port, log, parts_);
  for (ShardPart& part : parts_) waiting_.push_back(std::move(part));
  return resume();
}

Flow Spread::resume() {
  while (!waiting_.empty()) {
    ShardPart& next = waiting_.front();
    if (next.replica == ShardPart::kNobody) {
      refuse(next);
      waiting_.pop_front();
      continue;
    }
    if (!wanted()) {
      waiting_.clear();
      break;
    }
    const std::optional<size_t> replica = replica_for(next);
    if (!replica) break;
    if (order_.connected()) went_.push_back(static_cast<int64_t>(*replica));
    outputs_[*replica].emit(std::move(next.log));
    waiting_.pop_front();
  }
  tell_order();
  if (!waiting_.empty()) return Flow::kMore;
  return wanted() ? Flow::kNext : Flow::kDone;
}

// One with room is one that is idle, where each gets one log at a time. In turns, so that none stays idle for long.
std::optional<size_t> Spread::replica_for(const ShardPart& part) {
  if (part.replica != ShardPart::kIdle) {
    BLOX_CHECK(part.replica < setup_.replicas, "a sharder named a replica that there is not");
    return part.replica;
  }
  for (size_t i = 0; i < setup_.replicas; ++i) {
    const size_t replica = (next_idle_ + i) % setup_.replicas;
    const PushOut& out = outputs_[replica];
    if (!out.wanted() || !out.room()) continue;
    next_idle_ = (replica + 1) % setup_.replicas;
    return replica;
  }
  return std::nullopt;
}

void Spread::refuse(const ShardPart& part) {
  std::vector<uint32_t> all(part.log.rows());
  std::iota(all.begin(), all.end(), 0u);
  reject(*input_, part.log, all, "shard.no_replica", "no replica takes records like this one");
}

// In one call with the parts themselves, so who gathers never waits for what is not on its way.
void Spread::tell_order() {
  if (went_.empty()) return;
  order_.emit(numbers_log(order_schema(), went_));
  went_.clear();
}

bool Spread::wanted() const {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].wanted()) return true;
  }
  return false;
}

// ---- questions ----

Flow Spread::answer(QueryIn& port, Log question, Reply reply) {
  parts_.clear();
  sharder_->ask(port, question, parts_);
  std::erase_if(parts_, [](const ShardPart& part) { return part.replica == ShardPart::kNobody; });
  if (parts_.empty()) {
    reply.end();
    return Flow::kNext;
  }
  const int64_t number = ++last_question_;
  questions_[number] = {std::move(reply), sharder_->merger(port), parts_.size()};
  const Log context = numbers_log(question_schema(), std::span(&number, 1));
  const size_t query = queries_.index_of(port);
  for (ShardPart& part : parts_) asked(query, part).ask(std::move(part.log), context);
  return Flow::kNext;
}

QueryOut& Spread::asked(size_t query, const ShardPart& part) {
  const auto of = [&](size_t replica) -> QueryOut& { return asks_[query * setup_.replicas + replica]; };
  if (part.replica != ShardPart::kIdle) return of(part.replica);
  size_t best = next_idle_ % setup_.replicas;
  for (size_t i = 1; i < setup_.replicas; ++i) {
    const size_t replica = (next_idle_ + i) % setup_.replicas;
    if (of(replica).outstanding() < of(best).outstanding()) best = replica;
  }
  next_idle_ = (best + 1) % setup_.replicas;
  return of(best);
}

Flow Spread::answered(QueryOut& port, const Log&, const Log& context, Answer answer) {
  const auto found = questions_.find(Row(context, 0).int_at(0));
  if (found == questions_.end()) return Flow::kNext;  // another replica has failed to answer it
  Question& question = found->second;
  const AnswerMerger::Give give = [&](Log log) { question.reply.send(std::move(log)); };
  if (answer.log.exists()) {
    if (question.merger == nullptr) {
      give(std::move(answer.log));
    } else {
      question.merger->take(asks_.index_of(port) % setup_.replicas, std::move(answer.log), give);
    }
  }
  if (!answer.last) return Flow::kNext;
  if (!answer.status.is_ok()) {
    question.reply.fail(std::move(answer.status));
  } else if (--question.left > 0) {
    return Flow::kNext;
  } else {
    if (question.merger != nullptr) question.merger->end(give);
    question.reply.end();
  }
  questions_.erase(found);
  return Flow::kNext;
}

bool Spread::holds(const Port& port) const {
  if (port.kind() != PortKind::kQuery) return false;
  return std::any_of(questions_.begin(), questions_.end(), [](const auto& each) { return !each.second.reply.room(); });
}

Status Spread::close(bool) {
  questions_.clear();
  return Status::ok();
}

}  // namespace blox
