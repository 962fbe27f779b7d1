#include <cerrno>
#include <fstream>
#include <limits>
#include <unordered_set>

#include "core/element/element.h"
#include "core/text/path_text.h"

namespace blox {
namespace {

// As they stand in the file, or with ASCII capitals made small.
void make_small(std::string& word) {
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

class KeepWords final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Passes the records whose word stands in a dictionary.

The dictionary is a file with a word a line; blanks around a word and empty lines do not count. It is read once, when
the topology starts. Records without a word do not pass. With `ignore_case` ASCII capitals are the same as small letters.
What does not pass comes out at `rest`, where that is connected.

Owns     the dictionary
Bounds   `max_bytes` of dictionary, about three times as much memory
Cost     a hash and a probe a record; logs pass as selections, without a copy
Example  Permute(words = ["silent"]) -> KeepWords(path = "/etc/services") -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  Status open() override {
    field_index_ = *in_.schema().find(field_->name);
    const std::string path = path_bytes(host().resolve_path(*path_));
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file.is_open()) {
      return Status::from_errno(errno, "read the dictionary", *path_)
          .with_fix("give `path` a file with a word a line, such as /usr/share/dict/words (package wamerican)");
    }
    int64_t bytes = 0;
    for (std::string line; std::getline(file, line);) {
      bytes += static_cast<int64_t>(line.size()) + 1;
      if (bytes > max_bytes_->bytes) {
        return Status::user("words.too_many", "the dictionary `" + *path_ + "` is larger than `max_bytes`")
            .with_fix("raise `max_bytes`, or give a smaller dictionary");
      }
      const size_t first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
      if (first == std::string::npos) continue;
      line = line.substr(first, last + 1 - first);
      if (*ignore_case_) make_small(line);
      words_.insert(std::move(line));
    }
    if (file.bad())
      return Status::outside("file.unreadable", "the dictionary `" + *path_ + "` cannot be read: is it a file?");
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    const Column& column = log.column(field_index_);
    kept_.clear();
    others_.clear();
    for (uint32_t record = 0; record < log.rows(); ++record) {
      const uint32_t row = log.physical(record);
      bool known = !column.is_null(row);
      if (known) {
        word_ = column.string_at(row);
        if (*ignore_case_) make_small(word_);
        known = words_.count(word_) != 0;
      }
      (known ? kept_ : others_).push_back(record);
    }
    const bool wants_rest = rest_.connected() && (others_.empty() ? rest_.wanted() : rest_.emit(log.select(others_)));
    const bool wants = kept_.empty() ? out_.wanted() : out_.emit(log.select(kept_));
    return wants || wants_rest ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIn in_{this, "in", "{$field: string?, ...}", "records with a word"};
  PushOut out_{this, "out", "in", "those whose word the dictionary has"};
  PushOut rest_{this, "rest", "in", "the others", kOptional};

  Arg<std::string> path_{this, "path", "the dictionary"};
  Arg<FieldName> field_{this, "field", "the field that holds the word", Default{FieldName{"word", {}}}};
  Arg<bool> ignore_case_{this, "ignore_case", "take ASCII capitals for small letters", Default{false}};
  Arg<Size> max_bytes_{this, "max_bytes", "the largest dictionary", Default{Size{64 << 20}},
                       Between{1, std::numeric_limits<int32_t>::max()}};

  Handler<int64_t> size_{this, "words", "words of the dictionary", OfShard::kMost,
                         [this] { return static_cast<int64_t>(words_.size()); }};

  size_t field_index_ = 0;
  std::unordered_set<std::string> words_;
  std::string word_;
  std::vector<uint32_t> kept_;
  std::vector<uint32_t> others_;
};

}  // namespace

BLOX_ELEMENT(KeepWords);

}  // namespace blox
