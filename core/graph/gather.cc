#include "core/graph/gather.h"

#include "core/graph/spread.h"

namespace blox {
namespace {

constexpr Traits kTraits{};
constexpr ElementClass kClass{"Gather", __FILE__, "Stands behind the replicas of a shard that keeps order.", &kTraits,
                              [] { return std::unique_ptr<Element>(std::make_unique<Gather>()); }};
constexpr size_t kMostTurns = 4096;

}  // namespace

Gather::Gather() { set_class(&kClass); }

void Gather::add(const Port& of, size_t replicas) {
  for (size_t i = 0; i < replicas; ++i) {
    Port& in = inputs_.port(std::to_string(i));
    in.set_schema(of.schema());
    in.set_connected(true);
  }
  ended_.assign(replicas, false);
  order_.set_schema(Spread::order_schema());
  order_.set_connected(true);
  out_.set_schema(of.schema());
  out_.set_connected(true);
  errors().set_schema(error_schema());
}

Flow Gather::push(PushIn& port, Log log) {
  if (&port == &order_) {
    for (const Row row : log) turns_.push_back(static_cast<size_t>(row.int_at(0)));
    pass_over_ended();
    return Flow::kNext;
  }
  if (log.rows() > 0) return out_.emit(std::move(log)) ? Flow::kNext : Flow::kDone;
  BLOX_CHECK(!turns_.empty() && &inputs_[turns_.front()] == &port, "a replica has finished out of turn");
  turns_.pop_front();
  pass_over_ended();
  return Flow::kNext;
}

Flow Gather::ended(PushIn& port) {
  if (&port == &order_) {
    order_ended_ = true;
  } else {
    ended_[inputs_.index_of(port)] = true;
  }
  pass_over_ended();
  return Flow::kNext;
}

// A replica that wanted no more ends before it has seen all that was meant for it.
void Gather::pass_over_ended() {
  while (!turns_.empty() && ended_[turns_.front()]) turns_.pop_front();
  while (last_ < ended_.size() && ended_[last_]) ++last_;
}

bool Gather::holds(const Port& port) const {
  if (&port == &order_) return turns_.size() >= kMostTurns;
  if (!turns_.empty()) return &inputs_[turns_.front()] != &port;
  return !order_ended_ || last_ == ended_.size() || &inputs_[last_] != &port;
}

}  // namespace blox
