#include "core/search/text_database.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

TextDatabase::Options options(const TemporaryFolder& folder) {
  TextDatabase::Options out;
  out.path = folder.file("index");
  out.settings = "as the test has it";
  out.language = "none";
  out.fields = {"content"};
  out.sync = false;
  return out;
}

TextDatabase open(TextDatabase::Options with) {
  Result<TextDatabase> out = TextDatabase::open(std::move(with));
  REQUIRE_MESSAGE(out.is_ok(), out.status().to_string());
  return std::move(*out);
}

void put(TextDatabase& database, std::string_view id, std::string_view text) {
  REQUIRE(database.replace(id, {{text}}, id).is_ok());
}

std::set<std::string> found(TextDatabase& database, const std::string& query) {
  Result<TextDatabase::Hits> hits = database.search(query, 0, 1000);
  REQUIRE_MESSAGE(hits.is_ok(), query, ": ", hits.status().to_string());
  std::set<std::string> out;
  TextDatabase::Hit hit;
  double before = 1e9;
  while (*hits->next(hit)) {
    CHECK(hit.score <= before);
    before = hit.score;
    CHECK(out.insert(hit.data).second);
  }
  return out;
}

std::string code_of(TextDatabase& database, const std::string& query) {
  const auto hits = database.search(query, 0, 10);
  return hits.is_ok() ? "ok" : hits.status().error().code;
}

using Words = std::vector<std::string>;

bool has_phrase(const Words& text, const Words& phrase) {
  return std::search(text.begin(), text.end(), phrase.begin(), phrase.end()) != text.end();
}

}  // namespace

TEST_CASE("finds what a search through all documents would find") {
  std::mt19937 random(11);
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const Words vocabulary{"alpha", "alps", "beta", "betamax", "gamma", "delta"};
  const auto word = [&] { return vocabulary[below(vocabulary.size())]; };
  const TemporaryFolder folder;
  TextDatabase database = open(options(folder));
  std::map<std::string, Words> documents;
  for (int step = 0; step < 300; ++step) {
    const std::string id = std::to_string(below(25));
    if (below(4) == 0) {
      REQUIRE(database.remove(id).is_ok());
      documents.erase(id);
    } else {
      Words words;
      std::string text;
      for (size_t i = below(7); i > 0; --i) {
        words.push_back(word());
        text += words.back() + (below(2) == 0 ? " " : ", ");
      }
      put(database, id, text);
      documents[id] = words;
    }
    if (below(5) == 0) REQUIRE(database.commit().is_ok());
    const std::string a = word(), b = word(), c = word();
    const auto having = [&](const std::function<bool(const Words&)>& wanted) {
      std::set<std::string> out;
      for (const auto& [name, words] : documents) {
        if (wanted(words)) out.insert(name);
      }
      return out;
    };
    const auto in = [](const Words& words, const std::string& w) {
      return std::find(words.begin(), words.end(), w) != words.end();
    };
    switch (below(6)) {
      case 0: CHECK(found(database, a) == having([&](const Words& d) { return in(d, a); })); break;
      case 1:
        CHECK(found(database, a + " " + b) == having([&](const Words& d) { return in(d, a) && in(d, b); }));
        break;
      case 2:
        CHECK(found(database, a + " OR (" + b + " AND " + c + ")") ==
              having([&](const Words& d) { return in(d, a) || (in(d, b) && in(d, c)); }));
        break;
      case 3:
        CHECK(found(database, a + " NOT " + b) == having([&](const Words& d) { return in(d, a) && !in(d, b); }));
        break;
      case 4:
        CHECK(found(database, "\"" + a + " " + b + "\"") == having([&](const Words& d) {
                return has_phrase(d, {a, b});
              }));
        break;
      default:
        CHECK(found(database, a.substr(0, 3) + "*") == having([&](const Words& d) {
                return std::any_of(d.begin(), d.end(),
                                   [&](const std::string& w) { return w.starts_with(a.substr(0, 3)); });
              }));
        CHECK(*database.count(a) == having([&](const Words& d) { return in(d, a); }).size());
        CHECK(*database.documents() == documents.size());
    }
  }
}

