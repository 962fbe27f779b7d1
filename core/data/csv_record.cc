#include "core/data/csv_record.h"

#include <algorithm>
#include <cstring>

namespace blox {
namespace {

bool ends_line(char c) { return c == '\n' || c == '\r'; }

/// Walks one record.
class Cutter {
 public:
  Cutter(std::string_view text, char separator, char quote, bool last, CsvRecord* record)
      : text_(text), separator_(separator), quote_(quote), last_(last), record_(record) {}

  CsvRecord::Outcome run() {
    while (true) {
      const bool quoted = at_ < text_.size() && text_[at_] == quote_;
      const CsvRecord::Outcome outcome = quoted ? quoted_cell() : plain_cell();
      if (outcome != CsvRecord::Outcome::kComplete) return outcome;
      if (at_ == text_.size()) return last_ ? CsvRecord::Outcome::kComplete : CsvRecord::Outcome::kUnfinished;
      if (text_[at_] == separator_) {
        ++at_;
        continue;
      }
      return line_end();
    }
  }
  size_t size() const { return at_; }

 private:
  CsvRecord::Outcome plain_cell() {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && !ends_line(text_[at_])) ++at_;
    record_->cells.push_back({text_.substr(start, at_ - start), false, false});
    return CsvRecord::Outcome::kComplete;
  }

  CsvRecord::Outcome quoted_cell() {
    const size_t start = ++at_;
    bool doubled = false;
    while (true) {
      const void* const found =
          at_ < text_.size() ? std::memchr(text_.data() + at_, quote_, text_.size() - at_) : nullptr;
      if (found == nullptr) return CsvRecord::Outcome::kUnfinished;
      at_ = static_cast<size_t>(static_cast<const char*>(found) - text_.data()) + 1;
      if (at_ == text_.size() && !last_) return CsvRecord::Outcome::kUnfinished;  // the next byte may double it
      if (at_ == text_.size() || text_[at_] != quote_) break;
      doubled = true;
      ++at_;
    }
    record_->cells.push_back({text_.substr(start, at_ - 1 - start), true, doubled});
    if (at_ == text_.size() || text_[at_] == separator_ || ends_line(text_[at_])) return CsvRecord::Outcome::kComplete;
    const size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos && !last_) return CsvRecord::Outcome::kUnfinished;
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    return CsvRecord::Outcome::kBadQuote;
  }

  CsvRecord::Outcome line_end() {
    if (text_[at_] == '\r') {
      if (at_ + 1 == text_.size() && !last_) return CsvRecord::Outcome::kUnfinished;  // "\n" may follow
      if (at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    }
    ++at_;
    return CsvRecord::Outcome::kComplete;
  }

  std::string_view text_;
  char separator_;
  char quote_;
  bool last_;
  CsvRecord* record_;
  size_t at_ = 0;
};

}  // namespace

void cut_csv_record(std::string_view text, char separator, char quote, bool last, CsvRecord* record) {
  record->cells.clear();
  Cutter cutter(text, separator, quote, last, record);
  record->outcome = cutter.run();
  record->size = cutter.size();
}

}  // namespace blox
