#include "tests/support/expressions.h"

#include "core/data/datum.h"
#include "core/expr/functions/number_text.h"

namespace blox::expr {

std::string shown(const Datum& value) {
  if (value.is_null()) return "NULL";
  if (const bool* truth = value.get_if<bool>()) return *truth ? "true" : "false";
  if (const int64_t* whole = value.get_if<int64_t>()) return std::to_string(*whole);
  if (const std::string* text = value.get_if<std::string>()) return *text;
  if (const Datum::Time* time = value.get_if<Datum::Time>()) return format_time(time->micros);
  if (const double* real = value.get_if<double>()) {
    char out[kLongestFloat];
    return std::string(out, format_float(*real, out));
  }
  if (const Datum::Bytes* bytes = value.get_if<Datum::Bytes>()) {
    std::string out = "\\x";
    for (const char c : bytes->data) {
      out += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4];
      out += "0123456789abcdef"[static_cast<uint8_t>(c) & 15];
    }
    return out;
  }
  return value.to_string();
}

std::string shown(const std::vector<Error>& errors) {
  std::string out;
  for (const Error& error : errors) {
    if (!out.empty()) out += "; ";
    out += std::to_string(error.offset) + "+" + std::to_string(error.length) + " " + error.code + " " + error.message;
  }
  return out;
}

std::string evaluate_text(std::string_view text, const Schema& schema, const Log& log, const Parameters& parameters) {
  const Compiled compiled = Program::compile(text, schema, parameters);
  if (!compiled) return shown(compiled.errors);
  const Log given = log.exists() ? log : Log::make(Schema(), {}, 1, 0);
  Evaluation out;
  compiled.program->evaluate(given, 1'767'225'600'000'000, out);
  if (!out.errors.empty() && out.errors[0].record == 0)
    return "error[" + std::string(out.errors[0].code) + "]: " + out.errors[0].message;
  return out.columns[0]->is_null(0) ? "NULL" : shown(out.columns[0]->datum_at(0));
}

}  // namespace blox::expr
