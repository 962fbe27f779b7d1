#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "core/data/any.h"
#include "tests/support/element_harness.h"
#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

ElementRun& write(ElementRun& run, const Log& log, const std::string& path, std::vector<NamedLiteral> args = {}) {
  args.push_back({"path", text(path)});
  return run.feed("records", log).element("file", "WriteFile", std::move(args)).connect("records -> file");
}

Log words() { return log_of("{word: string, n: int?, x: float}", {{"a \"b\"", 1, 0.5}, {"c", Datum(), 2.0}}); }

Log many(int rows) {
  std::vector<std::vector<Datum>> out;
  for (int i = 0; i < rows; ++i) out.push_back({i, std::string(90, 'x')});
  return log_of("{n: int, s: string}", out);
}

}  // namespace

TEST_CASE("writes one JSON object a line, and the file has its name at the end") {
  const TemporaryFolder folder;
  ElementRun run;
  REQUIRE_OK(write(run, words(), folder.file("out.jsonl")).run());
  CHECK(folder.read("out.jsonl") ==
        "{\"word\":\"a \\\"b\\\"\",\"n\":1,\"x\":0.5}\n{\"word\":\"c\",\"n\":null,\"x\":2.0}\n");
  CHECK_FALSE(std::filesystem::exists(folder.file("out.jsonl.blox-part")));
}

TEST_CASE("says how many records a crash would lose: all until the file has its name") {
  const TemporaryFolder folder;
  ElementHarness file("WriteFile", {{"path", text(folder.file("out.jsonl"))}});
  file.in("in", words().schema());
  REQUIRE(file.start().is_ok());
  const auto held = [&] { return file.element().handlers()[0]->get(); };
  CHECK(held() == Datum(0));
  file.push("in", words());
  CHECK(held() == Datum(2));
  REQUIRE(file.element().close(true).is_ok());
  CHECK(held() == Datum(0));
}

TEST_CASE("writes MessagePack that reads back") {
  const TemporaryFolder folder;
  ElementRun run;
  REQUIRE_OK(write(run, log_of("{b: bool, t: [int]}", {{true, Datum::List{1, 2}}}), folder.file("out"),
                   {{"format", name("msgpack")}})
                 .run());
  const Result<Datum> datum = decode_any(folder.read("out"));
  REQUIRE(datum.is_ok());
  CHECK(*datum == Datum(Datum::Struct{{"b", true}, {"t", Datum::List{1, 2}}}));
}

TEST_CASE("a file that is there is replaced as a whole, also behind a link") {
  const TemporaryFolder folder;
  folder.write("real/out", "old and long enough to be seen");
  std::filesystem::create_symlink("real/out", folder.file("link"));
  ElementRun run;
  REQUIRE_OK(write(run, log_of("{n: int}", {{1}}), folder.file("link")).run());
  CHECK(folder.read("real/out") == "{\"n\":1}\n");
  CHECK(std::filesystem::is_symlink(folder.file("link")));
}

