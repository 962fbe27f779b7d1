#include "core/net/http_client.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "core/net/http_fetch.h"
#include "core/net/http_parser.h"

namespace blox {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kHeaderBytes = 64 << 10;

// A connection, encrypted or not.
struct Channel {
  Channel(asio::io_context& io, ssl::context& secrets, bool secure) : socket(io) {
    if (secure) secret.emplace(socket, secrets);
  }
  template <typename Handler>
  void read(asio::mutable_buffer into, Handler handler) {
    if (secret) {
      secret->async_read_some(into, std::move(handler));
    } else {
      socket.async_read_some(into, std::move(handler));
    }
  }
  template <typename Handler>
  void write(const std::string& text, Handler handler) {
    if (secret) {
      asio::async_write(*secret, asio::buffer(text), std::move(handler));
    } else {
      asio::async_write(socket, asio::buffer(text), std::move(handler));
    }
  }
  void close() {
    error_code error;
    socket.close(error);
  }
  // Kept connections: the other side has said or closed something.
  bool is_stale() {
    error_code error;
    char byte = 0;
    socket.non_blocking(true, error);
    socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    return error != asio::error::would_block;
  }

  tcp::socket socket;
  std::optional<ssl::stream<tcp::socket&>> secret;
};
using ChannelPtr = std::shared_ptr<Channel>;

}  // namespace

class HttpClient::Core {
 public:
  Core(HttpClientOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}
  ~Core() { stop(); }

  Status open() {
    error_code error;
    secrets_.set_default_verify_paths(error);
    if (!error && !options_.authorities.empty()) secrets_.load_verify_file(options_.authorities, error);
    if (error) return Status::outside("http.certificate", "no certificates can be loaded: " + error.message());
    secrets_.set_verify_mode(ssl::verify_peer);
    thread_ = std::thread([this] { run(); });
    return Status::ok();
  }

