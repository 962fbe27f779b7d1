#include "core/text/words.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace blox;

namespace {

std::vector<std::string> words_of(std::string_view text, WordRule rule = WordRule::kWord, bool lower = false) {
  BufferBuilder values, ends;
  const uint32_t count = split_words(text, rule, lower, values, ends);
  std::vector<std::string> out;
  const auto* const end = reinterpret_cast<const int32_t*>(ends.data());
  int32_t from = 0;
  for (uint32_t i = 0; i < count; ++i) {
    out.emplace_back(reinterpret_cast<const char*>(values.data()) + from, static_cast<size_t>(end[i] - from));
    from = end[i];
  }
  return out;
}

// The same, as a script would do it.
std::vector<std::string> dumb_words_of(std::string_view text, WordRule rule, bool lower) {
  std::vector<std::string> out;
  bool inside = false;
  for (const char c : text) {
    const bool beyond = static_cast<uint8_t>(c) >= 0x80;
    const bool capital = c >= 'A' && c <= 'Z', small = c >= 'a' && c <= 'z', digit = (c >= '0' && c <= '9') || c == '_';
    const bool word =
        capital || small || (digit && rule != WordRule::kLetter) || (beyond && rule != WordRule::kAsciiWord);
    if (word && !inside) out.emplace_back();
    if (word) out.back() += static_cast<char>(lower && capital ? c + 32 : c);
    inside = word;
  }
  return out;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("words are runs of letters, digits and underscores") {
  CHECK(words_of("The quick, brown_fox (2 times)!") == List{"The", "quick", "brown_fox", "2", "times"});
  CHECK(words_of("") == List{});
  CHECK(words_of(" \n\t.") == List{});
  CHECK(words_of("one") == List{"one"});
}

TEST_CASE("what lies beyond ASCII belongs to words unless the rule says otherwise") {
  CHECK(words_of("na\xc3\xafve text") == List{"na\xc3\xafve", "text"});
  CHECK(words_of("na\xc3\xafve text", WordRule::kAsciiWord) == List{"na", "ve", "text"});
  CHECK(words_of("na\xc3\xafve_2 text", WordRule::kLetter) == List{"na\xc3\xafve", "text"});
}

TEST_CASE("only ASCII capitals become small") {
  CHECK(words_of("LINUX \xc3\x84rger @[`{", WordRule::kWord, true) == List{"linux", "\xc3\x84rger"});
}

TEST_CASE("a dumb loop finds the same words in any bytes") {
  std::mt19937 random(7);
  const std::string_view alphabet = "aZ09_ .@[`{/:\xc3\xaf\x80\xff\n";
  for (int i = 0; i < 3'000; ++i) {
    std::string text(random() % (i % 50 == 0 ? 20'000 : 300), ' ');
    const bool long_words = random() % 4 == 0;
    for (char& c : text) c = long_words && random() % 64 != 0 ? 'x' : alphabet[random() % alphabet.size()];
    const auto rule = static_cast<WordRule>(random() % 3);
    const bool lower = random() % 2 == 0;
    REQUIRE(words_of(text, rule, lower) == dumb_words_of(text, rule, lower));
  }
}

TEST_CASE("what is there already stays, and ends go on from it") {
  BufferBuilder values, ends;
  split_words("ab c", WordRule::kWord, false, values, ends);
  split_words("def", WordRule::kWord, false, values, ends);
  REQUIRE(ends.size() == 3 * sizeof(int32_t));
  CHECK(reinterpret_cast<const int32_t*>(ends.data())[2] == 6);
  CHECK(std::string(reinterpret_cast<const char*>(values.data()), values.size()) == "abcdef");
}

TEST_CASE("a text is cut behind the word that stands at the place") {
  CHECK(next_word_cut("ab cd", WordRule::kWord, 0) == 2);
  CHECK(next_word_cut("ab cd", WordRule::kWord, 2) == 2);
  CHECK(next_word_cut("ab cd", WordRule::kWord, 4) == 5);
  CHECK(next_word_cut("ab", WordRule::kWord, 9) == 2);
}
