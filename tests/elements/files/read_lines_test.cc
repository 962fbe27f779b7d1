#include <doctest/doctest.h>

#include "elements/files/input_file.h"
#include "tests/support/compressed.h"
#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

RunResult read(ElementRun& run, const std::vector<std::string>& paths, std::vector<NamedLiteral> args = {}) {
  std::vector<std::vector<Datum>> rows;
  for (size_t i = 0; i < paths.size(); ++i) rows.push_back({static_cast<int64_t>(i), paths[i]});
  run.feed("paths", log_of("{n: int, path: string}", rows)).element("lines", "ReadLines", std::move(args));
  run.connect("paths -> lines").collect("lines [out]").collect("lines [errors]");
  return run.run();
}

}  // namespace

TEST_CASE("makes a record of each line and numbers them in each file") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a", "one\ntwo\r\n\nfour"), b = folder.write("b", ""),
                    c = folder.write("c", "only\n");
  ElementRun run;
  REQUIRE_OK(read(run, {a, b, c}));
  CHECK(run.text("lines [out]", {"n", "line_number", "line"}) == "0 1 one\n0 2 two\n0 3 \n0 4 four\n2 1 only\n");
  CHECK(run.logs("lines [out]") == 1);
}

TEST_CASE("large files come in several logs and lose nothing, compressed or not") {
  const TemporaryFolder folder;
  std::string content, expected;
  for (int i = 1; i <= 60'000; ++i) {
    content += "line " + std::to_string(i) + "\n";
    expected += std::to_string(i) + " line " + std::to_string(i) + "\n";
  }
  for (const std::string& path : {folder.write("plain", content), folder.write("packed", gzip(content))}) {
    ElementRun run;
    REQUIRE_OK(read(run, {path}));
    CHECK(run.text("lines [out]", {"line_number", "line"}) == expected);
    CHECK(run.logs("lines [out]") > 2);
  }
}

TEST_CASE("lines that are no UTF-8 or too long are named by number, and the others keep theirs") {
  const TemporaryFolder folder;
  const std::string content = "one\ncaf\xe9\n" + std::string(500, 'x') + "\n" + std::string(500'000, 'y') + "\nfive\n";
  ElementRun run;
  REQUIRE_OK(read(run, {folder.write("a", content)}, {{"max_line", size(100)}}));
  CHECK(run.text("lines [out]", {"line_number", "line"}) == "1 one\n5 five\n");
  CHECK(run.text("lines [errors]", {"code"}) == "line.not_utf8\nline.too_long\nline.too_long\n");
  const std::string messages = run.text("lines [errors]", {"message"});
  CHECK(messages.find("/a:2: the line is no UTF-8") != std::string::npos);
  CHECK(messages.find("/a:3: the line has 500 bytes") != std::string::npos);
  CHECK(messages.find("/a:4: the line is longer than max_line = 100") != std::string::npos);
}

TEST_CASE("a character that two lines share is valid in neither") {
  const TemporaryFolder folder;
  ElementRun run;
  REQUIRE_OK(read(run, {folder.write("a", "x\xc3\n\xa9y\nz\n")}));
  CHECK(run.text("lines [out]", {"line_number", "line"}) == "3 z\n");
  CHECK(run.text("lines [errors]", {"code"}) == "line.not_utf8\nline.not_utf8\n");
}

TEST_CASE("files that cannot be read go to errors and the others go on") {
  const TemporaryFolder folder;
  std::string packed = gzip("first\nsecond\n");
  packed.resize(packed.size() - 12);  // in the second line
  ElementRun run;
  REQUIRE_OK(read(run, {folder.file("absent"), folder.path(),
                        folder.write("binary", std::string("\x7f"
                                                           "ELF\0\0",
                                                           6)),
                        folder.write("cut.gz", packed), folder.write("good", "yes\n")}));
  CHECK(run.text("lines [out]", {"n", "line_number", "line"}) == "3 1 first\n4 1 yes\n");
  CHECK(run.text("lines [errors]", {"code"}) == "file.unreadable\nfile.not_regular\nfile.binary\nfile.damaged\n");
  CHECK(run.text("lines [errors]", {"message"}).find("cut.gz: the gzip data ends in the middle, after line 1") !=
        std::string::npos);
}

TEST_CASE("a byte order mark is no part of the first line, and positions are behind it") {
  const TemporaryFolder folder;
  folder.write("marked", "\xef\xbb\xbfid\nsecond\n");
  TextFile file(1 << 10, 1 << 10);
  for (const uint64_t from : {0, 3}) {
    REQUIRE(file.open(folder.file("marked"), from).is_ok());
    BufferBuilder out;
    REQUIRE(file.next(out).is_ok());
    const std::string text(reinterpret_cast<const char*>(out.data()), out.size());
    CHECK(text == std::string("id\nsecond\n").substr(from));
    CHECK(file.position() == 10);
  }
}
