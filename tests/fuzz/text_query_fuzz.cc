// Queries of people through Xapian's parser: each is answered or refused, and no exception comes out.
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/base/check.h"
#include "core/search/text_database.h"

namespace {

blox::TextDatabase make(const std::string& folder) {
  blox::TextDatabase::Options options;
  options.path = folder;
  options.settings = "fuzz";
  options.language = "english";
  options.fields = {"title", "content"};
  options.sync = false;
  blox::Result<blox::TextDatabase> made = blox::TextDatabase::open(std::move(options));
  BLOX_CHECK(made.is_ok(), "the index opens");
  const std::string_view texts[] = {"a title", "the kernel boots; connected words, naïve café 漢字 x1 x2 x3"};
  BLOX_CHECK(made->replace("1", texts, "data").is_ok(), "the document is indexed");
  return std::move(*made);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static blox::TextDatabase database = [] {
    char folder[] = "/tmp/blox_fuzz_text_XXXXXX";
    BLOX_CHECK(mkdtemp(folder) != nullptr, "a folder");
    static const std::string path = folder;
    std::atexit([] { (void)std::system(("rm -rf " + path).c_str()); });
    return make(path + "/index");
  }();
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  auto hits = database.search(query, 0, 10);
  const auto count = database.count(query);
  if (!query.empty()) BLOX_CHECK(hits.is_ok() == count.is_ok(), "search and count agree on what a query is");
  if (!hits.is_ok()) return 0;
  blox::TextDatabase::Hit hit;
  for (auto more = hits->next(hit); more.is_ok() && *more; more = hits->next(hit)) {
    BLOX_CHECK(hits->snippet("the kernel boots & <connected> words", 20).is_ok(), "a snippet");
  }
  return 0;
}
