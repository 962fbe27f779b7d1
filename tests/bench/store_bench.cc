// Store beside the raw calls of LMDB: bulk load in random key order, and random gets in logs of 256.
// Keys of 16 bytes, values of 100, the same flags and as many records a transaction.
#include <lmdb.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <random>

#include "core/base/check.h"
#include "core/data/builder.h"
#include "tests/support/compare.h"
#include "tests/support/solo.h"

using namespace blox;
using namespace blox::bench;
using namespace blox::testing;

namespace {

constexpr size_t kRecords = 500'000;
constexpr size_t kPerTransaction = (16 << 20) / 116 + 1;  // what Store commits at a time by default
constexpr uint32_t kLoadLog = 1024, kGetLog = 256;
constexpr size_t kGets = 200'192;

struct Data {
  std::vector<std::string> keys;
  std::string value = std::string(100, 'v');
  std::vector<Log> loads;
  std::vector<uint32_t> wanted;
  std::vector<Log> questions;
};

Data make_data() {
  Data data;
  std::mt19937_64 random(1);
  for (size_t i = 0; i < kRecords; ++i) {
    char key[17];
    snprintf(key, sizeof key, "%016llx", static_cast<unsigned long long>(random()));
    data.keys.emplace_back(key);
  }
  LogBuilder load(Schema({{"key", Kind::kString}, {"value", Kind::kBytes}})),
      question(Schema({{"key", Kind::kString}}));
  for (const std::string& key : data.keys) {
    load.column(0).append_string(key);
    load.column(1).append_string(data.value);
    load.end_row();
    if (load.rows() == kLoadLog) data.loads.push_back(load.finish(0));
  }
  data.loads.push_back(load.finish(0));
  for (size_t i = 0; i < kGets; ++i) {
    data.wanted.push_back(static_cast<uint32_t>(random() % kRecords));
    question.column(0).append_string(data.keys[data.wanted.back()]);
    question.end_row();
    if (question.rows() == kGetLog) data.questions.push_back(question.finish(0));
  }
  return data;
}

class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "blox_bench_store").string()) { clear(); }
  ~Folder() { std::filesystem::remove_all(path_); }
  void clear() const {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct Raw {
  MDB_env* env = nullptr;
  MDB_dbi table = 0;
  explicit Raw(const std::string& path) {
    mdb_env_create(&env);
    mdb_env_set_mapsize(env, size_t{16} << 30);
    BLOX_CHECK(mdb_env_open(env, path.c_str(), MDB_NOSUBDIR | MDB_NOTLS | MDB_NOLOCK | MDB_NOSYNC, 0644) == 0,
               "LMDB opens");
  }
  ~Raw() { mdb_env_close(env); }

  void load(const Data& data) {
    for (size_t from = 0; from < data.keys.size(); from += kPerTransaction) {
      MDB_txn* txn = nullptr;
      BLOX_CHECK(mdb_txn_begin(env, nullptr, 0, &txn) == 0 && mdb_dbi_open(txn, nullptr, MDB_CREATE, &table) == 0,
                 "begins");
      for (size_t i = from; i < std::min(data.keys.size(), from + kPerTransaction); ++i) {
        MDB_val key{data.keys[i].size(), const_cast<char*>(data.keys[i].data())};
        MDB_val value{data.value.size(), const_cast<char*>(data.value.data())};
        BLOX_CHECK(mdb_put(txn, table, &key, &value, 0) == 0, "puts");
      }
      BLOX_CHECK(mdb_txn_commit(txn) == 0, "commits");
    }
  }
  uint64_t get(const Data& data) {
    uint64_t bytes = 0;
    for (size_t from = 0; from < data.wanted.size(); from += kGetLog) {
      MDB_txn* txn = nullptr;
      BLOX_CHECK(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn) == 0, "begins");
      for (size_t i = from; i < from + kGetLog; ++i) {
        const std::string& wanted = data.keys[data.wanted[i]];
        MDB_val key{wanted.size(), const_cast<char*>(wanted.data())}, value;
        BLOX_CHECK(mdb_get(txn, table, &key, &value) == 0, "gets");
        bytes += static_cast<const uint8_t*>(value.mv_data)[0] + value.mv_size;
      }
      mdb_txn_abort(txn);
    }
    return bytes;
  }
};

std::unique_ptr<Solo> open_store(const std::string& path, const Data& data) {
  auto store = std::make_unique<Solo>("Store");
  store->arg("path", Literal::of(path)).arg("key", Literal::name("key")).arg("sync", Literal::name("never"));
  store->in("in", data.loads[0].schema()).question("get", data.questions[0].schema(), data.loads[0].schema());
  store->open();
  return store;
}

}  // namespace

int main(int argc, char** argv) {
  Bench bench(argc, argv);
  const Data data = make_data();
  const Folder folder;

  bench.compare({.work = "Store: load 500,000 records in random order",
                 .reference_name = "mdb_put",
                 .bar = Bar::at_least(0.7),
                 .ours = [&]() -> std::optional<double> {
                   folder.clear();
                   const auto store = open_store(folder.file("ours"), data);
                   return wall_seconds([&] {
                     for (const Log& log : data.loads) store->push("in", log);
                     store->close();
                   });
                 },
                 .reference = [&]() -> std::optional<double> {
                   folder.clear();
                   Raw raw(folder.file("raw"));
                   return wall_seconds([&] { raw.load(data); });
                 },
                 .units = static_cast<double>(kRecords),
                 .unit = "records"});

  folder.clear();
  auto store = open_store(folder.file("ours"), data);
  for (const Log& log : data.loads) store->push("in", log);
  Raw raw(folder.file("raw"));
  raw.load(data);
  bench.compare({.work = "Store: get 200,000 records in logs of 256",
                 .reference_name = "mdb_get",
                 .bar = Bar::at_least(0.7),
                 .ours = [&]() -> std::optional<double> {
                   uint64_t records = 0;
                   const double seconds = wall_seconds([&] {
                     for (const Log& question : data.questions) {
                       for (const Log& log : store->ask("get", question)) records += log.rows();
                     }
                   });
                   return records == kGets ? std::optional(seconds) : std::nullopt;
                 },
                 .reference = [&]() -> std::optional<double> {
                   uint64_t bytes = 0;
                   const double seconds = wall_seconds([&] { bytes = raw.get(data); });
                   keep(bytes);
                   return seconds;
                 },
                 .units = static_cast<double>(kGets),
                 .unit = "records"});
  store->close();
  return 0;
}