TEST_CASE("a topology that fails leaves the old file and what was written under another name") {
  const TemporaryFolder folder;
  folder.write("out", "old");
  folder.write("bad", "no store at all");
  ElementRun run;
  write(run, many(10'000), folder.file("out"));
  run.element("store", "Store", {{"path", text(folder.file("bad"))}, {"key", name("n")}}).connect("records -> store");
  CHECK_FALSE(run.run().status.is_ok());
  CHECK(folder.read("out") == "old");
}

TEST_CASE("a full disk ends the run, keeps whole records apart and the old file as it was") {
  const TemporaryFolder folder;
  folder.write("out", "old");
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{1 << 20, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  ElementRun run;
  run.feed("records", std::vector<Log>(30, many(1'000)));
  run.element("file", "WriteFile", {{"path", text(folder.file("out"))}}).connect("records -> file");
  const RunResult result = run.run();
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, old);
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.error().code == "file.unwritable");
  CHECK(result.status.error().fault == Fault::kOutside);
  CHECK(result.status.to_string().find(folder.file("out")) != std::string::npos);
  CHECK(result.status.to_string().find("out.blox-part") != std::string::npos);
  CHECK(folder.read("out") == "old");
  const std::string part = folder.read("out.blox-part");
  CHECK(part.size() > 500'000);
  CHECK(part.ends_with("\"}\n"));
}

TEST_CASE("a device that is always full is an error that says so") {
  ElementRun run;
  const RunResult result = write(run, many(10), "/dev/full").run();
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.to_string().find("No space left on device") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists("/dev/full.blox-part"));
}

TEST_CASE("places that cannot be written are errors with their path") {
  const TemporaryFolder folder;
  ElementRun absent, is_folder, twice;
  CHECK(write(absent, many(1), folder.file("no/out")).run().status.to_string().find("no/out") != std::string::npos);
  CHECK(write(is_folder, many(1), folder.path()).run().status.to_string().find("Is a directory") != std::string::npos);
  write(twice, many(1), folder.file("out"));
  twice.element("other", "WriteFile", {{"path", text(folder.file("out"))}}).connect("records -> other");
  CHECK(twice.run().status.error().code == "file.in_use");
}

TEST_CASE("no records make an empty file") {
  const TemporaryFolder folder;
  ElementRun run;
  REQUIRE_OK(write(run, log_of("{n: int}", {}), folder.file("out")).run());
  CHECK(folder.read("out").empty());
  CHECK(std::filesystem::exists(folder.file("out")));
}

TEST_CASE("writes CSV with a line of names first") {
  const TemporaryFolder folder;
  ElementRun run;
  REQUIRE_OK(write(run, words(), folder.file("out.csv"), {{"format", name("csv")}}).run());
  CHECK(folder.read("out.csv") == "word,n,x\n\"a \"\"b\"\"\",1,0.5\nc,,2\n");
}

TEST_CASE("a redirected file that is named through a link into /proc keeps what it held") {
  const TemporaryFolder folder;
  folder.write("out.txt", "before\n");
  const int out = open(folder.file("out.txt").c_str(), O_WRONLY | O_APPEND);
  REQUIRE(out >= 0);
  std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(out), folder.file("stdout"));
  ElementRun run;
  REQUIRE_OK(write(run, log_of("{n: int}", {{1}}), folder.file("stdout")).run());
  CHECK(::write(out, "after\n", 6) == 6);
  close(out);
  CHECK(folder.read("out.txt") == "before\n{\"n\":1}\nafter\n");
  CHECK(std::filesystem::is_symlink(folder.file("stdout")));
}

TEST_CASE("a descriptor of the process's own is not written by its number") {
  const TemporaryFolder folder;
  folder.write("own", "mine");
  const int own = open(folder.file("own").c_str(), O_WRONLY | O_CLOEXEC);
  ElementRun run;
  const std::string path = "/proc/self/fd/" + std::to_string(own);
  CHECK_FALSE(write(run, log_of("{n: int}", {{1}}), path).run().status.is_ok());
  close(own);
  CHECK(folder.read("own") == "mine");
}

TEST_CASE("a link whose target is missing stays, and the target is made") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("target", folder.file("link"));
  ElementRun run;
  REQUIRE_OK(write(run, log_of("{n: int}", {{1}}), folder.file("link")).run());
  CHECK(std::filesystem::is_symlink(folder.file("link")));
  CHECK(folder.read("target") == "{\"n\":1}\n");
}

TEST_CASE("a file keeps its mode when it is replaced") {
  const TemporaryFolder folder;
  folder.write("out", "old");
  REQUIRE(chmod(folder.file("out").c_str(), 0600) == 0);
  ElementRun run;
  REQUIRE_OK(write(run, log_of("{n: int}", {{1}}), folder.file("out")).run());
  struct stat status;
  REQUIRE(stat(folder.file("out").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("a file with .part behind its name is somebody else's, and a link in the way is not followed") {
  const TemporaryFolder folder;
  folder.write("out.part", "foreign");
  folder.write("other", "foreign, too");
  ElementRun run;
  REQUIRE_OK(write(run, log_of("{n: int}", {{1}}), folder.file("out")).run());
  CHECK(folder.read("out.part") == "foreign");
  std::filesystem::create_symlink("other", folder.file("out.blox-part"));
  ElementRun again;
  CHECK_FALSE(write(again, log_of("{n: int}", {{1}}), folder.file("out")).run().status.is_ok());
  CHECK(folder.read("other") == "foreign, too");
}
