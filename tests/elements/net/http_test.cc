#include <doctest/doctest.h>

#include <thread>

#include "core/data/json.h"
#include "tests/support/element_harness.h"
#include "tests/support/element_run.h"
#include "tests/support/tcp_client.h"

using namespace blox;
using namespace blox::testing;

namespace {

const char* const kAnswer = "{word: string, n: int?}";

class Offering {
 public:
  explicit Offering(ElementHarness::Args more = {}, std::string_view question = "{word: string, limit: int?}")
      : element("Http", with_address(std::move(more))) {
    element.answers("search", schema_of(kAnswer));
    element.written("search", schema_of(question));
    REQUIRE(element.start().to_string() == "ok");
  }
  static ElementHarness::Args with_address(ElementHarness::Args args) {
    args.push_back({"listen", Literal::of("127.0.0.1:0")});
    return args;
  }
  std::string address() { return *element.element().handlers()[0]->get().get_if<std::string>(); }
  void await_questions(size_t count) {
    while (element.questions("search").size() < count) {
      element.produce();
      std::this_thread::yield();
    }
  }
  // The answer to the one question of this request, which is asked as `expected`.
  std::string exchange(const std::string& request, const std::string& expected, const std::vector<Answer>& answers) {
    TcpClient client(address());
    client.say(request);
    await_questions(1);
    const Log& question = element.questions("search")[0].question;
    std::string asked;
    for (size_t i = 0; i < question.schema().size(); ++i) {
      asked += (i == 0 ? "" : ", ") + Row(question, 0).datum_at(i).to_string();
    }
    CHECK(asked == expected);
    for (const Answer& answer : answers) element.answer("search", answer);
    return client.hear_all();
  }
  std::string post(std::string_view body, const std::string& expected, const std::vector<Answer>& answers,
                   std::string_view more = {}) {
    return exchange("POST /search HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + std::string(more) +
                        "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body),
                    expected, answers);
  }
  std::string get(std::string_view target, const std::string& expected, const std::vector<Answer>& answers) {
    return exchange("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", expected,
                    answers);
  }
  ElementHarness element;
};

Answer records(const std::vector<std::vector<Datum>>& rows) { return {log_of(kAnswer, rows), false, {}}; }
const Answer kEnd{{}, true, {}};

std::string status_of(const std::string& response) { return response.substr(9, response.find("\r\n") - 9); }

}  // namespace

TEST_CASE("asks what a request asks, and answers with all records") {
  Offering http;
  const std::vector<Answer> answers{records({{"a", 1}, {"b", Datum()}}), records({{"ä\n", 3}}), kEnd};
  const std::string list = "[{\"word\":\"a\",\"n\":1},\n{\"word\":\"b\",\"n\":null},\n{\"word\":\"ä\\n\",\"n\":3}]\n";
  CHECK(http_body(http.post("{\"word\": \"k\"}", "\"k\", null", answers)) == list);
  CHECK(http_body(http.post("{\n \"limit\": 5,\n \"word\": \"k\"\n}", "\"k\", 5", {kEnd})) == "[]\n");
  CHECK(http_body(http.get("/search?word=%C3%A4+b&limit=-3", "\"ä b\", -3", {kEnd})) == "[]\n");
  CHECK(http_body(http.get("/%73earch?word=", "\"\", null", {kEnd})) == "[]\n");
  const std::string lines = http.post("{\"word\":\"k\"}", "\"k\", null", answers, "Accept: application/x-ndjson\r\n");
  CHECK(lines.find("Content-Type: application/x-ndjson\r\n") != std::string::npos);
  CHECK(http_body(lines) == "{\"word\":\"a\",\"n\":1}\n{\"word\":\"b\",\"n\":null}\n{\"word\":\"ä\\n\",\"n\":3}\n");
  const char* const curl = "Content-Type: application/x-www-form-urlencoded\r\n";
  CHECK(status_of(http.post("{\"word\":\"k\"}", "\"k\", null", {kEnd}, curl)) == "200 OK");
  CHECK(status_of(http.post("word=k&limit=1", "\"k\", 1", {kEnd}, curl)) == "200 OK");
}

TEST_CASE("says which field of a question is wrong, and what is expected") {
  Offering http({}, "{word: string, limit: int?, tags: [string]?, at: time?, good: bool?, x: float?}");
  const auto refused = [&](std::string_view body, std::string_view why) {
    const std::string response = http_post(http.address(), "/search", body);
    CAPTURE(body);
    CHECK(status_of(response) == "400 Bad Request");
    CHECK(response.find(why) != std::string::npos);
  };
  refused("", "word");
  refused("{}", "`word");
  refused("{\"word\":7}", "the field `word`: it is a number, not a string");
  refused("{\"word\":\"a\",\"wrod\":1}", "wrod");
  refused("{\"word\":\"a\",\"limit\":1.5}", "limit");
  refused("{\"word\":\"a\"", "json");
  refused("{\"word\":\"\xff\"}", "UTF-8");
  refused("[1]", "object");
  refused("{\"word\":\"a\"} {\"word\":\"b\"}", "");
  refused("{\"word\":\"a\"}\n{\"word\":\"b\"}", "");
  refused("{\"word\":null}", "word");
  const auto refused_pairs = [&](std::string_view query, std::string_view why) {
    const std::string response = http_get(http.address(), "/search?" + std::string(query));
    CAPTURE(query);
    CHECK(status_of(response) == "400 Bad Request");
    CHECK(response.find(why) != std::string::npos);
  };
  refused_pairs("", "the field `word: string` is missing");
  refused_pairs("word=a&word=b", "the field `word` is there twice");
  refused_pairs("word=a&limit=1x", "the field `limit` needs `int?`, not `1x`");
  refused_pairs("word=a&limit=99999999999999999999", "limit");
  refused_pairs("word=a&tags=b", "ask by POST");
  refused_pairs("word=a&at=yesterday", "time");
  refused_pairs("word=a&good=maybe", "bool");
  refused_pairs("word=a&x=", "float");
  refused_pairs("word=%ff", "UTF-8");
  refused_pairs("word=%4", "UTF-8");
  CHECK(http.element.questions("search").empty());
  CHECK(status_of(http.get("/search?word=a&good=true&x=1.5&at=2026-01-02",
                           "\"a\", null, null, time(\"2026-01-02T00:00:00Z\"), true, 1.5", {kEnd})) == "200 OK");
}

