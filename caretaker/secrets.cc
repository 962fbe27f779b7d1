#include "caretaker/secrets.h"

#include <algorithm>

#include "core/data/builder.h"

namespace blox {
namespace {

constexpr std::string_view kShown = "(secret)";

void gather(const Literal& literal, std::vector<std::string>& texts) {
  // One character is no secret, and would hide half of every text.
  if (literal.origin == Literal::Origin::kSecret && literal.text.size() > 1) texts.push_back(literal.text);
  for (const Literal& item : literal.items) gather(item, texts);
  if (literal.bindings == nullptr) return;
  for (const auto& [name, value] : *literal.bindings) {
    if (value.origin == Literal::Origin::kSecret && value.text.size() > 1) texts.push_back(value.text);
  }
}

}  // namespace

Secrets Secrets::of(const Graph& graph) {
  Secrets secrets;
  for (const GraphElement& element : graph.elements) {
    for (const GraphArg& arg : element.args) gather(arg.value, secrets.texts_);
    for (const Setting& setting : element.settings) gather(setting.value, secrets.texts_);
  }
  secrets.put_in_order();
  return secrets;
}

void Secrets::add(const Secrets& others) {
  texts_.insert(texts_.end(), others.texts_.begin(), others.texts_.end());
  put_in_order();
}

// The longest first: one may be part of another.
void Secrets::put_in_order() {
  std::sort(texts_.begin(), texts_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
}

std::string Secrets::hide(std::string text) const {
  for (const std::string& secret : texts_) {
    for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kShown.size())) {
      text.replace(at, secret.size(), kShown);
    }
  }
  return text;
}

Datum Secrets::hide(const Datum& value) const {
  if (const auto* text = value.get_if<std::string>()) return hide(*text);
  if (const auto* bytes = value.get_if<Datum::Bytes>()) return Datum::Bytes{hide(bytes->data)};
  if (const auto* list = value.get_if<Datum::List>()) {
    Datum::List hidden;
    for (const Datum& item : *list) hidden.push_back(hide(item));
    return hidden;
  }
  if (const auto* record = value.get_if<Datum::Struct>()) {
    Datum::Struct hidden;
    for (const auto& [name, item] : *record) hidden.emplace_back(name, hide(item));
    return hidden;
  }
  return value;
}

Log Secrets::hide(const Log& log) const {
  if (empty()) return log;
  bool found = false;
  std::vector<std::vector<Datum>> rows;
  for (const Row row : log) {
    std::vector<Datum>& values = rows.emplace_back();
    for (size_t i = 0; i < log.columns().size(); ++i) {
      const Datum value = row.datum_at(i);
      values.push_back(hide(value));
      found |= !(values.back() == value);
    }
  }
  if (!found) return log;
  const Result<Log> hidden = log_from(log.schema(), rows, log.born());
  if (!hidden) return log.slice(0, 0);                               // rather nothing than the secret
  return log.dense().with_columns(log.schema(), hidden->columns());  // which keeps what was said of each record
}

void Secrets::hide(Snapshot& snapshot) const {
  if (empty()) return;
  for (ElementMetrics& element : snapshot.elements) {
    for (RejectedMetrics& rejected : element.rejected) {
      for (std::string& message : rejected.first_messages) message = hide(std::move(message));
    }
  }
}

}  // namespace blox
