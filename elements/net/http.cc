#include <fmt/format.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>

#include "core/data/json.h"
#include "core/element/element.h"
#include "core/net/http_server.h"
#include "core/net/url.h"
#include "elements/net/arguments.h"
#include "elements/net/http_index.h"
#include "elements/net/http_question.h"

namespace blox {
namespace {

constexpr Micros kDrain = 2 * kSecond;

class Http final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Offers questions to other programs over HTTP: each of its ports is a method, with JSON in and out.

What may be asked is written behind the port: `http [search: {word: string, limit: int?}] => [get] store` makes `POST
/search` with `{"word": "kernel"}` as the body, and `GET /search?word=kernel` for fields of plain types. Fields that
may be null may be left out. The answer is a list of records, or with `Accept: application/x-ndjson` a line a record.
`GET /` lists the methods and their types, `GET /openapi.json` the same for tools. It listens until the topology is
stopped, and then answers what it has been asked. Port 0 lets the system choose one, which the handler `address`
tells.

What cannot be answered gets `{"error": …}`: 400 (no JSON, or a field that is unknown, missing or of another type; it
says which), 404 (no such method: it lists those that there are), 405, 413 and 431 (too large), 415 (no JSON in
UTF-8), 408 (too slow), 503 with `Retry-After` (`outstanding` requests wait already), 504 (no answer within the
connection's `deadline`), 502 (the answerer met trouble outside) and 500 (it refused, or the answer is larger than
`max_answer`). There is no encryption and no password: who can reach the port can ask.

Bounds   `outstanding` requests, of `max_body` each; answers of `max_answer` each; `connections`
Order    answers of one connection in the order of its requests
Cost     JSON is read in the server's thread, and written in that of the task
Example  Counter(limit = 3) -> store :: Store(path = "numbers.lmdb", key = [value]); Http(listen = "127.0.0.1:8080") [number: {value: int}] => [get] store;
)";
  static constexpr Traits kTraits{.effects = true, .deterministic = false};

  ~Http() override { server_.reset(); }

