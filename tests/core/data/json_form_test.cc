#include "core/data/json_form.h"

#include <doctest/doctest.h>

#include "core/data/json.h"
#include "tests/support/random_log.h"

using namespace blox;
using testing::Random;

namespace {

const char* const kType = "{id: int, name: string, at: time, share: float?, done: bool, note: string?}";

struct Outcome {
  testing::Rows rows;
  std::vector<std::string> rejected;
  bool operator==(const Outcome&) const = default;
};

void add(const std::vector<Rejected>& rejected, uint64_t first_line, Outcome* out) {
  for (const Rejected& one : rejected)
    out->rejected.push_back(std::to_string(first_line + one.index) + " " + one.code + ": " + one.message);
}

Outcome read_together(const std::string& text, bool known_utf8 = false) {
  JsonReader reader(Schema::from(*Type::parse(kType)), {.known_utf8 = known_utf8});
  std::vector<Rejected> rejected;
  reader.read_lines(text, &rejected);
  Outcome out{testing::rows_of(reader.log().finish(0)), {}};
  add(rejected, 0, &out);
  return out;
}

// Each line by a reader of its own, which knows no form.
Outcome read_apart(const std::vector<std::string>& lines) {
  Outcome out;
  for (size_t i = 0; i < lines.size(); ++i) {
    JsonReader reader(Schema::from(*Type::parse(kType)));
    std::vector<Rejected> rejected;
    reader.read_lines(lines[i] + "\n", &rejected);
    for (auto& row : testing::rows_of(reader.log().finish(0))) out.rows.push_back(std::move(row));
    add(rejected, i, &out);
  }
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

std::string number(Random& random) {
  const char* const odd[] = {"0",
                             "-0",
                             "00",
                             "-",
                             "1.",
                             "0.5",
                             "-0.25",
                             "1e3",
                             "12345678.5",
                             "1.12345678",
                             "007",
                             "1e999",
                             "0.1e",
                             "+1",
                             "9007199254740993.5",
                             "123456789012345678901234567890",
                             "9223372036854775807",
                             "-9223372036854775808",
                             "9223372036854775808",
                             "1.5.2",
                             "0x1"};
  return random.chance(20) ? odd[random.below(std::size(odd))]
                           : std::to_string(static_cast<int64_t>(random.next()) >> random.below(63));
}

std::string fraction(Random& random) {
  return random.chance(20) ? number(random)
                           : std::to_string(random.below(1000)) + "." + std::to_string(random.below(1'000'000));
}

std::string text(Random& random) {
  const char* const pieces[] = {
      "a", "longer than sixteen bytes, ", "é", "\\n", "\\u00e9", "\\\"", "\\\\", "😀", "\t", "\xff", "\\x", "\\ud800",
      " "};
  std::string out;
  for (uint32_t i = random.below(6); i > 0; --i) {
    // Most texts are plain.
    out += pieces[random.chance(5) ? random.below(static_cast<uint32_t>(std::size(pieces))) : random.below(3)];
  }
  return out;
}

std::string line(Random& random, const std::string& space) {
  const std::string sep = "," + space, is = ":" + space;
  std::string out = "{\"id\"" + is + number(random) + sep + "\"name\"" + is + "\"" + text(random) + "\"" + sep +
                    "\"other\"" + is + "\"" + text(random) + "\"" + sep + "\"at\"" + is +
                    "\"2026-01-02T03:04:" + std::to_string(10 + random.below(52)) +
                    (random.chance(50) ? "Z" : ".123456Z") + "\"" + sep;
  if (random.chance(90)) out += "\"share\"" + is + (random.chance(5) ? "null" : fraction(random)) + sep;
  out += "\"more\"" + is + (random.chance(50) ? "17" : "1.5") + sep + "\"flag\"" + is +
         (random.chance(50) ? "true" : "null") + sep + "\"done\"" + is + (random.chance(50) ? "true" : "false") + "}" +
         (random.chance(5) ? " " : "");
  return out;
}

}  // namespace

TEST_CASE("lines are read the same whether they have the form of earlier ones or not") {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    const std::string space = random.chance(30) ? " " : "";
    std::vector<std::string> lines;
    for (uint32_t count = 1 + random.below(40); count > 0; --count) {
      std::string one = line(random, space);
      if (random.chance(10)) {  // and now break it
        const uint32_t at = random.below(static_cast<uint32_t>(one.size()));
        switch (random.below(4)) {
          case 0: one.erase(at, 1 + random.below(3)); break;
          case 1: one.insert(at, 1, "\",:{}[] 0a\x01"[random.below(11)]); break;
          case 2: one.resize(at); break;
          default: one[at] = static_cast<char>(random.below(256));
        }
        std::erase(one, '\n');
      }
      lines.push_back(one);
    }
    CAPTURE(joined(lines));
    CHECK(read_together(joined(lines)) == read_apart(lines));
  }
}

TEST_CASE("a line that differs is judged by itself, and those behind it have their form again") {
  const std::string good = "{\"id\":1,\"name\":\"a\",\"at\":\"1970-01-01T00:00:00Z\",\"done\":true}";
  const std::vector<std::string> lines = {
      good,
      good,
      "{\"id\":x,\"name\":\"a\",\"at\":\"1970-01-01T00:00:00Z\",\"done\":true}",
      good,
      "",
      "{\"id\":2,\"name\":\"a\",\"at\":\"1970-01-01T00:00:00Z\",\"done\":true,\"note\":\"n\"}",
      good,
      "{\"id\":3,\"name\":\"a\nb\",\"at\":\"1970-01-01T00:00:00Z\",\"done\":true}",
      "{\"id\":3,\"name\":\"a\",\"at\":\"1970-01-01T00:00:00Z\",\"done\":true} {}",
      good,
  };
  const Outcome out = read_together(joined(lines), true);
  CHECK(out.rows.size() == 6);
  CHECK(out.rows[3][0] == Datum(2));
  CHECK(out.rejected.size() == 4);
  CHECK(out.rejected[0] == "2 json.syntax: the field `id`: a value was expected, not `x`");
  CHECK(out.rejected[1].starts_with("7 json."));
  CHECK(out.rejected[2].starts_with("8 json."));
  CHECK(out.rejected[3] == "9 json.syntax: there is more behind the value");
}

TEST_CASE("only flat objects have a form") {
  LogBuilder log(Schema::from(*Type::parse("{a: int, b: [int]?, c: any?}")));
  JsonForm form(&log);
  form.learn("{\"a\":1,\"b\":[2]}\n");
  CHECK(!form.known());
  form.learn("{\"a\":1,\"c\":{}}\n");
  CHECK(!form.known());
  form.learn("{}\n");
  CHECK(!form.known());
  form.learn("{\"a\":1, \"d\":false }\r\n");
  REQUIRE(form.known());
  const std::string text = "{\"a\":7, \"d\":true }\r\n" + std::string(64, '\n');
  CHECK(form.read(text.data(), text.data() + text.size()) == text.data() + 20);
  CHECK(testing::rows_of(log.finish(0)) == testing::Rows{{7, Datum(), Datum()}});
}
