#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/data/utf8.h"
#include "tests/support/element_run.h"
#include "tests/support/solo.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

// The paths found, below the folder, a line each.
std::string found(ElementRun& run, const TemporaryFolder& folder) {
  std::string out = run.text("files [out]", {"path"});
  for (size_t at; (at = out.find(folder.path() + "/")) != std::string::npos;) out.erase(at, folder.path().size() + 1);
  return out;
}

RunResult crawl(ElementRun& run, const TemporaryFolder& folder, std::vector<NamedLiteral> args = {}) {
  args.push_back({"path", text(folder.path())});
  run.element("files", "FileCrawler", std::move(args)).collect("files [out]").collect("files [errors]");
  return run.run();
}

}  // namespace

TEST_CASE("finds the files below a folder in the order of their names") {
  const TemporaryFolder folder;
  for (const char* name : {"b.txt", "a/z.txt", "a/y/x.txt", "c/c.txt", "B.txt"}) folder.write(name, "1234");
  ElementRun run;
  REQUIRE_OK(crawl(run, folder));
  CHECK(found(run, folder) == "B.txt\na/y/x.txt\na/z.txt\nb.txt\nc/c.txt\n");
  CHECK(run.log("files [out]").column(1).int_at(0) == 4);
  struct stat status;
  REQUIRE(stat(folder.file("B.txt").c_str(), &status) == 0);
  CHECK(run.log("files [out]").column(2).int_at(0) / kSecond == status.st_mtime);
}

TEST_CASE("finds what matches one of the patterns and nothing that is excluded") {
  const TemporaryFolder folder;
  for (const char* name : {"a.txt", "b.gz", "c.bin", "x/a.txt", "x/man1/ls.gz", "skip/a.txt"}) folder.write(name, "");
  ElementRun run;
  REQUIRE_OK(crawl(run, folder, {{"glob", list({text("*.txt"), text("**/man?/*.gz")})}, {"exclude", text("skip")}}));
  CHECK(found(run, folder) == "a.txt\nx/a.txt\nx/man1/ls.gz\n");
}

TEST_CASE("goes as deep as it is told") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "x/b", "x/y/c"}) folder.write(name, "");
  ElementRun run;
  REQUIRE_OK(crawl(run, folder, {{"max_depth", Literal::of(int64_t{2})}}));
  CHECK(found(run, folder) == "a\nx/b\n");
}

TEST_CASE("hidden names are found only when asked for") {
  const TemporaryFolder folder;
  for (const char* name : {".a", ".x/b", "c"}) folder.write(name, "");
  ElementRun plain, hidden;
  REQUIRE_OK(crawl(plain, folder));
  CHECK(found(plain, folder) == "c\n");
  REQUIRE_OK(crawl(hidden, folder, {{"hidden", boolean(true)}}));
  CHECK(found(hidden, folder) == ".a\n.x/b\nc\n");
}

TEST_CASE("links are passed over, or followed without going in circles") {
  const TemporaryFolder folder;
  folder.write("a/b.txt", "12345");
  std::filesystem::create_symlink("a/b.txt", folder.file("link"));
  std::filesystem::create_symlink("..", folder.file("a/up"));
  std::filesystem::create_symlink("nowhere", folder.file("dangling"));
  ElementRun plain, following;
  REQUIRE_OK(crawl(plain, folder));
  CHECK(found(plain, folder) == "a/b.txt\n");
  CHECK(plain.logs("files [errors]") == 0);
  REQUIRE_OK(crawl(following, folder, {{"follow", boolean(true)}}));
  CHECK(found(following, folder) == "a/b.txt\nlink\n");
  CHECK(following.text("files [errors]", {"code", "input"}).find("file.unreadable") == 0);
  CHECK(following.text("files [errors]", {"message"}).find("dangling: cannot look at the file: No such file") !=
        std::string::npos);
}

TEST_CASE("pipes and sockets hold nothing up and are no files") {
  const TemporaryFolder folder;
  folder.write("a", "");
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  ElementRun run;
  REQUIRE_OK(crawl(run, folder, {{"follow", boolean(true)}}));
  CHECK(found(run, folder) == "a\n");
}

