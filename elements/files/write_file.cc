#include <fmt/format.h>

#include <optional>

#include "core/data/any.h"
#include "core/data/csv.h"
#include "core/data/json.h"
#include "core/data/messagepack.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/files/output_file.h"

namespace blox {
namespace {

enum class Format : uint8_t { kJson, kCsv, kMsgpack };
BLOX_ARG_ENUM(Format, {"json", Format::kJson}, {"csv", Format::kCsv}, {"msgpack", Format::kMsgpack});

// One map a record, names of fields to values.
void write_maps(const Log& log, BufferBuilder& out) {
  MessagePackWriter writer(&out);
  const std::vector<Field>& fields = log.schema().fields();
  for (uint32_t record = 0; record < log.rows(); ++record) {
    const uint32_t row = log.physical(record);
    writer.map(static_cast<uint32_t>(fields.size()));
    for (size_t i = 0; i < fields.size(); ++i) {
      const Column& column = log.column(i);
      writer.string(fields[i].name);
      if (column.is_null(row)) {
        writer.nil();
        continue;
      }
      switch (fields[i].type.kind()) {
        case Kind::kInt: writer.integer(column.int_at(row)); break;
        case Kind::kFloat: writer.floating(column.float_at(row)); break;
        case Kind::kString: writer.string(column.string_at(row)); break;
        default: encode_any(column.datum_at(row), &out); break;
      }
    }
  }
}

class WriteFile final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Writes records to a file, which appears whole when the stream has ended.

Until then they go to a file of the same name with `.blox-part` behind it, which is then made durable and renamed:
whoever opens `path` finds the file of before, or all of the new one. It keeps the mode of the file of before and, where
the system allows it, its owner; a link stays, and what it leads to is written. Where the topology fails, the records
so far stay in the `.blox-part` file until the next run, and `path` is untouched. A full disk ends the topology with an
error, and the `.blox-part` file ends with a whole record. What is no regular file, and what is open already
(`/dev/stdout`, `/dev/fd/3`), is written directly, behind what is there.

Formats: `json`, one object a line, with the strings "NaN", "Infinity" and "-Infinity" for the floats that JSON does not
have; `csv`, with a line of names first; `msgpack`, one map after the other.

Owns     the file, locked against other writers
Bounds   256 KiB of text not yet written, and that of one log
Cost     it waits for the disk, so it has a thread of its own
Example  Counter(limit = 3) -> WriteFile(path = "numbers.jsonl");
)";
  static constexpr Traits kTraits{.blocking = true, .effects = true, .guarantee = "the whole file or none of it"};

  Status open() override {
    BLOX_TRY(file_.open(path_bytes(host().resolve_path(*path_)),
                        [this](FileCall call, uint64_t bytes) { return host().file_fault(*path_, call, bytes); }));
    if (*format_ == Format::kJson) json_.emplace(in_.schema());
    if (*format_ == Format::kCsv) {
      csv_.emplace(in_.schema());
      csv_->write_header(&file_.buffer());
    }
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    switch (*format_) {
      case Format::kJson: json_->write(log, &file_.buffer()); break;
      case Format::kCsv: csv_->write(log, &file_.buffer()); break;
      case Format::kMsgpack: write_maps(log, file_.buffer()); break;
    }
    records_ += log.rows();
    const Status status = file_.end_records();
    unwritten_ = file_.buffer().size() == 0 ? 0 : unwritten_ + log.rows();
    return status.is_ok() ? Flow::kNext : fail(status);
  }

  Status close(bool complete) override {
    if (!file_.is_open()) return Status::ok();
    if (complete && failure().is_ok()) return file_.publish(*durable_);
    const Status status = file_.abandon();
    if (!failure().is_ok()) return Status::ok();  // said already
    if (status.is_ok() && !file_.part_path().empty()) {
      note(fmt::format("{} records are left in {}", records_, path_text(file_.part_path())));
    }
    return status;
  }

 private:
  PushIn in_{this, "in", "{...}", "records"};

  Arg<std::string> path_{this, "path", "the file", NotEmpty{}};
  Arg<Format> format_{this, "format", "how records are written", Default{Format::kJson}};
  Arg<bool> durable_{this, "durable", "wait until the disk has it before the file gets its name", Default{true}};

  // Another life begins the `.blox-part` file anew.
  Handler<int64_t> held_{this, "held", "records that a crash would lose: the file has not got its name yet",
                         OfShard::kSum, [this] {
                           if (!file_.is_open()) return int64_t{0};
                           return static_cast<int64_t>(file_.part_path().empty() ? unwritten_ : records_);
                         }};

  OutputFile file_;
  std::optional<JsonWriter> json_;
  std::optional<CsvWriter> csv_;
  uint64_t records_ = 0;
  uint64_t unwritten_ = 0;  // of those, in the buffer
};

}  // namespace

BLOX_ELEMENT(WriteFile);

}  // namespace blox
