// How a request becomes a question: JSON in a body, or names and values in a query string, typed by a schema.
//
// Owns     what it needs to read one question after the other
// Threads  one user
// Bounds   none of its own: the server bounds what a request may hold
// Errors   a response that says which field is wrong and what is expected: 400, 405, 415
#pragma once

#include <string>
#include <variant>

#include "core/base/clock.h"
#include "core/data/json.h"
#include "core/net/http_message.h"

namespace blox {

class HttpQuestionReader {
 public:
  explicit HttpQuestionReader(const Schema& question);

  /// The question, one record, or why there is none.
  std::variant<Log, HttpResponse> read(const HttpRequest& request, Micros now);

 private:
  std::variant<Log, HttpResponse> read_json(std::string_view body, Micros now);
  std::variant<Log, HttpResponse> read_pairs(std::string_view query, Micros now);
  HttpResponse refuse(std::string_view why) const;

  Schema schema_;
  JsonReader json_;
  std::vector<Rejected> rejected_;
};

/// Whether a client wants the records of an answer as lines rather than as one list.
bool wants_lines(const HttpRequest& request);

}  // namespace blox