TEST_CASE("says what it offers") {
  Offering http;
  CHECK(http_body(http_get(http.address(), "/")) ==
        "{\"methods\":[{\"name\":\"search\",\"path\":\"/search\",\"question\":\"{word: string, limit: int?}\","
        "\"answer\":\"[{word: string, n: int?}]\"}]}\n");
  const std::string openapi = http_body(http_get(http.address(), "/openapi.json"));
  REQUIRE(datum_from_json(openapi).is_ok());
  CHECK(openapi.find("\"limit\":{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"}") != std::string::npos);
  const std::string unknown = http_get(http.address(), "/serch");
  CHECK(status_of(unknown) == "404 Not Found");
  CHECK(http_body(unknown) == "{\"error\":\"there is no method `serch`; there are: search\"}\n");
  CHECK(status_of(http_get(http.address(), "/%ff")) == "404 Not Found");
  const std::string wrong =
      http_exchange(http.address(), "PUT /search HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(status_of(wrong) == "405 Method Not Allowed");
  CHECK(wrong.find("Allow: GET, HEAD, POST\r\n") != std::string::npos);
  CHECK(status_of(http_post(http.address(), "/", "")) == "405 Method Not Allowed");
  const auto typed = [&](const char* type) {
    return status_of(
        http_exchange(http.address(), std::string("POST /search HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                                  "Content-Length: 2\r\nContent-Type: ") +
                                          type + "\r\n\r\n{}"));
  };
  CHECK(typed("text/html") == "415 Unsupported Media Type");
  CHECK(typed("application/json; charset=latin1") == "415 Unsupported Media Type");
  CHECK(typed("application/json; charset=\"UTF-8\"") == "400 Bad Request");
  CHECK(typed("application/vnd.api+json") == "400 Bad Request");
}

TEST_CASE("an answer that fails says why, and whose fault it is") {
  Offering http({{"max_answer", Literal::of(20)}});
  const auto failing = [&](Status status) {
    return http.post("{\"word\":\"k\"}", "\"k\", null", {records({{"a", 1}}), Answer{{}, true, std::move(status)}});
  };
  const std::string outside = failing(Status::outside("disk.gone", "the disk is \"gone\""));
  CHECK(status_of(outside) == "502 Bad Gateway");
  CHECK(http_body(outside) == "{\"error\":\"the disk is \\\"gone\\\"\",\"code\":\"disk.gone\"}\n");
  CHECK(status_of(failing(Status::user("index.query", "no such word"))) == "500 Internal Server Error");
  CHECK(status_of(failing(Status::outside("query.deadline", "no answer came in time"))) == "504 Gateway Timeout");
  const std::string large =
      http.post("{\"word\":\"k\"}", "\"k\", null", {records({{"a long word", 1}}), records({{"another", 1}}), kEnd});
  CHECK(status_of(large) == "500 Internal Server Error");
  CHECK(large.find("max_answer = 20") != std::string::npos);
}

TEST_CASE("more requests than may wait get 503, and the others their answers") {
  Offering http({{"outstanding", Literal::of(2)}});
  TcpClient first(http.address()), second(http.address());
  for (TcpClient* client : {&first, &second}) client->say("GET /search?word=a HTTP/1.1\r\nHost: x\r\n\r\n");
  http.await_questions(2);
  const std::string third = http_get(http.address(), "/search?word=b");
  CHECK(status_of(third) == "503 Service Unavailable");
  CHECK(third.find("Retry-After: 1\r\n") != std::string::npos);
  http.element.answer("search", kEnd);
  http.element.answer("search", kEnd);
  CHECK(status_of(first.hear("[]\n")) == "200 OK");
  CHECK(status_of(second.hear("[]\n")) == "200 OK");
  CHECK(http.get("/search?word=c", "\"c\", null", {kEnd}).size() > 0);
}

TEST_CASE("at the end those who wait are told, and nobody is kept waiting") {
  Offering http;
  TcpClient client(http.address());
  client.say("GET /search?word=a HTTP/1.1\r\nHost: x\r\n\r\n");
  http.await_questions(1);
  CHECK(http.element.close(false).is_ok());
  CHECK(status_of(client.hear_all()) == "503 Service Unavailable");
}
