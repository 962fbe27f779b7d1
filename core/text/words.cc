#include "core/text/words.h"

#include <array>
#include <bit>
#include <cstring>

#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

namespace blox {
namespace {

constexpr size_t kBlock = 64;
constexpr size_t kStretch = 4096;  // bytes whose words are found before any is copied

constexpr bool is_word_byte(WordRule rule, unsigned byte) {
  const bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
  const bool digit = (byte >= '0' && byte <= '9') || byte == '_';
  return letter || (digit && rule != WordRule::kLetter) || (byte >= 0x80 && rule != WordRule::kAsciiWord);
}

#ifdef __SSSE3__

// A byte is a word byte where the two tables, looked up by its low and its high half, have a bit in common. One bit
// stands for the rows of the ASCII table whose word bytes have the same low halves.
struct Tables {
  alignas(16) std::array<uint8_t, 16> low{};
  alignas(16) std::array<uint8_t, 16> high{};
};

constexpr Tables make_tables(WordRule rule) {
  Tables tables;
  unsigned bits = 0;
  for (unsigned row = 0; row < 16; ++row) {
    unsigned members = 0;
    for (unsigned column = 0; column < 16; ++column)
      members |= is_word_byte(rule, row * 16 + column) ? 1u << column : 0u;
    if (members == 0) continue;
    unsigned bit = 0;  // of an earlier row with the same members
    for (unsigned earlier = 0; earlier < row; ++earlier) {
      unsigned others = 0;
      for (unsigned column = 0; column < 16; ++column) {
        others |= is_word_byte(rule, earlier * 16 + column) ? 1u << column : 0u;
      }
      if (others == members) bit = tables.high[earlier];
    }
    if (bit == 0) bit = 1u << bits++;
    tables.high[row] = static_cast<uint8_t>(bit);
    for (unsigned column = 0; column < 16; ++column) {
      if ((members >> column & 1) != 0) tables.low[column] = static_cast<uint8_t>(tables.low[column] | bit);
    }
  }
  return tables;
}

struct Classifier {
  explicit Classifier(WordRule rule) {
    static constexpr Tables kTables[] = {make_tables(WordRule::kWord), make_tables(WordRule::kAsciiWord),
                                         make_tables(WordRule::kLetter)};
    const Tables& tables = kTables[static_cast<size_t>(rule)];
    low = _mm_load_si128(reinterpret_cast<const __m128i*>(tables.low.data()));
    high = _mm_load_si128(reinterpret_cast<const __m128i*>(tables.high.data()));
  }

  /// Bit i: byte i of the 64 is a word byte.
  uint64_t operator()(const char* bytes) const {
    const __m128i nibble = _mm_set1_epi8(0x0f);
    uint64_t mask = 0;
    for (unsigned part = 0; part < 4; ++part) {
      const __m128i in = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + part * 16));
      const __m128i by_low = _mm_shuffle_epi8(low, _mm_and_si128(in, nibble));
      const __m128i by_high = _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi16(in, 4), nibble));
      const __m128i others = _mm_cmpeq_epi8(_mm_and_si128(by_low, by_high), _mm_setzero_si128());
      mask |= static_cast<uint64_t>(~static_cast<unsigned>(_mm_movemask_epi8(others)) & 0xffffu) << (part * 16);
    }
    return mask;
  }

  __m128i low;
  __m128i high;
};

struct Copier {
  /// Copies 16 bytes.
  static void copy(const char* from, uint8_t* to, bool lower) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    if (lower) {
      // Signed comparison: bytes beyond ASCII are negative and so no capitals.
      const __m128i capital =
          _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1)), _mm_cmpgt_epi8(_mm_set1_epi8('Z' + 1), bytes));
      bytes = _mm_or_si128(bytes, _mm_and_si128(capital, _mm_set1_epi8(0x20)));
    }
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  }
};

#else

struct Classifier {
  explicit Classifier(WordRule rule) {
    for (unsigned byte = 0; byte < 256; ++byte) table[byte] = is_word_byte(rule, byte);
  }
  uint64_t operator()(const char* bytes) const {
    uint64_t mask = 0;
    for (unsigned i = 0; i < kBlock; ++i) mask |= static_cast<uint64_t>(table[static_cast<uint8_t>(bytes[i])]) << i;
    return mask;
  }
  std::array<uint8_t, 256> table{};
};

