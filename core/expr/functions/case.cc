#include "core/expr/functions/case.h"

#include <locale.h>
#include <cwctype>

#include "core/expr/utf8.h"

namespace blox::expr {
namespace {

// C.UTF-8 is built into the C library and knows the case of all scripts, whatever the process has set.
locale_t unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

}  // namespace

uint32_t to_lower(uint32_t point) { return static_cast<uint32_t>(towlower_l(static_cast<wint_t>(point), unicode())); }
uint32_t to_upper(uint32_t point) { return static_cast<uint32_t>(towupper_l(static_cast<wint_t>(point), unicode())); }
bool is_letter_or_digit(uint32_t point) { return iswalnum_l(static_cast<wint_t>(point), unicode()) != 0; }

std::string lowered(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      ++i;
      continue;
    }
    char point[4];
    out.append(point, put_point(point, to_lower(next_point(text, &i))));
  }
  return out;
}

}  // namespace blox::expr