  void check(Diagnostics& diagnostics) override { check_address(listen_, 8080, diagnostics); }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    // What is asked stands behind the port, in the topology.
    if (port.kind() == PortKind::kQuery) return std::nullopt;
    return Element::resolve(port, types);
  }

  Status open() override {
    std::vector<HttpMethodInfo> infos;
    for (size_t i = 0; i < methods_.size(); ++i) {
      const QueryOut& port = methods_[i];
      infos.push_back({port.name(), port.schema(), port.answer_schema()});
      routes_.emplace(port.name(), Route{i, HttpQuestionReader(port.schema())});
      writers_.emplace_back(port.answer_schema());
    }
    index_ = http_index(infos);
    openapi_ = http_openapi(infos, path());
    inbox_.emplace(static_cast<size_t>(*outstanding_));
    inbox_->set_waker(waker());

    HttpServerOptions options;
    options.address = *listen_;
    options.connections = static_cast<size_t>(*connections_);
    options.body_bytes = static_cast<uint64_t>(max_body_->bytes);
    options.rested = [this] { put(); };
    BLOX_ASSIGN(server_,
                HttpServer::start(
                    std::move(options),
                    [this](HttpRequest request, HttpReply reply) { serve(request, std::move(reply)); }, clock()));
    note("listens at " + server_->address());
    return Status::ok();
  }

  Supply produce() override {
    while (std::optional<std::vector<Asked>> batch = inbox_->take()) {
      for (Asked& asked : *batch) ask(std::move(asked));
    }
    return Supply::woken();
  }

  Flow answered(QueryOut& port, const Log&, const Log& context, Answer answer) override {
    const auto place = static_cast<size_t>(context.column(0).int_at(0));
    Pending& pending = pending_[place];
    if (answer.log.rows() > 0 && !pending.too_large) add(pending, writers_[methods_.index_of(port)], answer.log);
    if (!answer.last) return Flow::kNext;
    pending.reply.send(response_of(pending, answer.status));
    pending = {};
    free_.push_back(place);
    open_.fetch_sub(1, std::memory_order_relaxed);
    return Flow::kNext;
  }

  Status close(bool) override {
    closing_.store(true, std::memory_order_relaxed);
    if (inbox_) {
      while (inbox_->take()) {  // answered with 503 by being dropped
      }
    }
    pending_.clear();
    if (server_ != nullptr) server_->stop(kDrain);
    return Status::ok();
  }

 private:
  struct Route {
    size_t method;
    HttpQuestionReader reader;
  };
  struct Asked {
    size_t method;
    bool lines;
    Log question;
    HttpReply reply;
  };
  struct Pending {
    HttpReply reply;
    BufferBuilder body;
    bool lines = false;
    bool too_large = false;
  };

  // ---- the server's thread ----

  void serve(const HttpRequest& request, HttpReply reply) {
    std::optional<std::string> name = percent_decode(request.path());
    const auto route = name ? routes_.find(std::string_view(*name).substr(1)) : routes_.end();
    if (route == routes_.end()) return reply.send(about(request, name));
    if (closing_.load(std::memory_order_relaxed) || open_.load(std::memory_order_relaxed) >= *outstanding_) {
      return reply.send(busy());
    }
    std::variant<Log, HttpResponse> question = route->second.reader.read(request, clock().wall());
    if (HttpResponse* refusal = std::get_if<HttpResponse>(&question)) return reply.send(std::move(*refusal));
    open_.fetch_add(1, std::memory_order_relaxed);
    batch_.push_back(
        {route->second.method, wants_lines(request), std::get<Log>(std::move(question)), std::move(reply)});
  }

  // All that came at once wakes the task once.
  void put() {
    if (!batch_.empty()) inbox_->try_put(std::exchange(batch_, {}));
  }

  HttpResponse busy() const {
    HttpResponse out = http_error(503, fmt::format("there are {} requests under way already", *outstanding_));
    out.headers.push_back({"Retry-After", "1"});
    return out;
  }

  HttpResponse about(const HttpRequest& request, const std::optional<std::string>& name) const {
    const bool index = name == "/", openapi = name == "/openapi.json";
    if (index || openapi) {
      if (request.method == "GET" || request.method == "HEAD") return {.body = index ? index_ : openapi_};
      HttpResponse out = http_error(405, "this is read by GET");
      out.headers.push_back({"Allow", "GET, HEAD"});
      return out;
    }
    std::string known;
    for (const auto& [method, route] : routes_) known += (known.empty() ? "" : ", ") + method;
    return http_error(404, fmt::format("there is no method `{}`; there are: {}", name.value_or("/?").substr(1), known));
  }

  // ---- the element's task ----

  void ask(Asked asked) {
    size_t place = pending_.size();
    if (free_.empty()) {
      pending_.emplace_back();
      const Schema schema({{"place", Kind::kInt}});
      places_.push_back(Log::make(schema, {constant_column(Kind::kInt, static_cast<int64_t>(place), 1)}, 1, 0));
    } else {
      place = free_.back();
      free_.pop_back();
    }
    pending_[place].reply = std::move(asked.reply);
    pending_[place].lines = asked.lines;
    ++asked_;
    methods_[asked.method].ask(std::move(asked.question), places_[place]);
  }

  void add(Pending& pending, const JsonWriter& writer, const Log& log) const {
    BufferBuilder& body = pending.body;
    if (pending.lines) {
      writer.write(log, &body);
    } else {
      for (uint32_t i = 0; i < log.rows(); ++i) {
        body.append(body.size() == 0 ? "[" : ",\n", body.size() == 0 ? 1 : 2);
        writer.write_record(log, i, &body);
      }
    }
    if (body.size() <= static_cast<size_t>(max_answer_->bytes)) return;
    pending.too_large = true;
    body = {};
  }

  HttpResponse response_of(Pending& pending, const Status& status) const {
    if (!status.is_ok()) return failed(status.error());
    if (pending.too_large) {
      return http_error(500, fmt::format("the answer is larger than max_answer = {}", max_answer_->bytes));
    }
    BufferBuilder& body = pending.body;
    if (!pending.lines) body.append(body.size() == 0 ? "[]\n" : "]\n", body.size() == 0 ? 3 : 2);
    HttpResponse out;
    if (pending.lines) out.content_type = "application/x-ndjson";
    out.body.assign(reinterpret_cast<const char*>(body.data()), body.size());
    return out;
  }

  static HttpResponse failed(const Status::Error& error) {
    const int status = error.code == "query.deadline" ? 504 : error.fault == Fault::kOutside ? 502 : 500;
    HttpResponse out;
    out.status = status;
    out.body = "{\"error\":" + to_json(Datum(error.text)) + ",\"code\":" + to_json(Datum(error.code)) + "}\n";
    return out;
  }

  QueryOuts methods_{this, "", "{...}", "what can be asked: a method a port, with its question's type behind the name"};

  Arg<std::string> listen_{this, "listen", "where to listen: host:port"};
  Arg<int64_t> outstanding_{this, "outstanding", "how many requests may wait for their answers; further ones get 503",
                            Default{int64_t{1000}}, Between{1, 1'000'000}};
  Arg<Size> max_body_{this, "max_body", "bytes of the longest question", Default{Size{1 << 20}}, Between{1, 1 << 30}};
  Arg<Size> max_answer_{this, "max_answer", "bytes of the longest answer", Default{Size{16 << 20}},
                        Between{1, 1 << 30}};
  Arg<int64_t> connections_{this, "connections",
                            "how many at once; then the one idle longest is closed, or callers wait",
                            Default{int64_t{1000}}, Between{1, 100'000}};

  Handler<std::string> at_{this, "address", "where it listens",
                           [this] { return server_ == nullptr ? std::string() : server_->address(); }};
  Handler<int64_t> requests_{this, "asked", "questions so far", [this] { return asked_; }};
  Handler<int64_t> under_way_{this, "outstanding", "requests that wait for their answers",
                              [this] { return open_.load(std::memory_order_relaxed); }};

  // Both: made before the server starts.
  std::map<std::string, Route, std::less<>> routes_;  // what is inside belongs to the server's thread
  std::string index_, openapi_;
  std::optional<Inbox<std::vector<Asked>>> inbox_;
  std::atomic<int64_t> open_{0};
  std::atomic<bool> closing_{false};

  // The server's thread.
  std::vector<Asked> batch_;

  // The element's task.
  std::vector<JsonWriter> writers_;
  std::vector<Pending> pending_;  // by place
  std::vector<size_t> free_;
  std::vector<Log> places_;  // the context of a question: its place
  int64_t asked_ = 0;

  std::unique_ptr<HttpServer> server_;
};

}  // namespace

BLOX_ELEMENT(Http);

}  // namespace blox
