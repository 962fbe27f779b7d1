// TextIndex beside Xapian driven directly: the same documents, the same settings, one commit at the end; then queries.
#include <fmt/format.h>
#include <xapian.h>

#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/data/builder.h"
#include "tests/support/compare.h"
#include "tests/support/element_run.h"
#include "tests/support/solo.h"

using namespace blox;
using namespace blox::bench;
using namespace blox::testing;

namespace {

constexpr size_t kDocuments = 3'000, kWordsEach = 600, kVocabulary = 30'000, kQueries = 2'000;

struct Data {
  std::vector<std::pair<std::string, std::string>> documents;
  std::vector<Log> logs;
  std::vector<std::string> queries;
  double bytes = 0;
};

// Words as often as in a natural text: the n-th one of the vocabulary about once in n (Zipf).
Data make_data() {
  std::mt19937_64 random(1);
  std::vector<std::string> vocabulary;
  for (size_t i = 0; i < kVocabulary; ++i) {
    std::string word;
    for (size_t letters = 3 + random() % 8; letters > 0; --letters) word += static_cast<char>('a' + random() % 26);
    vocabulary.push_back(std::move(word));
  }
  const auto word = [&] {
    const double share = static_cast<double>(random() % 1'000'000) / 1e6;
    return vocabulary[static_cast<size_t>(std::pow(static_cast<double>(kVocabulary), share)) - 1];
  };
  Data data;
  LogBuilder builder(schema_of("{path: string, content: string}"));
  for (size_t i = 0; i < kDocuments; ++i) {
    std::string text;
    for (size_t w = 0; w < kWordsEach; ++w) text += word() + (w % 12 == 11 ? ".\n" : " ");
    data.documents.emplace_back(fmt::format("/usr/share/doc/{}/file", i), std::move(text));
    data.bytes += static_cast<double>(data.documents.back().second.size());
    builder.column(0).append_string(data.documents.back().first);
    builder.column(1).append_string(data.documents.back().second);
    builder.end_row();
    if (builder.rows() == 50) data.logs.push_back(builder.finish(1));
  }
  for (size_t i = 0; i < kQueries; ++i) data.queries.push_back(word() + " " + word());
  return data;
}

class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "blox_bench_index").string()) {}
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string fresh(const char* name) const {
    std::filesystem::create_directories(path_);
    std::filesystem::remove_all(path_ + "/" + name);
    return path_ + "/" + name;
  }
  std::string at(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::unique_ptr<Solo> open_index(const std::string& path, const Data& data) {
  auto index = std::make_unique<Solo>("TextIndex");
  index->arg("path", Literal::of(path)).arg("language", Literal::name("english")).arg("sync", boolean(false));
  index->in("in", data.logs[0].schema());
  index->question("search", schema_of("{query: string}"), schema_of("{path: string, score: float}"));
  index->open();
  return index;
}

struct Raw {
  Xapian::WritableDatabase database;
  Xapian::Stem stem{"english"};
  Xapian::TermGenerator generator;

  explicit Raw(const std::string& path)
      : database(path, Xapian::DB_CREATE_OR_OPEN | Xapian::DB_BACKEND_GLASS | Xapian::DB_NO_SYNC) {
    generator.set_stemmer(stem);
    generator.set_stemming_strategy(Xapian::TermGenerator::STEM_SOME);
    generator.set_flags(Xapian::TermGenerator::FLAG_CJK_NGRAM);
  }
  void index(const Data& data) {
    for (const auto& [path, text] : data.documents) {
      Xapian::Document document;
      document.set_data(path);
      document.add_boolean_term("Q" + path);
      generator.set_document(document);
      generator.index_text(text);
      database.replace_document("Q" + path, document);
    }
    database.commit();
  }
  size_t search(const Data& data) {
    size_t found = 0;
    for (const std::string& query : data.queries) {
      Xapian::QueryParser parser;
      parser.set_database(database);
      parser.set_stemmer(stem);
      parser.set_stemming_strategy(Xapian::QueryParser::STEM_SOME);
      parser.set_default_op(Xapian::Query::OP_AND);
      Xapian::Enquire enquire(database);
      enquire.set_query(parser.parse_query(query));
      const Xapian::MSet hits = enquire.get_mset(0, 10);
      for (auto hit = hits.begin(); hit != hits.end(); ++hit) found += hit.get_document().get_data().size() > 0 ? 1 : 0;
    }
    return found;
  }
};

}  // namespace

int main(int argc, char** argv) {
  Bench bench(argc, argv);
  const Data data = make_data();
  const Folder folder;

  bench.compare({.work = "TextIndex: 3,000 documents of 600 words",
                 .reference_name = "Xapian",
                 .bar = Bar::at_most(1.2),
                 .ours = [&]() -> std::optional<double> {
                   const auto index = open_index(folder.fresh("ours"), data);
                   return wall_seconds([&] {
                     for (const Log& log : data.logs) index->push("in", log);
                     index->close();
                   });
                 },
                 .reference = [&]() -> std::optional<double> {
                   Raw raw(folder.fresh("raw"));
                   return wall_seconds([&] { raw.index(data); });
                 },
                 .units = data.bytes,
                 .unit = "bytes"});

  const auto index = open_index(folder.fresh("ours"), data);
  for (const Log& log : data.logs) index->push("in", log);
  Raw raw(folder.fresh("raw"));
  raw.index(data);
  LogBuilder builder(schema_of("{query: string}"));
  std::vector<Log> questions;
  for (const std::string& query : data.queries) {
    builder.column(0).append_string(query);
    builder.end_row();
    questions.push_back(builder.finish(1));
  }
  size_t ours = 0, theirs = 0;
  bench.compare({.work = "TextIndex: queries of two words",
                 .reference_name = "Xapian",
                 .bar = Bar::at_most(1.2),
                 .ours = [&]() -> std::optional<double> {
                   ours = 0;
                   return wall_seconds([&] {
                     for (const Log& question : questions) {
                       for (const Log& log : index->ask("search", question)) ours += log.rows();
                     }
                   });
                 },
                 .reference = [&]() -> std::optional<double> {
                   const double seconds = wall_seconds([&] { theirs = raw.search(data); });
                   BLOX_CHECK(ours == theirs, "both find the same");
                   return seconds;
                 },
                 .units = static_cast<double>(kQueries),
                 .unit = "queries"});
  index->close();
  return 0;
}
