// The client against a server whose certificates are made here: whom it trusts, and whom it refuses.
#include <doctest/doctest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "core/net/address.h"
#include "core/net/http_client.h"
#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;

namespace {

const SystemClock kClock;

constexpr long kDay = 86'400;

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* one) const {
    kFree(one);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;

/// A key and what is certified about it.
struct Identity {
  KeyPtr key;
  CertificatePtr certificate;
};

void extend(X509* certificate, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Certified by `issuer`, or by itself as an authority; valid until so many seconds from now.
Identity make_identity(const std::string& name, const Identity* issuer, long until = kDay) {
  Identity out{KeyPtr(EVP_EC_gen("P-256")), CertificatePtr(X509_new())};
  X509* const certificate = out.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), until);
  X509_NAME* const subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                             0);
  const Identity& by = issuer == nullptr ? out : *issuer;
  X509_set_issuer_name(certificate, X509_get_subject_name(by.certificate.get()));
  X509_set_pubkey(certificate, out.key.get());
  if (issuer == nullptr) {
    extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    extend(certificate, NID_subject_alt_name, "DNS:" + name);
  }
  REQUIRE(X509_sign(certificate, by.key.get(), EVP_sha256()) > 0);
  return out;
}

/// Answers whoever accepts its certificate.
class Server {
 public:
  explicit Server(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method())), stop_(eventfd(0, 0)) {
    REQUIRE(SSL_CTX_use_certificate(context_.get(), identity.certificate.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()) == 1);
    const Result<int> listener = listen_tcp("127.0.0.1:0");
    REQUIRE(listener.is_ok());
    listener_ = *listener;
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    const uint64_t one = 1;
    (void)!write(stop_, &one, sizeof one);
    thread_.join();
    close(listener_);
    close(stop_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::string url() const { return "https://localhost:" + std::to_string(local_port(listener_)) + "/"; }

 private:
  void run() const {
    sigset_t broken_pipe;  // a client that goes away in the middle
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    while (true) {
      pollfd both[2] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
      poll(both, 2, -1);
      if (both[1].revents != 0) return;
      const int socket = accept(listener_, nullptr, nullptr);
      if (socket < 0) continue;
      const timeval patience{10, 0};
      setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      answer(socket);
      close(socket);
    }
  }
  void answer(int socket) const {
    const std::unique_ptr<SSL, Freed<SSL_free>> secret(SSL_new(context_.get()));
    SSL_set_fd(secret.get(), socket);
    char request[4096];
    if (SSL_accept(secret.get()) != 1 || SSL_read(secret.get(), request, sizeof request) <= 0) return;
    constexpr std::string_view kResponse = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nencrypted";
    SSL_write(secret.get(), kResponse.data(), static_cast<int>(kResponse.size()));
    SSL_shutdown(secret.get());
  }

  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_;
  int stop_;
  int listener_ = -1;
  std::thread thread_;
};

/// What comes, or the code of the error, where this authority is trusted beside those of the system.
std::string fetch(const Server& server, const Identity* trusted) {
  const testing::TemporaryFolder folder;
  HttpClientOptions options;
  if (trusted != nullptr) {
    options.authorities = folder.file("authority.pem");
    FILE* const file = fopen(options.authorities.c_str(), "w");
    REQUIRE(PEM_write_X509(file, trusted->certificate.get()) == 1);
    fclose(file);
  }
  const auto client = HttpClient::start(options, kClock);
  REQUIRE(client.is_ok());
  std::promise<HttpFetched> got;
  REQUIRE(
      (*client)->fetch({.url = *Url::parse(server.url())}, [&](HttpFetched one) { got.set_value(std::move(one)); }));
  const HttpFetched fetched = got.get_future().get();
  return fetched.status.is_ok() ? fetched.body : fetched.status.error().code;
}

}  // namespace

TEST_CASE("fetches from a server whose certificate an authority vouches for, and from no other") {
  const Identity authority = make_identity("authority", nullptr), stranger = make_identity("stranger", nullptr);
  const Identity good = make_identity("localhost", &authority);
  {
    const Server server(good);
    CHECK(fetch(server, &authority) == "encrypted");
    CHECK(fetch(server, nullptr) == "http.certificate");
    CHECK(fetch(server, &stranger) == "http.certificate");
    CHECK(fetch(server, &authority) == "encrypted");  // those who went away did no harm
  }
  CHECK(fetch(Server(make_identity("example.org", &authority)), &authority) == "http.certificate");
  CHECK(fetch(Server(make_identity("localhost", &authority, -kDay)), &authority) == "http.certificate");
  CHECK(fetch(Server(make_identity("localhost", &stranger)), &authority) == "http.certificate");
}
