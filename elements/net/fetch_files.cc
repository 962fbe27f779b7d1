#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <memory>
#include <optional>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/net/http_client.h"
#include "core/text/path_text.h"
#include "elements/support/raw_file.h"

namespace blox {
namespace {

class FetchFiles final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Fetches the files behind URLs, such as those of `SignUrl`, in pieces, and goes on where a connection broke.

Each file becomes its record with the field `content`. It is asked for in ranges of `piece`; where a connection
breaks, the next asks for the rest, `retries` times in a row without a byte gained. A file that changes meanwhile is
begun anew, as often. A server that knows no ranges gives it whole. With `local` a file whose `path` can be opened
here is read directly; the bytes are the same. What cannot be had goes to `errors`: refused by the server,
unreachable, or longer than `max_bytes`.

Bounds   `at_once` files of `max_bytes`
Order    of a log's files as they arrive; those of the next log behind them
Cost     one request a piece; connections are kept
Example  ServeFiles(listen = "127.0.0.1:8082", root = "topologies", secret = "0123456789abcdef"); FileCrawler(path = "topologies", glob = "*.blox") -> SignUrl(root = "topologies", at = "http://127.0.0.1:8082", secret = "0123456789abcdef") -> FetchFiles(piece = 1KiB) -> Map("length(content) AS n") -> Print;
)";
  static constexpr Traits kTraits{.blocking = true, .deterministic = false, .emit_max = 64 << 20};

  Status open() override {
    inbox_.emplace(static_cast<size_t>(*at_once_) * 2);
    inbox_->set_waker(waker());
    HttpClientOptions options;
    options.at_once = static_cast<size_t>(*at_once_);
    BLOX_ASSIGN(client_, HttpClient::start(std::move(options), clock()));
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    log_ = std::move(log);
    next_ = 0;
    return go_on();
  }

  Flow resume() override {
    if (std::optional<Got> got = inbox_->take()) {
      take(*std::move(got));
      if (!out_.wanted()) return Flow::kDone;
      (void)go_on();
      return Flow::kMore;
    }
    return go_on();
  }

  Flow tick(Timer&) override { return Flow::kNext; }  // who waits for a timer is resumed by it

  Status close(bool) override {
    client_.reset();
    return Status::ok();
  }

 private:
  struct File {
    uint32_t record = 0;
    Url url;
    std::string content;
    std::string tag;    // of the version that `content` is of
    int64_t tries = 0;  // without a byte gained
    int64_t again = 0;  // when, of steady_ns
  };
  struct Got {
    File file;
    HttpFetched fetched;
  };

  // Begins what may begin; waits while anything is under way.
  Flow go_on() {
    const int64_t now = clock().steady_ns();
    int64_t soonest = Timer::kOff;
    for (size_t count = waiting_.size(); count > 0; --count) {
      File file = std::move(waiting_.front());
      waiting_.pop_front();
      if (file.again <= now) {
        fetch(std::move(file));
      } else {
        soonest = std::min(soonest, file.again);
        waiting_.push_back(std::move(file));
      }
    }
    if (soonest != Timer::kOff) retry_.set(soonest);
    while (next_ < log_.rows() && under_way_ + static_cast<int64_t>(waiting_.size()) < *at_once_) begin(next_++);
    if (under_way_ > 0 || !waiting_.empty()) return Flow::kWait;
    if (next_ < log_.rows()) return Flow::kMore;
    log_ = {};
    return Flow::kNext;
  }

  void begin(uint32_t record) {
    const Row row(log_, record);
    if (*local_ && read_local(row)) return;
    const std::string_view text = row.string_at(*log_.schema().find(field_->name));
    const std::optional<Url> url = Url::parse(text);
    if (!url) return refuse(record, "fetch.url", fmt::format("`{}` is no http or https URL", text));
    File file;
    file.record = record;
    file.url = *url;
    fetch(std::move(file));
  }

  bool read_local(const Row& row) {
    const std::optional<size_t> field = log_.schema().find("path");
    RawFile raw;
    if (!field || log_.schema().at(*field).type != Type(Kind::kString) ||
        !raw.open(path_bytes(host().resolve_path(row.string_at(*field)))).is_ok()) {
      return false;
    }
    std::string content;
    while (content.size() <= most()) {
      const size_t before = content.size(), room = std::min<size_t>(256 << 10, most() + 1 - before);
      content.resize(before + room);
      const Result<size_t> got = raw.read(content.data() + before, room, before);
      if (!got.is_ok()) return false;
      content.resize(before + *got);
      if (*got < room) break;
    }
    emit(row.record(), content);
    return true;
  }

  void fetch(File file) {
    ++under_way_;
    HttpFetch wanted;
    wanted.url = file.url;
    wanted.compressed = false;
    const uint64_t from = file.content.size(), to = from + static_cast<uint64_t>(piece_->bytes);
    wanted.headers.push_back({"Range", fmt::format("bytes={}-{}", from, to - 1)});
    if (!file.tag.empty()) wanted.headers.push_back({"If-Range", file.tag});
    wanted.max_bytes = most() + 1;
    wanted.answer_time = wanted.pause_time = timeout_->micros;
    wanted.connect_time = std::min(wanted.connect_time, timeout_->micros);
    auto shared = std::make_shared<Got>(Got{std::move(file), {}});
    client_->fetch(std::move(wanted), [this, shared](HttpFetched fetched) {
      shared->fetched = std::move(fetched);
      inbox_->try_put(std::move(*shared));  // there is room: twice as much as is under way
    });
  }

