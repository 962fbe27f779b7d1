#include "core/queue/mailbox.h"

#include <utility>

namespace blox::runtime {

void Mailbox::put(Message message) {
  const std::lock_guard lock(mutex_);
  put_.push_back(std::move(message));
  any_.store(true, std::memory_order_release);
}

// Who was rung has what was put before: the ring orders the store of any_ before the load here.
bool Mailbox::receive(Message& message) {
  if (next_ == taken_.size()) {
    if (!any_.load(std::memory_order_acquire)) return false;
    taken_.clear();
    next_ = 0;
    const std::lock_guard lock(mutex_);
    std::swap(put_, taken_);
    any_.store(false, std::memory_order_relaxed);
  }
  message = std::move(taken_[next_++]);
  return true;
}

}  // namespace blox::runtime
