#include "core/element/state.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/data/builder.h"

namespace blox {
namespace {

template <typename T>
std::string encoded(const T& value) {
  std::string out;
  StateCodec<T>::encode(value, out);
  return out;
}

template <typename T>
bool decodes(std::string_view bytes, T& value) {
  return StateCodec<T>::decode(bytes, value) && bytes.empty();
}

TEST_CASE("every codec reads what it wrote and refuses it cut short") {
  const auto check = [](const auto& value, const auto& same) {
    using T = std::decay_t<decltype(value)>;
    const std::string bytes = encoded(value);
    T back{};
    CHECK(decodes(bytes, back));
    CHECK(same(value, back));
    for (size_t cut = 0; cut < bytes.size(); ++cut) CHECK_FALSE(decodes(std::string_view(bytes).substr(0, cut), back));
  };
  const auto is_equal = [](const auto& a, const auto& b) { return a == b; };
  check(int64_t{-5}, is_equal);
  check(1.5, is_equal);
  check(true, is_equal);
  check(std::string("text \0 more", 11), is_equal);
  check(std::vector<std::string>{"a", "", "c"}, is_equal);
  check(std::vector<std::vector<int64_t>>{{1}, {}, {2, 3}}, is_equal);
  const Log log = *log_from(Schema::from(*Type::parse("{a: int?, b: [string]}")),
                            {{1, Datum::List{"x"}}, {Datum(), Datum::List{}}});
  check(log, [](const Log& a, const Log& b) { return equal(a, b); });
}

TEST_CASE("a log that is none stays none") {
  Log back = *log_from(Schema(), {{}});
  CHECK(decodes(encoded(Log()), back));
  CHECK_FALSE(back.exists());
}

TEST_CASE("a length that promises more than there is allocates nothing of it") {
  std::string text;
  std::vector<std::string> list;
  CHECK_FALSE(decodes(encoded(uint64_t{1} << 60), text));
  CHECK_FALSE(decodes(encoded(UINT64_MAX), list));
}

}  // namespace
}  // namespace blox