TEST_CASE("names that are no UTF-8 are found, and each has a path of its own") {
  const TemporaryFolder folder;
  folder.write("caf\xe9", "1");
  folder.write("caf\xe8", "1");
  folder.write("caf\xc3\xa9", "1");
  folder.write("d\xff/x", "1");
  ElementRun run;
  REQUIRE_OK(crawl(run, folder));
  CHECK(found(run, folder) == "caf\xc3\xa9\ncaf\xee\xbf\xa8\ncaf\xee\xbf\xa9\nd\xee\xbf\xbf/x\n");
  CHECK(is_utf8(found(run, folder)));
}

TEST_CASE("a path that is a file is the file that is found") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.bin", "12");
  ElementRun run;
  run.element("files", "FileCrawler", {{"path", text(path)}, {"glob", text("*.txt")}}).collect("files [out]");
  REQUIRE_OK(run.run());
  CHECK(run.text("files [out]", {"path", "size"}) == path + " 2\n");
}

TEST_CASE("a path that is not there is an error that names it") {
  const TemporaryFolder folder;
  ElementRun run;
  run.element("files", "FileCrawler", {{"path", text(folder.file("no"))}}).collect("files [out]");
  const RunResult result = run.run();
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.to_string().find(folder.file("no")) != std::string::npos);
  CHECK(result.status.to_string().find("No such file or directory") != std::string::npos);
}

TEST_CASE("folders and files that vanish while they are found are named, and the rest goes on") {
  const TemporaryFolder folder;
  for (int i = 0; i < 600; ++i) folder.write("a/f" + std::to_string(i), "");  // more than one call gives
  folder.write("m/gone", "");
  folder.write("n", "");
  folder.write("z", "");
  Solo solo("FileCrawler");
  solo.arg("path", text(folder.path())).out("out", schema_of("{path: string, size: int, mtime: time}"));
  solo.open();
  solo.between_calls([&] {
    std::filesystem::remove_all(folder.file("m"));
    std::filesystem::remove(folder.file("n"));
  });
  solo.produce_all();
  CHECK(solo.emitted_rows() == 601);
  CHECK(solo.refused() == "file.unreadable " + folder.file("m") +
                              ": cannot look at the file: No such file or directory\n" + "file.unreadable " +
                              folder.file("n") + ": cannot look at the file: No such file or directory\n");
}

TEST_CASE("a root that vanishes before it is read is named in errors") {
  const TemporaryFolder folder;
  folder.write("root/a", "");
  Solo solo("FileCrawler");
  solo.arg("path", text(folder.file("root"))).out("out", schema_of("{path: string, size: int, mtime: time}"));
  solo.open();
  std::filesystem::remove_all(folder.file("root"));
  solo.produce_all();
  CHECK(solo.refused() ==
        "file.unreadable " + folder.file("root") + ": cannot open the folder: No such file or directory\n");
}

TEST_CASE("a folder of more names than are kept at a time comes whole and in order") {
  const TemporaryFolder folder;
  constexpr int kFiles = 33'000;  // more than Folder::kNames
  for (int i = 0; i < kFiles; ++i) {
    char name[16];
    snprintf(name, sizeof name, "f%06d", (i * 7919) % kFiles);
    REQUIRE(symlink("target", folder.file(name).c_str()) == 0);  // quicker to make than files
  }
  folder.write("target", "");
  ElementRun run;
  REQUIRE_OK(crawl(run, folder, {{"follow", boolean(true)}}));
  const Log files = run.log("files [out]");
  REQUIRE(files.rows() == kFiles + 1);
  for (uint32_t i = 1; i < files.rows(); ++i) REQUIRE(files.column(0).string_at(i - 1) < files.column(0).string_at(i));
}

TEST_CASE("a path that is a pipe is refused, with its name, rather than found to be empty") {
  const TemporaryFolder folder;
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  ElementRun run;
  run.element("files", "FileCrawler", {{"path", text(folder.file("pipe"))}}).collect("files [out]");
  const RunResult result = run.run();
  CHECK_FALSE(result.status.is_ok());
  CHECK(result.status.to_string().find("pipe: cannot crawl") != std::string::npos);
}
