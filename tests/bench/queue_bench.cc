// Crossing a queue inside a worker beside raw ZeroMQ inproc that passes pointers: logs of 1,024 records of 64 bytes,
// eight buffers of 8 KiB each, allocated by the writer and freed by the reader on both sides.
#include <cstring>
#include <thread>
#include <zmq.hpp>

#include "tests/support/compare.h"
#include "tests/support/parts.h"

using namespace blox;

namespace {

constexpr uint32_t kRecords = 1'024;
constexpr size_t kFields = 8;
constexpr size_t kFieldBytes = kRecords * 8;
constexpr int64_t kLogs = 60'000;
constexpr uint64_t kQueue = 64;

const Schema& wide() {
  static const Schema schema = [] {
    std::vector<Field> fields;
    for (size_t i = 0; i < kFields; ++i) fields.push_back({"f" + std::to_string(i), Type(Kind::kInt)});
    return Schema(std::move(fields));
  }();
  return schema;
}

Buffer make_buffer(bool filled) {
  BufferBuilder values;
  uint8_t* const bytes = values.extend(kFieldBytes);
  if (filled) {
    std::memset(bytes, 1, kFieldBytes);
  } else {
    bytes[0] = 1;
  }
  return values.finish();
}

class Makes final : public Element {
 public:
  explicit Makes(bool filled) : filled_(filled) {}
  Supply produce() override {
    std::vector<ColumnPtr> columns;
    columns.reserve(kFields);
    for (size_t i = 0; i < kFields; ++i) {
      auto column = std::make_shared<Column>();
      column->type = Type(Kind::kInt);
      column->rows = kRecords;
      column->values = make_buffer(filled_);
      columns.push_back(std::move(column));
    }
    out.emit(Log::make(wide(), std::move(columns), kRecords, 1));
    return ++made_ < kLogs ? Supply::more() : Supply::end();
  }
  PushOut out{this, "out", "", ""};

 private:
  bool filled_;
  int64_t made_ = 0;
};

class Reads final : public Element {
 public:
  explicit Reads(bool filled) : filled_(filled) {}
  Flow push(PushIn&, Log log) override {
    const size_t step = filled_ ? 64 : kFieldBytes;
    for (const ColumnPtr& column : log.columns()) {
      const uint8_t* const bytes = column->values.data();
      for (size_t i = 0; i < kFieldBytes; i += step) sum_ += bytes[i];
    }
    return Flow::kNext;
  }
  Status close(bool) override {
    bench::keep(sum_);
    return Status::ok();
  }
  PushIn in{this, "in", "", ""};

 private:
  bool filled_;
  uint64_t sum_ = 0;
};

using Measure = double (*)(const std::function<void()>&);

std::optional<double> ours(Measure measure, bool filled) {
  testing::Net net;
  auto& source = net.add<Makes>("source", filled);
  auto& sink = net.add<Reads>("sink", filled);
  source.out.set_schema(wide());
  sink.in.set_schema(wide());
  net.push(source, source.out, sink, sink.in, testing::Net::queue(kQueue, uint64_t{16} << 20));
  RunOptions options;
  options.threads = 2;
  bool ok = false;
  const double seconds = measure([&] { ok = net.run(options).status.is_ok(); });
  return ok ? std::optional(seconds) : std::nullopt;
}

/// What a hand-written program would send: a pointer to eight of the same buffers.
struct RawLog {
  Buffer fields[kFields];
};

std::optional<double> raw(Measure measure, bool filled) {
  return measure([&] {
    zmq::context_t context(0);
    zmq::socket_t in(context, ZMQ_PULL);
    in.set(zmq::sockopt::rcvhwm, static_cast<int>(kQueue / 2));
    in.bind("inproc://raw");
    std::thread writer([&] {
      zmq::socket_t out(context, ZMQ_PUSH);
      out.set(zmq::sockopt::sndhwm, static_cast<int>(kQueue / 2));
      out.connect("inproc://raw");
      for (int64_t i = 0; i < kLogs; ++i) {
        auto* const log = new RawLog;
        for (Buffer& field : log->fields) field = make_buffer(filled);
        zmq_send(out.handle(), &log, sizeof log, 0);
      }
    });
    const size_t step = filled ? 64 : kFieldBytes;
    uint64_t sum = 0;
    for (int64_t i = 0; i < kLogs; ++i) {
      RawLog* log = nullptr;
      zmq_recv(in.handle(), &log, sizeof log, 0);
      for (const Buffer& field : log->fields) {
        for (size_t at = 0; at < kFieldBytes; at += step) sum += field.data()[at];
      }
      delete log;
    }
    writer.join();
    bench::keep(sum);
  });
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const auto compare = [&](const char* how, Measure measure, bool filled) {
    bench.compare({std::string("cross a queue, 1,024 records of 64 bytes, ") +
                       (filled ? "written and read" : "not touched") + how,
                   "raw ZeroMQ inproc, pointers", filled ? bench::Bar::at_least(0.8) : bench::Bar{},
                   [=] { return ours(measure, filled); }, [=] { return raw(measure, filled); },
                   static_cast<double>(kLogs), "logs"});
  };
  for (const bool filled : {true, false}) {
    compare("", bench::wall_seconds, filled);
    compare(" (CPU)", bench::cpu_seconds, filled);
  }
  return 0;
}
