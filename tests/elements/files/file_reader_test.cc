#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/text/path_text.h"
#include "tests/support/compressed.h"
#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

RunResult read(ElementRun& run, const std::vector<std::string>& paths, std::vector<NamedLiteral> args = {}) {
  std::vector<std::vector<Datum>> rows;
  for (size_t i = 0; i < paths.size(); ++i) rows.push_back({static_cast<int64_t>(i), path_text(paths[i])});
  run.feed("paths", log_of("{n: int, path: string}", rows)).element("reader", "FileReader", std::move(args));
  run.connect("paths -> reader").collect("reader [out]").collect("reader [errors]");
  return run.run();
}

}  // namespace

TEST_CASE("adds the content of each file and keeps the other fields") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a", "one\n"), b = folder.write("b", ""), c = folder.write("c", "na\xc3\xafve");
  ElementRun run;
  REQUIRE_OK(read(run, {a, b, c}));
  CHECK(run.text("reader [out]", {"n", "content"}) == "0 one\n\n1 \n2 na\xc3\xafve\n");
  CHECK(run.logs("reader [errors]") == 0);
}

TEST_CASE("decompresses what begins like gzip, zstd or lz4, whatever it is called") {
  const TemporaryFolder folder;
  const std::string content(100'000, 'x');
  const std::string a = folder.write("a.txt", gzip(content)), b = folder.write("b.gz", zstd(content)),
                    c = folder.write("c.gz", content), d = folder.write("d", gzip("one ") + gzip("two"));
  ElementRun run;
  REQUIRE_OK(read(run, {a, b, c, d}));
  const Log log = run.log("reader [out]");
  REQUIRE(log.rows() == 4);
  for (uint32_t i = 0; i < 3; ++i) CHECK(log.column(2).string_at(i) == content);
  CHECK(log.column(2).string_at(3) == "one two");
}

TEST_CASE("opens the very file whose name is no UTF-8") {
  const TemporaryFolder folder;
  const std::string a = folder.write("caf\xe9", "e9"), b = folder.write("caf\xe8", "e8");
  ElementRun run;
  run.element("files", "FileCrawler", {{"path", text(folder.path())}}).element("reader", "FileReader");
  run.connect("files -> reader").collect("reader [out]");
  REQUIRE_OK(run.run());
  CHECK(run.text("reader [out]", {"content"}) == "e8\ne9\n");
}

TEST_CASE("what is no text goes to errors with the reason, and the others go on") {
  const TemporaryFolder folder;
  const std::string broken = gzip(std::string(1000, 'a') + "b").substr(0, 20);
  std::string flipped = gzip(std::string("some text that is long enough to be compressed to something"));
  flipped[flipped.size() - 6] ^= 0x55;  // the checksum
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  ElementRun run;
  REQUIRE_OK(read(
      run, {folder.file("absent"), folder.path(), folder.file("pipe"), folder.write("zero", std::string("a\0b", 3)),
            folder.write("latin", "caf\xe9"), folder.write("cut.gz", broken), folder.write("flipped.gz", flipped),
            folder.write("empty.gz", "\x1f\x8b"), folder.write("good", "yes"), "/dev/zero"}));
  CHECK(run.text("reader [out]", {"content"}) == "yes\n");
  CHECK(run.text("reader [errors]", {"code"}) ==
        "file.unreadable\nfile.not_regular\nfile.not_regular\nfile.binary\nfile.not_utf8\nfile.damaged\nfile.damaged\n"
        "file.damaged\nfile.not_regular\n");
  const std::string messages = run.text("reader [errors]", {"message"});
  CHECK(messages.find("absent: cannot open: No such file or directory") != std::string::npos);
  CHECK(messages.find("cannot read: it is a folder") != std::string::npos);
  CHECK(messages.find("latin: it is no UTF-8: byte 3 is 0xe9") != std::string::npos);
  CHECK(messages.find("cut.gz: the gzip data ends in the middle") != std::string::npos);
}

TEST_CASE("a path with a zero byte does not open the file whose name stands before it") {
  const TemporaryFolder folder;
  ElementRun run;
  REQUIRE_OK(read(run, {folder.write("a", "secret") + std::string("\0.txt", 5)}));
  CHECK(run.logs("reader [out]") == 0);
  CHECK(run.text("reader [errors]", {"code"}) == "file.unreadable\n");
}

TEST_CASE("a file longer than allowed is refused, compressed or not") {
  const TemporaryFolder folder;
  const std::string bomb = zstd_bomb(' ', size_t{1} << 30);
  ElementRun run;
  REQUIRE_OK(read(run,
                  {folder.write("long", std::string(1001, 'x')), folder.write("fits", std::string(1000, 'x')),
                   folder.write("bomb.zst", bomb)},
                  {{"max_bytes", size(1000)}}));
  CHECK(run.text("reader [out]", {"n"}) == "1\n");
  CHECK(run.text("reader [errors]", {"code"}) == "file.too_long\nfile.too_long\n");
}

TEST_CASE("many files become several logs, none much larger than a cache") {
  const TemporaryFolder folder;
  std::vector<std::string> paths;
  for (int i = 0; i < 50; ++i) paths.push_back(folder.write("f" + std::to_string(i), std::string(20'000, 'x')));
  ElementRun run;
  REQUIRE_OK(read(run, paths));
  CHECK(run.log("reader [out]").rows() == 50);
  CHECK(run.logs("reader [out]") == 4);
}

TEST_CASE("split gives a file in pieces of whole lines that make it up again") {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 5'000; ++i) content += "line " + std::to_string(i * 7919) + "\n";
  const std::string last_without_end = content + "the end";
  for (const std::string& whole : {content, last_without_end, std::string("\n\n\n"), std::string("x")}) {
    const std::string plain = folder.write("plain", whole), packed = folder.write("packed", gzip(whole));
    for (const std::string& path : {plain, packed}) {
      ElementRun run;
      REQUIRE_OK(read(run, {path}, {{"split", size(1000)}}));
      const Log log = run.log("reader [out]");
      std::string joined;
      for (const Row row : log) {
        joined += row.string_at(2);
        if (row.record() + 1 < log.rows()) REQUIRE(row.string_at(2).ends_with('\n'));
        REQUIRE(row.string_at(2).size() <= 1100);
      }
      CHECK(joined == whole);
      CHECK(run.logs("reader [errors]") == 0);
    }
  }
}

TEST_CASE("split passes over a line that is too long and goes on behind it") {
  const TemporaryFolder folder;
  const std::string content = "one\n" + std::string(300'000, 'x') + "\ntwo\n" + std::string(200'000, 'y');
  ElementRun run;
  REQUIRE_OK(read(run, {folder.write("a", content)}, {{"split", size(1000)}, {"max_bytes", size(2000)}}));
  CHECK(run.text("reader [out]", {"content"}) == "one\n\ntwo\n\n");
  CHECK(run.text("reader [errors]", {"code"}) == "file.long_line\nfile.long_line\n");
}

TEST_CASE("split gives the lines before a break, then the error") {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 20'000; ++i) content += std::to_string(i * 7919) + "\n";
  const std::string packed = gzip(content);
  ElementRun run;
  REQUIRE_OK(read(run, {folder.write("a.gz", packed.substr(0, packed.size() / 2)), folder.write("b", "after\n")},
                  {{"split", size(1000)}}));
  const Log log = run.log("reader [out]");
  std::string joined;
  for (const Row row : log) joined += row.string_at(2);
  CHECK(joined.ends_with("\nafter\n"));
  joined.resize(joined.size() - 6);
  CHECK(joined.size() > 10'000);
  CHECK(content.starts_with(joined));
  CHECK(joined.ends_with('\n'));
  CHECK(run.text("reader [errors]", {"code"}) == "file.damaged\n");
}