TEST_CASE("what was not committed is forgotten, and the rest is there") {
  const TemporaryFolder folder;
  {
    TextDatabase database = open(options(folder));
    put(database, "a", "kept");
    REQUIRE(database.commit().is_ok());
    CHECK(database.uncommitted() == 0);
    put(database, "b", "kept");
    CHECK(database.uncommitted() > 0);
    CHECK(found(database, "kept") == std::set<std::string>{"a", "b"});
  }
  TextDatabase database = open(options(folder));
  CHECK(found(database, "kept") == std::set<std::string>{"a"});
}

TEST_CASE("documents are told apart by identities of any length and any bytes") {
  const TemporaryFolder folder;
  TextDatabase database = open(options(folder));
  const std::string zeros(180, '\0'), longest(5'000, 'x');
  for (const std::string& id : {zeros, zeros + "1", longest, longest + "1", std::string()}) put(database, id, "word");
  put(database, longest, "word");
  CHECK(*database.documents() == 5);
  REQUIRE(database.remove(zeros).is_ok());
  REQUIRE(database.remove(longest).is_ok());
  CHECK(*database.documents() == 3);
}

TEST_CASE("words that are too long, and texts that are large or empty, do no harm") {
  const TemporaryFolder folder;
  TextDatabase database = open(options(folder));
  put(database, "a", std::string(1'000'000, 'x') + " word");
  put(database, "b", "");
  std::string many;
  for (int i = 0; i < 200'000; ++i) many += "w" + std::to_string(i % 5'000) + " ";
  put(database, "c", many);
  CHECK(found(database, "word") == std::set<std::string>{"a"});
  CHECK(found(database, "w4999") == std::set<std::string>{"c"});
}

TEST_CASE("queries beyond what is allowed are errors, and nothing worse") {
  const TemporaryFolder folder;
  TextDatabase database = open(options(folder));
  std::string many;
  for (int i = 0; i < 12'000; ++i) many += "w" + std::to_string(i) + " ";
  put(database, "a", many);
  CHECK(code_of(database, "w1") == "ok");
  CHECK(code_of(database, "w*") == "index.query");
  CHECK(code_of(database, "w11*") == "ok");
  CHECK(code_of(database, std::string(2'000, 'w')) == "index.query");
  CHECK(code_of(database, std::string(60, '(') + "w") == "index.query");
  CHECK(code_of(database, "") == "index.query");
  CHECK(code_of(database, "!?") == "index.query");
  CHECK(code_of(database, "w1 AND") == "index.query");
  std::string words;
  for (int i = 0; i < 150; ++i) words += "w" + std::to_string(i) + " ";
  CHECK(code_of(database, words) == "index.query");
  CHECK(code_of(database, "NOT w1") == "ok");
  CHECK(code_of(database, "\"w1 w2") == "ok");
}

TEST_CASE("a damaged index is an error with a way out") {
  const TemporaryFolder folder;
  for (const char* file : {"iamglass", "postlist.glass", "termlist.glass", "docdata.glass", "position.glass"}) {
    TextDatabase::Options with = options(folder);
    with.fresh = true;
    {
      TextDatabase database = open(with);
      for (int i = 0; i < 500; ++i) put(database, std::to_string(i), "word w" + std::to_string(i));
      REQUIRE(database.commit().is_ok());
    }
    const std::string path = folder.file("index") + "/" + file;
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    Result<TextDatabase> damaged = TextDatabase::open(options(folder));
    if (damaged.is_ok()) {  // then it shows when that file is read; no exception, no crash
      (void)damaged->count("word");
      auto hits = damaged->search("word w1*", 0, 1000);
      TextDatabase::Hit hit;
      for (Result<bool> more = hits.is_ok(); more.is_ok() && *more; more = hits->next(hit)) {
      }
      (void)damaged->replace("1", {{std::string_view("other")}}, "x");
      (void)damaged->commit();
    } else {
      CHECK(damaged.status().to_string().find("fresh = true") != std::string::npos);
    }
  }
}

TEST_CASE("an index of other settings is refused with both") {
  const TemporaryFolder folder;
  { open(options(folder)); }
  TextDatabase::Options with = options(folder);
  with.settings = "as another has it";
  const Result<TextDatabase> other = TextDatabase::open(with);
  REQUIRE_FALSE(other.is_ok());
  CHECK(other.status().error().code == "index.other_settings");
  CHECK(other.status().to_string().find("made for as the test has it, not for as another has it") != std::string::npos);
}
