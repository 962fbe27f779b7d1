// Whatever the bytes, the words lie inside the text, in order, and hold word characters only.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/check.h"
#include "core/text/code_point.h"
#include "core/text/glob.h"
#include "core/text/path_text.h"
#include "core/text/words.h"

using namespace blox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto rule = static_cast<WordRule>(data[0] % 3);
  const bool lower = data[1] % 2 == 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  BufferBuilder values, ends;
  const uint32_t count = split_words(text, rule, lower, values, ends);
  BLOX_CHECK(values.size() <= text.size() && ends.size() == count * sizeof(int32_t), "more words than text");
  int32_t last = 0;
  for (uint32_t i = 0; i < count; ++i) {
    int32_t end;
    std::memcpy(&end, ends.data() + i * sizeof end, sizeof end);
    BLOX_CHECK(end > last, "a word without characters");
    const std::string_view word(reinterpret_cast<const char*>(values.data()) + last, static_cast<size_t>(end - last));
    BLOX_CHECK(next_word_cut(word, rule, 0) == word.size(), "a word that holds something else");
    last = end;
  }
  const bool valid = valid_utf8_prefix(text) == text.size();
  const std::string_view all(reinterpret_cast<const char*>(values.data()), values.size());
  BLOX_CHECK(!valid || valid_utf8_prefix(all) == all.size(), "a word that cuts a character");

  BLOX_CHECK(path_bytes(path_text(text)) == text, "a path that does not lead back");
  if (text.size() < 512) (void)glob_matches(text.substr(0, text.size() / 2), text.substr(text.size() / 2));
  return 0;
}
