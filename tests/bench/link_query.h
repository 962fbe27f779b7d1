// A question and its answer between two workers, beside the same with ZeroMQ's own sockets. Each of ours is a task of a
// worker's scheduler, as in a topology.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "core/run/thread_scheduler.h"
#include "tests/bench/link_sides.h"
#include "tests/support/compare.h"
#include "tests/support/net.h"

namespace blox::bench {

/// A task that does `work` whenever something has come, until that says that it has finished.
class QueryTask final : public runtime::Runnable {
 public:
  QueryTask(runtime::Scheduler& scheduler, std::function<bool()> work)
      : Runnable(&scheduler, false), work_(std::move(work)) {}
  runtime::Outcome run(uint32_t) override {
    if (!work_()) return runtime::Outcome::kIdle;
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify_one();
    return runtime::Outcome::kFinished;
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return finished_; });
  }

 private:
  const std::function<bool()> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
};

/// A worker with one task, and what comes for it.
struct QueryWorker {
  QueryWorker(Pipes& pipes, bool child, std::function<bool()> work)
      : worker(pipes, child, nullptr, nullptr),
        scheduler(std::max(1u, std::thread::hardware_concurrency()), clock, worker.net->lookout()),
        task(scheduler, std::move(work)) {
    BLOX_CHECK(scheduler.open().is_ok(), "no scheduler");
  }
  ~QueryWorker() {
    scheduler.join();
    worker.net->close();  // before the task goes, which it rings
  }

  SystemClock clock;
  runtime::Mailbox mailbox;
  std::shared_ptr<runtime::ChannelState> answers =
      std::make_shared<runtime::ChannelState>(runtime::ChannelBound{UINT64_MAX, uint64_t{16} << 20});
  Worker worker;
  runtime::ThreadScheduler scheduler;
  QueryTask task;
};

inline std::optional<double> ours_query(int64_t questions, int64_t window) {
  const Log one = testing::number_log({1});
  return beside(
      [&](Pipes& pipes) {
        std::unique_ptr<runtime::Outlet> outlet;
        runtime::Bell* back = nullptr;
        QueryWorker* mine = nullptr;
        int64_t asked = 0, got = 0;
        const auto ask = [&] {
          runtime::Message question;
          question.kind = runtime::MessageKind::kQuestion;
          question.question = static_cast<uint64_t>(++asked);
          question.log = one;
          outlet->send(std::move(question));
        };
        QueryWorker worker(pipes, false, [&] {
          while (asked < window) ask();
          runtime::Message answer;
          while (mine->mailbox.receive(answer)) {
            ++got;
            runtime::Credit& credit = mine->answers->credit;
            credit.give_back(answer.charge);
            if (credit.waits() && credit.half_empty() && credit.stop_waiting()) back->ring(runtime::kCredit);
            if (asked < questions) ask();
          }
          return got == questions;
        });
        mine = &worker;
        runtime::Net& net = *worker.worker.net;
        back = net.open_in({"child", 1, runtime::NetFlow::kAnswers}, testing::numbers(), worker.answers,
                           std::make_unique<Arrivals>(worker.mailbox), 0, &worker.task, runtime::kMail);
        outlet = net.open_out({"child", 1, runtime::NetFlow::kQuestions}, nullptr, &worker.task, runtime::kCredit);
        net.meet({worker.worker.other});
        pipes.hear(false);
        return wall_seconds([&] {
          BLOX_CHECK(worker.scheduler.start({}).is_ok(), "no threads");
          worker.task.ring(runtime::kMail);
          worker.task.wait();
          pipes.say(false, "done");
        });
      },
      [&](Pipes& pipes) {
        std::unique_ptr<runtime::Outlet> outlet;
        QueryWorker* mine = nullptr;
        int64_t answered = 0;
        bool reached = false;
        QueryWorker worker(pipes, true, [&] {
          runtime::Credit& credit = mine->answers->credit;
          if (!reached && !credit.room()) credit.wait();
          if (!reached && credit.room()) {
            reached = true;
            pipes.say(true, "reached");
          }
          runtime::Message question;
          while (mine->mailbox.receive(question)) {
            ++answered;
            runtime::Message answer;
            answer.kind = runtime::MessageKind::kAnswer;
            answer.question = question.question;
            answer.last = true;
            answer.log = std::move(question.log);
            answer.charge = answer.log.charge();
            credit.spend(answer.charge);
            outlet->send(std::move(answer));
          }
          return answered == questions;
        });
        mine = &worker;
        runtime::Net& net = *worker.worker.net;
        net.open_in({"parent", 1, runtime::NetFlow::kQuestions}, testing::numbers(), nullptr,
                    std::make_unique<Arrivals>(worker.mailbox), 0, &worker.task, runtime::kMail);
        outlet =
            net.open_out({"parent", 1, runtime::NetFlow::kAnswers}, worker.answers, &worker.task, runtime::kCredit);
        BLOX_CHECK(worker.scheduler.start({}).is_ok(), "no threads");
        worker.task.ring(runtime::kMail);
        net.meet({worker.worker.other});
        pipes.hear(true);
      });
}

inline std::optional<double> raw_query(int64_t questions, int64_t window) {
  constexpr size_t kBytes = 64;
  return beside(
      [&](Pipes& pipes) {
        void* const context = zmq_ctx_new();
        void* const socket = zmq_socket(context, ZMQ_DEALER);
        zmq_connect(socket, pipes.hear(false).c_str());
        char bytes[kBytes] = "";
        const auto once = [&](int64_t count, int64_t at_once) {
          for (int64_t i = 0; i < at_once; ++i) zmq_send(socket, bytes, kBytes, 0);
          for (int64_t i = 0; i < count; ++i) {
            zmq_recv(socket, bytes, kBytes, 0);
            if (i + at_once < count) zmq_send(socket, bytes, kBytes, 0);
          }
        };
        once(1, 1);
        const double seconds = bench::wall_seconds([&] { once(questions, window); });
        zmq_close(socket);
        zmq_ctx_term(context);
        return seconds;
      },
      [&](Pipes& pipes) {
        void* const context = zmq_ctx_new();
        void* const socket = zmq_socket(context, ZMQ_ROUTER);
        pipes.say(true, bound_at(socket));
        for (int64_t i = 0; i < questions + 1; ++i) {
          char name[16], bytes[kBytes];
          const int size = zmq_recv(socket, name, sizeof name, 0);
          zmq_recv(socket, bytes, kBytes, 0);
          zmq_send(socket, name, static_cast<size_t>(size), ZMQ_SNDMORE);
          zmq_send(socket, bytes, kBytes, 0);
        }
        zmq_close(socket);
        zmq_ctx_term(context);
      });
}

}  // namespace blox::bench