  void take(Got got) {
    --under_way_;
    File& file = got.file;
    HttpFetched& fetched = got.fetched;
    const std::string_view tag = fetched.header("ETag");
    const bool part = fetched.code == 206, whole = fetched.code == 200;
    if (fetched.status.is_ok() && fetched.code == 416 && file.content.empty()) return finish(file);  // an empty file
    if (fetched.status.is_ok() && !part && !whole) {
      return refuse(file.record, "fetch.refused",
                    fmt::format("the server says {} {}", fetched.code, http_reason(fetched.code)));
    }
    std::optional<uint64_t> size;
    if (part || whole) {
      // What comes from the beginning, or of another version than before, replaces what there is.
      const bool restarts = whole || (!file.tag.empty() && tag != file.tag);
      const uint64_t before = file.content.size();
      if (restarts) file.content.clear();
      if (part && start_of(fetched.header("Content-Range"), &size) != file.content.size()) {
        return retry(std::move(file), "the server gives other bytes than it was asked for");
      }
      file.content += fetched.body;
      if (file.content.size() > before) file.tries = 0;
      file.tag = tag;
      if (restarts && before > 0) ++file.tries;
    }
    // The client may give up by the length that is announced, before any of it has come.
    const bool too_long = !fetched.status.is_ok() && fetched.status.error().code == "http.too_large";
    if (too_long || file.content.size() > most()) return refuse_long(file.record);
    if (!fetched.status.is_ok()) return retry(std::move(file), fetched.status.error().text);
    if (whole || (size && file.content.size() == *size)) return finish(file);
    if (fetched.body.empty()) return retry(std::move(file), "the server gives nothing");
    fetch(std::move(file));
  }

  // "bytes 0-99/1000": the first, and the size where it is said.
  static std::optional<uint64_t> start_of(std::string_view range, std::optional<uint64_t>* size) {
    if (!range.starts_with("bytes ")) return std::nullopt;
    uint64_t first = 0, all = 0;
    if (std::from_chars(range.data() + 6, range.data() + range.size(), first).ec != std::errc()) return std::nullopt;
    const size_t slash = range.find('/');
    if (slash != std::string_view::npos &&
        std::from_chars(range.data() + slash + 1, range.data() + range.size(), all).ec == std::errc()) {
      *size = all;
    }
    return first;
  }

  void retry(File file, std::string_view why) {
    if (++file.tries > *retries_) {
      return refuse(file.record, "fetch.unreachable", fmt::format("{}, {} times", why, file.tries));
    }
    const int64_t pause = std::min<int64_t>(kSecond / 10 << std::min<int64_t>(file.tries - 1, 10), 10 * kSecond);
    // What broke in the middle is asked for again at once.
    file.again = file.tries == 1 ? 0 : clock().steady_ns() + pause * 1'000;
    waiting_.push_back(std::move(file));
  }

  void finish(const File& file) { emit(file.record, file.content); }

  void emit(uint32_t record, std::string_view content) {
    if (content.size() > most()) return refuse_long(record);
    const Log one = log_.slice(record, 1).dense();
    ColumnBuilder column(Kind::kBytes);
    column.append_string(content);
    std::vector<ColumnPtr> columns = one.columns();
    columns.push_back(column.finish());
    out_.emit(one.with_columns(out_.schema(), std::move(columns)));
  }

  void refuse(uint32_t record, std::string_view code, std::string_view why) {
    reject(in_, log_, {&record, 1}, code, why);
  }
  void refuse_long(uint32_t record) {
    refuse(record, "fetch.too_large", fmt::format("it is longer than max_bytes = {}", max_bytes_->bytes));
  }
  size_t most() const { return static_cast<size_t>(max_bytes_->bytes); }

  PushIn in_{this, "in", "{$field, ...}", "files"};
  PushOut out_{this, "out", "in + {content: bytes}", "the same with their content"};

  Arg<FieldName> field_{this, "field", "the field with the URL", Default{FieldName{"url", {}}}};
  Arg<Size> piece_{this, "piece", "bytes asked for at once", Default{Size{1 << 20}}, Between{1, 64 << 20}};
  Arg<Size> max_bytes_{this, "max_bytes", "bytes of the longest file", Default{Size{16 << 20}}, Between{1, 64 << 20}};
  Arg<int64_t> at_once_{this, "at_once", "files fetched at once", Default{int64_t{4}}, Between{1, 1000}};
  Arg<int64_t> retries_{this, "retries", "how often in a row without a byte gained", Default{int64_t{5}},
                        Between{0, 1000}};
  Arg<Duration> timeout_{this, "timeout", "longest wait for a connection, for an answer and for more of it",
                         Default{Duration{30 * kSecond}}, AtLeast{1'000}};
  Arg<bool> local_{this, "local", "read files directly whose `path` can be opened here", Default{false}};

  Timer retry_{this, "retry"};

  Log log_;
  uint32_t next_ = 0;
  std::deque<File> waiting_;  // to be asked for again
  int64_t under_way_ = 0;
  std::optional<Inbox<Got>> inbox_;
  std::unique_ptr<HttpClient> client_;  // the last: its thread uses the inbox
};

}  // namespace

BLOX_ELEMENT(FetchFiles);

}  // namespace blox
