// Finding the words of a text, at about a byte a cycle.
//
// A word is a longest run of word characters. Which these are is a rule over bytes, so that a script can do the same:
//
//   rule        word characters                                          as an awk pattern under LC_ALL=C
//   kWord       ASCII letters, digits, _ and all beyond ASCII            [A-Za-z0-9_\200-\377]
//   kAsciiWord  ASCII letters, digits, _                                 [A-Za-z0-9_]
//   kLetter     ASCII letters and all beyond ASCII                       [A-Za-z\200-\377]
//
// Code points beyond ASCII are word characters or not as a whole, so words of valid UTF-8 are valid UTF-8. That makes
// an em dash part of a word under kWord; under kAsciiWord it ends one, and so does the ï of naïve.
//
// Threads  pure
// Bounds   writes at most as many bytes as the text has, and (size + 1) / 2 ends
// Cost     64 bytes are classified at once, without a branch; a word of up to 16 bytes is one copy
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/buffer.h"

namespace blox {

enum class WordRule : uint8_t { kWord, kAsciiWord, kLetter };

/// Appends the words, one behind the other, to `values`, and to `ends` (int32) where each of them ends there;
/// with `lower`, ASCII capitals become small letters. Returns the number of words.
/// Precondition: values stay below 2^31 bytes.
uint32_t split_words(std::string_view text, WordRule rule, bool lower, BufferBuilder& values, BufferBuilder& ends);

/// The first place at or behind `at` where the text can be cut without cutting a word: no word character stands
/// there, or the text ends.
size_t next_word_cut(std::string_view text, WordRule rule, size_t at);

}  // namespace blox
