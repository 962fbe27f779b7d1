// The links between two worker processes beside raw ZeroMQ over the same loopback: logs whose every byte is written and
// read, acknowledged; records of 100 bytes; questions. The other process is a child of this one.
#include <fmt/format.h>
#include <sys/resource.h>
#include <zmq.h>

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "tests/bench/link_query.h"
#include "tests/bench/link_sides.h"
#include "tests/support/compare.h"
#include "tests/support/net.h"

using namespace blox;
using namespace blox::runtime;

namespace {

class WaitBell final : public Bell {
 public:
  void ring(uint32_t) override {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(rung_, true)) return;
    }
    changed_.notify_one();
  }
  /// Until it has been rung since the last call.
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

/// User and system seconds of both processes, start and end included: what it costs where others use the machine too.
std::optional<double> cpu_of(const bench::Run& run) {
  const auto used = [] {
    double seconds = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
      rusage usage{};
      getrusage(who, &usage);
      for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
        seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
      }
    }
    return seconds;
  };
  const double before = used();
  if (!run().has_value()) return std::nullopt;
  return used() - before;
}

/// Both by the wall, and by what they cost.
void compare_both(bench::Bench& bench, const bench::Comparison& comparison) {
  bench.compare(comparison);
  bench::Comparison cpu = comparison;
  cpu.work += " (CPU)";
  cpu.bar = {};
  cpu.ours = [run = comparison.ours] { return cpu_of(run); };
  cpu.reference = [run = comparison.reference] { return cpu_of(run); };
  bench.compare(cpu);
}

struct Payload {
  Schema schema;
  size_t rows = 0;
  size_t fields = 0;
  size_t field_bytes = 0;  ///< of one record in a field
};

/// Records of eight ints.
Payload words(size_t bytes) {
  Payload payload;
  std::vector<Field> fields;
  for (size_t i = 0; i < 8; ++i) fields.push_back({"f" + std::to_string(i), Type(Kind::kInt)});
  payload.schema = Schema(std::move(fields));
  payload.rows = bytes / 64;
  return payload;
}

Log words_log(const Payload& payload) {
  std::vector<ColumnPtr> columns;
  for (size_t i = 0; i < payload.schema.size(); ++i) {
    BufferBuilder values;
    std::memset(values.extend(payload.rows * 8), 1, payload.rows * 8);
    auto column = std::make_shared<Column>();
    column->type = Type(Kind::kInt);
    column->rows = static_cast<uint32_t>(payload.rows);
    column->values = values.finish();
    columns.push_back(std::move(column));
  }
  return Log::make(payload.schema, std::move(columns), static_cast<uint32_t>(payload.rows), 1);
}

/// Records of two ints and a string of 84 bytes.
Payload records() {
  Payload payload;
  payload.schema = Schema({{"id", Type(Kind::kInt)}, {"at", Type(Kind::kInt)}, {"text", Type(Kind::kString)}});
  payload.rows = 1'024;
  return payload;
}

Log records_log(const Payload& payload) {
  LogBuilder builder(payload.schema);
  const std::string text(84, 'x');
  for (size_t i = 0; i < payload.rows; ++i) {
    builder.column(0).append_int(static_cast<int64_t>(i));
    builder.column(1).append_int(7);
    builder.column(2).append_string(text);
    builder.end_row();
  }
  return builder.finish(1);
}

uint64_t read_all(const Log& log) {
  uint64_t sum = 0;
  for (const ColumnPtr& column : log.columns()) {
    for (size_t i = 0; i < column->values.size(); i += 64) sum += column->values.data()[i];
  }
  return sum;
}

std::optional<double> ours(const Payload& payload, Log (*make)(const Payload&), bool same, int64_t logs, bool curve) {
  const auto parent_keys = curve ? std::make_unique<bench::Keys>() : nullptr,
             child_keys = curve ? std::make_unique<bench::Keys>() : nullptr;
  return bench::beside(
      [&](bench::Pipes& pipes) {
        WaitBell bell;
        Mailbox mailbox;
        bench::Worker worker(pipes, false, parent_keys.get(), child_keys.get());
        auto state = std::make_shared<ChannelState>(ChannelBound{});
        Bell* const back = worker.net->open_in({"child", 1}, payload.schema, state,
                                               std::make_unique<bench::Arrivals>(mailbox), 0, &bell, 1);
        Reader reader(state, back, 1);
        worker.net->meet({worker.other});
        pipes.hear(false);  // reached
        uint64_t sum = 0;
        return bench::wall_seconds([&] {
          pipes.say(false, "go");
          Message message;
          while (!reader.ended()) {
            while (mailbox.receive(message)) reader.accept(std::move(message));
            if (reader.empty()) {
              reader.settle();
              if (!reader.ended()) bell.wait();
            }
            while (!reader.empty()) sum += read_all(reader.take());
          }
          pipes.hear(false);  // acknowledged
          bench::keep(sum);
        });
      },
      [&](bench::Pipes& pipes) {
        WaitBell bell;
        bench::Worker worker(pipes, true, child_keys.get(), parent_keys.get());
        auto state = std::make_shared<ChannelState>(ChannelBound{});
        auto outlet = worker.net->open_out({"parent", 1}, state, &bell, 1);
        Writer writer(state, Sender(outlet.get(), 0, &bell, 1));
        worker.net->meet({worker.other});
        while (!writer.room_or_wait()) bell.wait();
        const Log one = make(payload);
        pipes.say(true, "reached");
        pipes.hear(true);
        for (int64_t i = 0; i < logs; ++i) {
          while (!writer.room_or_wait()) bell.wait();
          writer.send(same ? one : make(payload));
        }
        writer.end();
        while (!writer.pump()) bell.wait();
        worker.net->settle(60 * kSecond);
        pipes.say(true, "acknowledged");
      });
}

