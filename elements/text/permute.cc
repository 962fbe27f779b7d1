#include <algorithm>

#include "core/data/builder.h"
#include "core/element/element.h"

namespace blox {
namespace {

constexpr uint32_t kRowsPerLog = 1024;

// A text as its characters; each of them is valid UTF-8 by itself.
std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> out;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 || out.empty()) out.emplace_back();
    out.back() += c;
  }
  return out;
}

class Permute final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Gives every distinct order of the letters of some words, each beside the word that it was made of.

A word of n different letters has n! orders: ten letters are 3.6 million records. With `KeepWords` behind it, anagrams.

Owns     the word, and the order that comes next
Order    words as given; the orders of a word ascend by the bytes of their letters
Bounds   logs of at most 1,024 records
Cost     one step of std::next_permutation a record
Example  Permute(words = ["abc"]) -> Print;
)";

  Supply produce() override {
    LogBuilder out(out_.schema());
    while (out.rows() < kRowsPerLog && *word_index_ < static_cast<int64_t>(words_->size())) {
      const std::string& word = (*words_)[static_cast<size_t>(*word_index_)];
      if (letters_->empty()) {  // the first order; an empty word has none
        *letters_ = characters_of(word);
        std::sort(letters_->begin(), letters_->end());
      }
      if (!letters_->empty()) {
        for (const std::string& letter : *letters_) text_ += letter;
        out.column(0).append_string(text_);
        out.column(1).append_string(word);
        out.end_row();
        text_.clear();
      }
      if (letters_->empty() || !std::next_permutation(letters_->begin(), letters_->end())) {
        letters_->clear();
        ++*word_index_;
      }
    }
    if (!out.empty() && !out_.emit(out.finish(clock().wall()))) return Supply::end();
    return *word_index_ < static_cast<int64_t>(words_->size()) ? Supply::more() : Supply::end();
  }

 private:
  PushOut out_{this, "out", "{word: string, of: string}", "the orders"};

  Arg<std::vector<std::string>> words_{this, "words", "the words, or one of them"};

  // The word at work, and the letters of its next order; none: the first one.
  Value<int64_t> word_index_{this, "word_index", Version{1}};
  Value<std::vector<std::string>> letters_{this, "letters", Version{1}};

  std::string text_;  // empty between two records
};

}  // namespace

BLOX_ELEMENT(Permute);

}  // namespace blox