struct Copier {
  static void copy(const char* from, uint8_t* to, bool lower) {
    for (unsigned i = 0; i < 16; ++i) {
      const char c = from[i];
      to[i] = static_cast<uint8_t>(lower && c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
  }
};

#endif

// The places in a stretch of text where words begin and end, in turn; a word that the stretch cuts goes on in the next.
class Edges {
 public:
  void find(const Classifier& classify, std::string_view text, size_t from, size_t to) {
    count_ = 0;
    for (size_t at = from; at < to; at += kBlock) {
      uint64_t mask;
      if (at + kBlock <= text.size()) {
        mask = classify(text.data() + at);
      } else {  // zeros are no word bytes, so a word ends with the text
        char padded[kBlock] = {};
        std::memcpy(padded, text.data() + at, text.size() - at);
        mask = classify(padded);
      }
      uint64_t edges = mask ^ (mask << 1 | inside_);
      inside_ = mask >> 63;
      const auto found = static_cast<size_t>(std::popcount(edges));
      const auto base = static_cast<uint32_t>(at - from);
      // Many at a time whether there are so many or not: nearly no branch is mispredicted.
      uint32_t* at_edge = at_ + count_;
      count_ += found;
      take_eight(base, edges, at_edge);
      take_eight(base, edges, at_edge + 8);
      if (found > 16) [[unlikely]] {
        for (size_t i = 16; i < found; i += 8) take_eight(base, edges, at_edge + i);
      }
    }
  }
  size_t size() const { return count_; }
  uint32_t operator[](size_t i) const { return at_[i]; }
  const uint32_t* data() const { return at_; }

 private:
  // The places of the lowest eight bits, which are then gone; 63 where there are none left.
  static void take_eight(uint32_t base, uint64_t& edges, uint32_t* out) {
    take(base, edges, out);
    take(base, edges, out + 1);
    take(base, edges, out + 2);
    take(base, edges, out + 3);
    take(base, edges, out + 4);
    take(base, edges, out + 5);
    take(base, edges, out + 6);
    take(base, edges, out + 7);
  }
  static void take(uint32_t base, uint64_t& edges, uint32_t* out) {
    constexpr uint64_t kNeverZero = uint64_t{1} << 63;  // counting the zeros of zero would take a branch
    *out = base + static_cast<uint32_t>(std::countr_zero(edges | kNeverZero));
    edges &= edges - 1;
  }

  uint64_t inside_ = 0;  // 1: the last byte so far was a word byte
  size_t count_ = 0;
  uint32_t at_[kStretch + 2 * kBlock];
};

// Copies words behind each other and notes where they end.
class Copy {
 public:
  Copy(std::string_view text, bool lower, uint8_t* base, uint8_t* out, int32_t* end)
      : text_(text), lower_(lower), base_(base), out_(out), end_(end) {}

  /// Words between the pairs of places; all of them end at least 16 bytes before the text does.
  template <bool kLower>
  void inner(const uint32_t* edges, size_t count, size_t from) {
    const char* const text = text_.data() + from;
    const uint8_t* const base = base_;
    uint8_t* out = out_;
    int32_t* end = end_;
    for (size_t i = 0; i + 1 < count; i += 2) {
      const char* const word = text + edges[i];
      const size_t length = edges[i + 1] - edges[i];
      Copier::copy(word, out, kLower);
      if (length > 16) [[unlikely]] {
        for (size_t done = 16; done < length; done += 16) Copier::copy(word + done, out + done, kLower);
      }
      out += length;
      *end++ = static_cast<int32_t>(out - base);
    }
    out_ = out;
    end_ = end;
  }
  /// Any word.
  void one(size_t start, size_t stop) {
    const size_t length = stop - start;
    const char* const word = text_.data() + start;
    size_t done = 0;
    for (; done + 16 <= length; done += 16) Copier::copy(word + done, out_ + done, lower_);
    char last[16] = {};
    std::memcpy(last, word + done, length - done);
    Copier::copy(last, out_ + done, lower_);
    out_ += length;
    *end_++ = static_cast<int32_t>(out_ - base_);
  }
  const uint8_t* out() const { return out_; }
  const int32_t* end() const { return end_; }

 private:
  std::string_view text_;
  bool lower_;
  const uint8_t* base_;
  uint8_t* out_;
  int32_t* end_;
};

}  // namespace

uint32_t split_words(std::string_view text, WordRule rule, bool lower, BufferBuilder& values, BufferBuilder& ends) {
  constexpr size_t kSlack = 32;  // copies write whole vectors, and read them
  const Classifier classify(rule);
  Edges edges;
  values.reserve(text.size() + kSlack);
  ends.reserve((text.size() + 1) / 2 * sizeof(int32_t));
  auto* const first_end = reinterpret_cast<int32_t*>(ends.data() + ends.size());
  Copy copy(text, lower, values.data(), values.data() + values.size(), first_end);

  bool open = false;  // a word has begun in an earlier stretch
  size_t begun = 0;
  for (size_t from = 0; from < text.size(); from += kStretch) {
    edges.find(classify, text, from, std::min(from + kStretch, text.size()));
    size_t i = 0;
    if (open && edges.size() > 0) {
      copy.one(begun, from + edges[i++]);
      open = false;
    }
    size_t safe = edges.size() - (edges.size() - i) % 2;  // whole pairs end here
    if (from + kStretch + kSlack > text.size()) {
      while (safe > i && from + edges[safe - 1] + kSlack > text.size()) safe -= 2;
    }
    if (lower) {
      copy.inner<true>(edges.data() + i, safe - i, from);
    } else {
      copy.inner<false>(edges.data() + i, safe - i, from);
    }
    for (i = safe; i + 1 < edges.size(); i += 2) copy.one(from + edges[i], from + edges[i + 1]);
    if (i < edges.size()) {
      begun = from + edges[i];
      open = true;
    }
  }
  if (open) copy.one(begun, text.size());

  values.extend(static_cast<size_t>(copy.out() - (values.data() + values.size())));
  const auto words = static_cast<uint32_t>(copy.end() - first_end);
  ends.extend(words * sizeof(int32_t));
  return words;
}

size_t next_word_cut(std::string_view text, WordRule rule, size_t at) {
  while (at < text.size() && is_word_byte(rule, static_cast<uint8_t>(text[at]))) ++at;
  return std::min(at, text.size());
}

}  // namespace blox