void secure(void* socket, bool server, const bench::Keys* own, const bench::Keys* other) {
  if (own == nullptr) return;
  const int on = 1;
  if (server) zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &on, sizeof on);
  zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own->keys.secret_key.c_str(), 41);
  if (server) return;
  zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own->keys.public_key.c_str(), 41);
  zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, other->keys.public_key.c_str(), 41);
}

std::optional<double> raw(size_t bytes, int64_t logs, bool curve) {
  const auto parent_keys = curve ? std::make_unique<bench::Keys>() : nullptr,
             child_keys = curve ? std::make_unique<bench::Keys>() : nullptr;
  return bench::beside(
      [&](bench::Pipes& pipes) {
        void* const context = zmq_ctx_new();
        void* const in = zmq_socket(context, ZMQ_PULL);
        secure(in, true, parent_keys.get(), nullptr);
        pipes.say(false, bench::bound_at(in));
        pipes.hear(false);
        uint64_t sum = 0;
        const double seconds = bench::wall_seconds([&] {
          pipes.say(false, "go");
          for (int64_t i = 0; i < logs; ++i) {
            zmq_msg_t message;
            zmq_msg_init(&message);
            zmq_msg_recv(&message, in, 0);
            const auto* const data = static_cast<const uint8_t*>(zmq_msg_data(&message));
            for (size_t at = 0; at < zmq_msg_size(&message); at += 64) sum += data[at];
            zmq_msg_close(&message);
          }
        });
        bench::keep(sum);
        pipes.say(false, "done");
        zmq_close(in);
        zmq_ctx_term(context);
        return seconds;
      },
      [&](bench::Pipes& pipes) {
        void* const context = zmq_ctx_new();
        void* const out = zmq_socket(context, ZMQ_PUSH);
        secure(out, false, child_keys.get(), parent_keys.get());
        zmq_connect(out, pipes.hear(true).c_str());
        pipes.say(true, "reached");
        pipes.hear(true);
        for (int64_t i = 0; i < logs; ++i) {
          zmq_msg_t message;
          zmq_msg_init_size(&message, bytes);
          std::memset(zmq_msg_data(&message), 1, bytes);
          zmq_msg_send(&message, out, 0);
        }
        pipes.hear(true);
        zmq_close(out);
        zmq_ctx_term(context);
      });
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  for (const bool curve : {false, true}) {
    for (const size_t size : {size_t{64} << 10, size_t{1} << 20}) {
      const int64_t bytes = curve ? 50'000'000 : 400'000'000;
      const int64_t logs = bytes / static_cast<int64_t>(size);
      const std::string with = curve ? " with CURVE" : "";
      bench.compare(
          {fmt::format("logs of {} KiB over tcp{}, acknowledged", size >> 10, with), "raw ZeroMQ PUSH/PULL" + with,
           bench::Bar::at_least(0.8), [=] { return ours(words(size), words_log, false, logs, curve); },
           [=] { return raw(size, logs, curve); }, static_cast<double>(logs) * static_cast<double>(size), "B"});
    }
  }
  if (const std::string work = "records of 100 bytes over tcp"; bench.wanted(work)) {
    constexpr int64_t kLogs = 10'000;
    std::vector<double> rates;
    for (int i = 0; i < bench.pairs(); ++i) {
      const std::optional<double> seconds = ours(records(), records_log, true, kLogs, false);
      if (seconds.has_value()) rates.push_back(kLogs * 1.024e-3 / *seconds);
    }
    const bench::Spread spread = bench::spread_of(rates);
    bench.figure(work, fmt::format("{:.1f} ({:.1f}–{:.1f}) million/s", spread.median, spread.low, spread.high),
                 "≥ 10 million/s", spread.median >= 10);
  }
  compare_both(
      bench, {"query over tcp, one at a time", "raw DEALER/ROUTER", bench::Bar::at_most(1.3),
              [] { return bench::ours_query(5'000, 1); }, [] { return bench::raw_query(5'000, 1); }, 5'000, "queries"});
  compare_both(bench, {"query over tcp, 64 in flight", "raw DEALER/ROUTER, 64 in flight", bench::Bar::at_least(0.5),
                       [] { return bench::ours_query(50'000, 64); }, [] { return bench::raw_query(50'000, 64); },
                       50'000, "queries"});
  return 0;
}
