// How a library's own threads hand data to an element: a bounded box and a bell.
//
// Owns     an Inbox owns what it holds; a Waker shares the bell of its task
// Threads  Waker::wake and Inbox::put from any thread; Inbox::take from the element's task
// Bounds   at most `limit` items; put() then waits or refuses, as the caller chooses
// Order    first in, first out
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace blox {

/// What a Waker rings. The runtime implements it; it outlives its element through the shared pointer.
class Wakeable {
 public:
  virtual ~Wakeable() = default;
  virtual void wake() = 0;  ///< from any thread
};

class Waker {
 public:
  Waker() = default;
  explicit Waker(std::shared_ptr<Wakeable> target) : target_(std::move(target)) {}
  /// Makes the runtime call the element's produce() (or resume()) soon. The one call allowed from any thread.
  void wake() const {
    if (target_ != nullptr) target_->wake();
  }

 private:
  std::shared_ptr<Wakeable> target_;
};

template <typename T>
class Inbox {
 public:
  explicit Inbox(size_t limit) : limit_(limit) {}

  void set_waker(Waker waker) {
    const std::lock_guard lock(mutex_);
    waker_ = std::move(waker);
  }
  /// False, and nothing taken, where the box is full or closed.
  bool try_put(T item) {
    Waker waker;
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || items_.size() >= limit_) return false;
      items_.push_back(std::move(item));
      waker = waker_;
    }
    waker.wake();
    return true;
  }
  /// Waits for room. False where the box is closed.
  bool put(T item) {
    Waker waker;
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return closed_ || items_.size() < limit_; });
      if (closed_) return false;
      items_.push_back(std::move(item));
      waker = waker_;
    }
    waker.wake();
    return true;
  }
  std::optional<T> take() {
    std::optional<T> item;
    {
      const std::lock_guard lock(mutex_);
      if (items_.empty()) return std::nullopt;
      item = std::move(items_.front());
      items_.pop_front();
    }
    room_.notify_one();
    return item;
  }
  /// Refuses everything from now on and frees those who wait.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    room_.notify_all();
  }

 private:
  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<T> items_;
  Waker waker_;
  bool closed_ = false;
};

}  // namespace blox
