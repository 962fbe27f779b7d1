#include "elements/net/http_question.h"

#include <fmt/format.h>
#include <strings.h>

#include <charconv>

#include "core/data/builder.h"
#include "core/net/url.h"

namespace blox {
namespace {

bool is(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view media_type(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

// "; charset=latin1": JSON is UTF-8 and nothing else (RFC 8259, 8.1).
bool is_other_charset(std::string_view content_type) {
  const size_t at = content_type.find("charset=");
  if (at == std::string_view::npos) return false;
  std::string_view charset = content_type.substr(at + 8);
  charset = trimmed(charset.substr(0, charset.find(';')));
  if (charset.size() >= 2 && charset.front() == '"') charset = charset.substr(1, charset.size() - 2);
  return !is(charset, "utf-8") && !is(charset, "utf8") && !is(charset, "us-ascii");
}

// One value as text, the way people write it in an address bar.
std::optional<Datum> value_from(std::string_view text, const Type& type) {
  const char* const end = text.data() + text.size();
  switch (type.kind()) {
    case Kind::kString: return Datum(text);
    case Kind::kBool:
      if (text == "true" || text == "1") return Datum(true);
      if (text == "false" || text == "0") return Datum(false);
      return std::nullopt;
    case Kind::kInt: {
      int64_t value = 0;
      const auto [stop, error] = std::from_chars(text.data(), end, value);
      if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
      return Datum(value);
    }
    case Kind::kFloat: {
      double value = 0;
      const auto [stop, error] = std::from_chars(text.data(), end, value);
      if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
      return Datum(value);
    }
    case Kind::kTime: {
      Micros value = 0;
      if (!read_time(text, &value)) return std::nullopt;
      return Datum(Datum::Time{value});
    }
    default: return std::nullopt;
  }
}

bool is_simple(const Type& type) {
  return type.kind() == Kind::kString || type.kind() == Kind::kBool || type.is_word();
}

}  // namespace

HttpQuestionReader::HttpQuestionReader(const Schema& question)
    : schema_(question), json_(question, {.extra = JsonReader::Extra::kError}) {}

HttpResponse HttpQuestionReader::refuse(std::string_view why) const {
  HttpResponse out;
  out.status = 400;
  out.body = "{\"error\":" + to_json(Datum(why)) + ",\"question\":" + to_json(Datum(schema_.to_string())) + "}\n";
  return out;
}

std::variant<Log, HttpResponse> HttpQuestionReader::read(const HttpRequest& request, Micros now) {
  if (request.method == "GET" || request.method == "HEAD") return read_pairs(request.query(), now);
  if (request.method != "POST") {
    HttpResponse out = http_error(405, "a question is asked by POST, with a body of JSON, or by GET");
    out.headers.push_back({"Allow", "GET, HEAD, POST"});
    return out;
  }
  if (!request.query().empty()) return refuse("the fields of a question stand in the body of a POST, not behind `?`");
  const std::string_view type = request.header("Content-Type");
  const std::string_view media = media_type(type);
  const std::string_view body = request.body;
  // What curl says when it is not told what it sends.
  if (is(media, "application/x-www-form-urlencoded")) {
    return !body.empty() && body.find_first_not_of(" \t\r\n") < body.size() &&
                   body[body.find_first_not_of(" \t\r\n")] == '{'
               ? read_json(body, now)
               : read_pairs(body, now);
  }
  const bool json = media.empty() || is(media, "application/json") || is(media, "text/json") ||
                    (media.size() > 5 && is(media.substr(media.size() - 5), "+json"));
  if (!json || is_other_charset(type)) {
    return http_error(415, fmt::format("a question is application/json in UTF-8, not `{}`", type));
  }
  return read_json(body, now);
}

std::variant<Log, HttpResponse> HttpQuestionReader::read_json(std::string_view body, Micros now) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) body = "{}";
  rejected_.clear();
  if (body.find('\n') == std::string_view::npos) {
    json_.read_lines(body, &rejected_);
  } else {  // laid out for people
    Column text;
    text.type = Kind::kBytes;
    text.rows = 1;
    text.values = Buffer::copy_of(body);
    const int32_t ends[] = {0, static_cast<int32_t>(body.size())};
    text.offsets = Buffer::copy_of(ends, sizeof ends);
    const uint32_t row = 0;
    json_.read_values(text, {&row, 1}, &rejected_);
  }
  if (rejected_.empty() && json_.log().rows() == 1) return json_.log().finish(now);
  const std::string why = rejected_.empty() ? "the body is no JSON object" : rejected_[0].message;
  if (!json_.log().empty()) json_.log().finish(now);  // forgotten
  rejected_.clear();
  return refuse(why);
}

std::variant<Log, HttpResponse> HttpQuestionReader::read_pairs(std::string_view query, Micros now) {
  const auto pairs = read_query(query);
  if (!pairs) return refuse("behind `?` stands no query string of UTF-8");
  std::vector<Datum> row(schema_.size());
  std::vector<bool> given(schema_.size());
  for (const auto& [name, value] : *pairs) {
    const std::optional<size_t> index = schema_.find(name);
    if (!index) return refuse(fmt::format("the question has no field `{}`", name));
    const Type& type = schema_.at(*index).type;
    if (given[*index]) return refuse(fmt::format("the field `{}` is there twice", name));
    if (!is_simple(type)) {
      return refuse(fmt::format("the field `{}` is `{}`: ask by POST, with a body of JSON", name, type.to_string()));
    }
    std::optional<Datum> datum = value_from(value, type);
    if (!datum) return refuse(fmt::format("the field `{}` needs `{}`, not `{}`", name, type.to_string(), value));
    row[*index] = *std::move(datum);
    given[*index] = true;
  }
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i] || schema_.at(i).type.nullable()) continue;
    return refuse(fmt::format("the field `{}: {}` is missing", schema_.at(i).name, schema_.at(i).type.to_string()));
  }
  const Result<Log> log = log_from(schema_, {row}, now);
  if (!log.is_ok()) return refuse(log.status().error().text);
  return *log;
}

bool wants_lines(const HttpRequest& request) {
  const std::string_view accept = request.header("Accept");
  return accept.find("ndjson") != std::string_view::npos || accept.find("jsonl") != std::string_view::npos;
}

}  // namespace blox
