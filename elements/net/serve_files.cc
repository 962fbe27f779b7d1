#include <atomic>
#include <memory>

#include "core/element/element.h"
#include "core/net/http_server.h"
#include "core/text/path_text.h"
#include "elements/net/arguments.h"
#include "elements/net/served_file.h"
#include "elements/net/signed_url.h"

namespace blox {
namespace {

class ServeFiles final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Serves the files below a folder to who has a sealed URL of them.

`SignUrl` makes the URLs, with the same `root` and `secret`, and `FetchFiles` fetches them; any HTTP client can, too,
whole or in ranges. A URL that was forged or has expired gets 403, and so does what leads out of `root`, by `..` or by
a link. It does not keep a topology alive: it ends when all else has ended, unless `forever` is set; then when the
topology is stopped.

The seal keeps strangers from reading, not from listening in: there is no encryption.

Bounds   `connections`, each with a buffer of 64 KiB
Cost     one SHA-256 a request; files are read by the server's thread
Example  ServeFiles(listen = "127.0.0.1:8081", root = "topologies", secret = "0123456789abcdef"); FileCrawler(path = "topologies", glob = "*.blox") -> SignUrl(root = "topologies", at = "http://127.0.0.1:8081", secret = "0123456789abcdef") -> FetchFiles -> Select([path, size]) -> Print;
)";
  static constexpr Traits kTraits{.background = true, .effects = true};

  ~ServeFiles() override { server_.reset(); }

  void check(Diagnostics& diagnostics) override {
    check_secret(secret_, diagnostics);
    check_address(listen_, 8081, diagnostics);
  }

  Status open() override {
    BLOX_TRY(files_.open(path_bytes(host().resolve_path(*root_))).with_fix("give `root` a folder that there is"));
    HttpServerOptions options;
    options.address = *listen_;
    options.connections = static_cast<size_t>(*connections_);
    options.body_bytes = 0;
    BLOX_ASSIGN(server_, HttpServer::start(
                             std::move(options),
                             [this](HttpRequest request, HttpReply reply) { reply.send(serve(request)); }, clock()));
    note("listens at " + server_->address());
    return Status::ok();
  }

  Supply produce() override { return Supply::woken(); }
  Flow flush() override { return *forever_ ? Flow::kWait : Flow::kNext; }
  Flow resume() override { return flush(); }

  Status close(bool) override {
    if (server_ != nullptr) server_->stop(kSecond);
    return Status::ok();
  }

 private:
  // By the server's thread.
  HttpResponse serve(const HttpRequest& request) {
    if (request.method != "GET" && request.method != "HEAD") {
      HttpResponse out = http_error(405, "files are read by GET");
      out.headers.push_back({"Allow", "GET, HEAD"});
      return out;
    }
    const Result<std::string> path = read_signed_target(*secret_, request.target, clock().wall() / kSecond);
    if (!path.is_ok()) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return http_error(path.status().error().code == "url.malformed" ? 404 : 403, path.status().error().text);
    }
    served_.fetch_add(1, std::memory_order_relaxed);
    return files_.serve(path_bytes(*path), request);
  }

  Arg<std::string> listen_{this, "listen", "where to listen: host:port"};
  Arg<std::string> root_{this, "root", "the folder", NotEmpty{}};
  Arg<std::string> secret_{this, "secret", "what both sides know: 16 characters or more"};
  Arg<bool> forever_{this, "forever", "serve until the topology is stopped", Default{false}};
  Arg<int64_t> connections_{this, "connections", "how many at once", Default{int64_t{1000}}, Between{1, 100'000}};

  Handler<std::string> where_{this, "address", "where it listens",
                              [this] { return server_ == nullptr ? std::string() : server_->address(); }};
  Handler<int64_t> requests_{this, "served", "requests with a right seal", [this] { return served_.load(); }};
  Handler<int64_t> forged_{this, "refused", "requests without", [this] { return refused_.load(); }};

  ServedRoot files_;
  std::atomic<int64_t> served_{0}, refused_{0};
  std::unique_ptr<HttpServer> server_;
};

}  // namespace

BLOX_ELEMENT(ServeFiles);

}  // namespace blox