  bool fetch(HttpFetch wanted, Done done) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_ || asked_ >= options_.at_once + options_.waiting) return false;
      ++asked_;
    }
    auto job = std::make_shared<Job>(io_, std::move(wanted), std::move(done));
    asio::post(io_, [this, job] {
      waiting_.push_back(job);
      start_waiting();
    });
    return true;
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      for (const JobPtr& job : std::exchange(waiting_, {})) finish(job, Status::outside("http.stopped", "stopped"));
      const std::vector<JobPtr> open(active_.begin(), active_.end());
      for (const JobPtr& job : open) finish(job, Status::outside("http.stopped", "stopped"));
      kept_.clear();
      sweep_.cancel();
      work_.reset();
    });
    thread_.join();
  }

 private:
  struct Job {
    Job(asio::io_context& io, HttpFetch wanted, Done then)
        : fetch(std::move(wanted)), done(std::move(then)), url(fetch.url), resolver(io), timer(io) {}
    HttpFetch fetch;
    Done done;
    Url url;  // of the request under way
    std::vector<std::string> visited;
    tcp::resolver resolver;
    asio::steady_timer timer;
    int64_t last_moment = 0;  // of steady_ns
    ChannelPtr channel;
    bool reused = false;
    bool heard = false;  // a byte of this response
    std::string request;
    std::vector<char> buffer;
    size_t buffered = 0;
    HttpResponseParser parser;
    bool over = false;
  };
  using JobPtr = std::shared_ptr<Job>;
  struct Kept {
    std::string origin;
    ChannelPtr channel;
    int64_t until;
  };

  void run() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception&) {
        // Memory, or what `done` does: the fetch that it came from ends by its time.
      }
    }
  }

  void start_waiting() {
    while (active_.size() < options_.at_once && !waiting_.empty()) {
      const JobPtr job = waiting_.front();
      waiting_.pop_front();
      active_.insert(job);
      job->last_moment = clock_.steady_ns() + job->fetch.total_time * 1'000;
      job->buffer.resize(kHeaderBytes);
      begin(job);
    }
  }

  // ---- one request ----

  void begin(const JobPtr& job) {
    job->visited.push_back(job->url.to_string());
    job->request = request_text(job->fetch, job->url, options_.agent);
    if (ChannelPtr kept = take_kept(job->url.origin())) {
      job->channel = std::move(kept);
      job->reused = true;
      return send(job);
    }
    connect(job);
  }

  void connect(const JobPtr& job) {
    job->reused = false;
    job->channel = std::make_shared<Channel>(io_, secrets_, job->url.secure);
    within(job, job->fetch.connect_time, "connect");
    job->resolver.async_resolve(
        job->url.host, std::to_string(job->url.port), tcp::resolver::numeric_service,
        [this, job](const error_code& error, const tcp::resolver::results_type& found) {
          if (job->over) return;
          if (error) return fail(job, "http.address", "cannot find " + job->url.host + ": " + error.message());
          asio::async_connect(
              job->channel->socket, found,
              [this, job](const error_code& refused, const tcp::endpoint&) { connected(job, refused); });
        });
  }

  void connected(const JobPtr& job, const error_code& error) {
    if (job->over) return;
    if (error) return fail(job, "http.connect", "cannot connect to " + job->url.authority() + ": " + error.message());
    error_code ignored;
    job->channel->socket.set_option(tcp::no_delay(true), ignored);
    if (!job->channel->secret) return send(job);
    ssl::stream<tcp::socket&>& secret = *job->channel->secret;
    SSL_set_tlsext_host_name(secret.native_handle(), job->url.host.c_str());
    secret.set_verify_callback(ssl::host_name_verification(job->url.host), ignored);
    secret.async_handshake(ssl::stream_base::client, [this, job](const error_code& refused) {
      if (job->over) return;
      if (refused) {
        return fail(job, "http.certificate", "no trust in " + job->url.authority() + ": " + refused.message());
      }
      send(job);
    });
  }

  void send(const JobPtr& job) {
    job->heard = false;
    job->buffered = 0;
    job->parser.begin({kHeaderBytes, job->fetch.max_bytes}, job->fetch.head);
    within(job, job->fetch.answer_time, "an answer");
    job->channel->write(job->request, [this, job](const error_code& error, size_t) {
      if (job->over) return;
      // The other side may have answered and closed before it had read all.
      if (error && job->reused) return again(job);
      read(job);
    });
  }

  void read(const JobPtr& job) {
    job->channel->read(asio::buffer(job->buffer.data() + job->buffered, job->buffer.size() - job->buffered),
                       [this, job](const error_code& error, size_t count) {
                         if (job->over) return;
                         if (error) return ended(job, error);
                         job->heard = true;
                         job->buffered += count;
                         take(job);
                       });
  }

  void take(const JobPtr& job) {
    std::string_view in(job->buffer.data(), job->buffered);
    const HttpProgress progress = job->parser.take(in);
    std::copy(in.begin(), in.end(), job->buffer.begin());
    job->buffered = in.size();
    switch (progress) {
      case HttpProgress::kMore:
        if (job->buffered == job->buffer.size()) return fail(job, "http.broken", "a line of the response is too long");
        within(job, job->fetch.pause_time, "more");
        return read(job);
      case HttpProgress::kDone: return complete(job, job->buffered == 0 && job->parser.keep_alive());
      case HttpProgress::kFailed: break;
    }
    const HttpFault& fault = job->parser.fault();
    fail(job, fault.status == 413 ? "http.too_large" : "http.broken", fault.text);
  }

  void ended(const JobPtr& job, const error_code& error) {
    if (job->reused && !job->heard) return again(job);
    // Without a length the end of the connection ends the body; an encrypted one must have said so itself.
    const bool clean = error == asio::error::eof || (error == ssl::error::stream_truncated && !job->channel->secret);
    if (clean && job->parser.end() == HttpProgress::kDone) return complete(job, false);
    fail(job, "http.broken", "the connection to " + job->url.authority() + " broke off: " + error.message());
  }

  // A kept connection had ended when it was used: nothing was asked, so it is asked again.
  void again(const JobPtr& job) {
    job->channel->close();
    connect(job);
  }

  void complete(const JobPtr& job, bool keep) {
    if (keep) {
      this->keep(job->url.origin(), std::exchange(job->channel, nullptr));
    } else {
      job->channel->close();
    }
    const std::string_view location = find_header(job->parser.headers(), "Location");
    if (!is_redirect(job->parser.status()) || job->fetch.redirects == 0 || location.empty()) return deliver(job);
    const Result<Url> next = redirect_target(job->url, location, job->visited, job->fetch.redirects);
    if (!next) return finish(job, next.status());
    if (next->origin() != job->url.origin()) drop_secrets(job->fetch.headers);
    job->url = *next;
    begin(job);
  }

  void deliver(const JobPtr& job) {
    if (find_header(job->parser.headers(), "Content-Encoding") == "gzip" && !job->fetch.head) {
      Result<std::string> body = unpacked_body(job->parser.body(), job->fetch.max_bytes);
      if (!body.is_ok()) {
        job->parser.body().clear();
        return fail(job, body.status().error().code == "http.too_large" ? "http.too_large" : "http.broken",
                    body.status().error().text);
      }
      job->parser.body() = *std::move(body);
    }
    finish(job, Status::ok());
  }

  void fail(const JobPtr& job, std::string code, std::string text) {
    finish(job, Status::outside(std::move(code), std::move(text)));
  }

  void finish(const JobPtr& job, Status status) {
    if (std::exchange(job->over, true)) return;
    job->timer.cancel();
    job->resolver.cancel();
    if (job->channel != nullptr) job->channel->close();
    HttpFetched out;
    out.status = std::move(status);
    out.url = job->url;
    if (job->parser.header_done()) {
      out.code = job->parser.status();
      out.headers = std::move(job->parser.headers());
      out.body = std::move(job->parser.body());
    }
    if (!out.status.is_ok() && !out.header("Content-Encoding").empty()) out.body.clear();
    active_.erase(job);
    {
      const std::lock_guard lock(mutex_);
      --asked_;
    }
    std::exchange(job->done, nullptr)(std::move(out));
    start_waiting();
  }

  void within(const JobPtr& job, Micros time, const char* what) {
    const int64_t left = (job->last_moment - clock_.steady_ns()) / 1'000;
    job->timer.expires_after(std::chrono::microseconds(std::clamp<int64_t>(left, 0, time)));
    job->timer.async_wait([this, job, what](const error_code& error) {
      if (error || job->over || job->timer.expiry() > asio::steady_timer::clock_type::now()) return;
      fail(job, "http.timeout", fmt::format("{}: waited too long for {}", job->url.authority(), what));
    });
  }

  // ---- connections that wait for the next fetch ----

  ChannelPtr take_kept(const std::string& origin) {
    for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {  // the latest is likeliest to be open
      if (kept->origin != origin) continue;
      const ChannelPtr channel = kept->channel;
      kept_.erase(std::next(kept).base());
      if (!channel->is_stale()) return channel;
      channel->close();
      return take_kept(origin);
    }
    return nullptr;
  }

  void keep(const std::string& origin, ChannelPtr channel) {
    if (kept_.size() >= options_.kept) kept_.erase(kept_.begin());
    if (options_.kept == 0) return channel->close();
    kept_.push_back({origin, std::move(channel), clock_.steady_ns() + options_.kept_for * 1'000});
    sweep();
  }

  void sweep() {
    if (kept_.empty() || std::exchange(sweeping_, true)) return;
    sweep_.expires_after(std::chrono::microseconds(options_.kept_for));
    sweep_.async_wait([this](const error_code& error) {
      sweeping_ = false;
      if (error) return;
      const int64_t now = clock_.steady_ns();
      std::erase_if(kept_, [now](const Kept& kept) { return kept.until <= now; });
      sweep();
    });
  }

  const HttpClientOptions options_;
  const Clock& clock_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  ssl::context secrets_{ssl::context::tls_client};
  asio::steady_timer sweep_{io_};
  std::thread thread_;

  // The client's thread.
  std::deque<JobPtr> waiting_;
  std::unordered_set<JobPtr> active_;
  std::vector<Kept> kept_;
  bool sweeping_ = false;

  std::mutex mutex_;  // guards this group
  size_t asked_ = 0;
  bool stopped_ = false;
};

HttpClient::HttpClient(std::unique_ptr<Core> core) : core_(std::move(core)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::start(HttpClientOptions options, const Clock& clock) {
  auto core = std::make_unique<Core>(std::move(options), clock);
  BLOX_TRY(core->open());
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(core)));
}

bool HttpClient::fetch(HttpFetch fetch, Done done) { return core_->fetch(std::move(fetch), std::move(done)); }
void HttpClient::stop() { core_->stop(); }

}  // namespace blox
