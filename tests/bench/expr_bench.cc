// Expressions beside loops written by hand for just the same work, over one log of 65,536 records.
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/data/builder.h"
#include "core/expr/program.h"
#include "tests/support/compare.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

constexpr uint32_t kRows = 65'536;

const Log& orders() {
  static const Log log = [] {
    testing::Random random(7);
    LogBuilder builder(Schema({{"qty", Type(Kind::kInt)},
                               {"price", Type(Kind::kFloat)},
                               {"city", Type(Kind::kString)},
                               {"note", Type(Kind::kString)}}));
    static const char* const kCities[] = {"Rome", "Oslo", "Lima", "Cairo", "Quito", "Hanoi", "Accra", "Dakar"};
    for (uint32_t i = 0; i < kRows; ++i) {
      builder.column(0).append_int(random.below(1000));
      builder.column(1).append_float(random.below(10'000) / 100.0);
      builder.column(2).append_string(kCities[random.below(8)]);
      std::string note;
      for (uint32_t k = 0; k < 5; ++k) note += "word" + std::to_string(random.below(30)) + " ";
      builder.column(3).append_string(note);
      builder.end_row();
    }
    return builder.finish(0);
  }();
  return log;
}

expr::Program compiled(const char* text) {
  expr::Compiled made = expr::Program::compile(text, orders().schema());
  BLOX_CHECK(made, "an expression of the benchmark does not compile");
  return *made.program;
}

constexpr int kRounds = 100;

bench::Run rounds(std::function<void()> once) {
  return [once]() -> std::optional<double> {
    return bench::wall_seconds([&] {
      for (int i = 0; i < kRounds; ++i) once();
    });
  };
}

bench::Run select(const char* text) {
  return rounds([program = compiled(text), out = std::make_shared<expr::Evaluation>()] {
    program.select(orders(), 0, *out);
    bench::keep(out->selected.data());
  });
}

bench::Run evaluate(const char* text) {
  return rounds([program = compiled(text), out = std::make_shared<expr::Evaluation>()] {
    program.evaluate(orders(), 0, *out);
    bench::keep(out->columns.data());
  });
}

// Rows for which a condition holds, written by hand.
template <typename Condition>
bench::Run select_by_hand(Condition condition) {
  return rounds([condition, selected = std::make_shared<std::vector<uint32_t>>()] {
    selected->resize(kRows);
    uint32_t count = 0;
    for (uint32_t i = 0; i < kRows; ++i) {
      (*selected)[count] = i;
      count += condition(i) ? 1 : 0;
    }
    selected->resize(count);
    bench::keep(selected->data());
  });
}

template <typename T, typename Value>
bench::Run evaluate_by_hand(Value value) {
  return rounds([value] {
    BufferBuilder out;
    T* const values = reinterpret_cast<T*>(out.extend(kRows * sizeof(T)));
    for (uint32_t i = 0; i < kRows; ++i) values[i] = value(i);
    bench::keep(values);
  });
}

std::string_view text_of(const Column& column, uint32_t row) {
  const int32_t* const starts = column.starts();
  return {reinterpret_cast<const char*>(column.values.data()) + starts[row],
          static_cast<size_t>(starts[row + 1] - starts[row])};
}

bench::Run capitals_by_hand() {
  return rounds([] {
    const Column& city = orders().column(2);
    ColumnBuilder builder{Type(Kind::kString)};
    builder.reserve(kRows, city.values.size());
    for (uint32_t i = 0; i < kRows; ++i) {
      const std::string_view text = text_of(city, i);
      char* const out = builder.begin_string(text.size());
      for (size_t k = 0; k < text.size(); ++k) {
        const char c = text[k];
        out[k] = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
      }
      builder.end_string(text.size());
    }
    bench::keep(builder.finish());
  });
}

}  // namespace
}  // namespace blox

int main(int argc, char** argv) {
  using namespace blox;
  bench::Bench bench(argc, argv);
  const int64_t* const qty = orders().column(0).ints();
  const double* const price = orders().column(1).floats();
  const Column& city = orders().column(2);
  const Column& note = orders().column(3);
  const auto compare = [&](const char* text, bench::Run ours, bench::Run by_hand) {
    bench.compare({text, "a loop by hand", bench::Bar(), std::move(ours), std::move(by_hand), double{kRows} * kRounds,
                   "records"});
  };
  const auto selects = [&](const char* text, auto condition) {
    compare(text, select(text), select_by_hand(condition));
  };

  selects("qty > 900", [=](uint32_t i) { return qty[i] > 900; });
  selects("qty > 900 AND price < 50", [=](uint32_t i) { return qty[i] > 900 && price[i] < 50; });
  selects("city = 'Lima'", [&](uint32_t i) { return text_of(city, i) == "Lima"; });
  selects("note LIKE '%word17%'", [&](uint32_t i) {
    const std::string_view text = text_of(note, i);
    return memmem(text.data(), text.size(), "word17", 6) != nullptr;
  });
  bool overflow = false;
  compare("qty * 3 + 1", evaluate("qty * 3 + 1"), evaluate_by_hand<int64_t>([&overflow, qty](uint32_t i) {
            int64_t out = 0;
            overflow |= __builtin_mul_overflow(qty[i], int64_t{3}, &out);
            overflow |= __builtin_add_overflow(out, int64_t{1}, &out);
            return out;
          }));
  bench::keep(overflow);
  compare("price * qty", evaluate("price * qty"),
          evaluate_by_hand<double>([=](uint32_t i) { return price[i] * static_cast<double>(qty[i]); }));
  compare("price * 0.9 + 1.5", evaluate("price * 0.9 + 1.5"),
          evaluate_by_hand<double>([=](uint32_t i) { return price[i] * 0.9 + 1.5; }));
  compare("CASE WHEN qty > 500 THEN price ELSE 0 END", evaluate("CASE WHEN qty > 500 THEN price ELSE 0 END"),
          evaluate_by_hand<double>([=](uint32_t i) { return qty[i] > 500 ? price[i] : 0; }));
  compare("upper(city)", evaluate("upper(city)"), capitals_by_hand());
  const double compiling = bench::wall_seconds([] {
    for (int i = 0; i < 1000; ++i) compiled("qty > 900 AND price * qty < 50 OR lower(city) LIKE 'o%'");
  });
  bench.figure("compile a condition of three parts", std::to_string(static_cast<int>(compiling * 1000)) + " µs", "",
               true);
}
