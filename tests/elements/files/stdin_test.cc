#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

// Puts something else in the place of standard input for as long as it lives.
class Input {
 public:
  explicit Input(int descriptor) : saved_(dup(0)) {
    dup2(descriptor, 0);
    ::close(descriptor);
  }
  ~Input() {
    dup2(saved_, 0);
    ::close(saved_);
  }

 private:
  int saved_;
};

RunResult read(ElementRun& run, std::vector<NamedLiteral> args = {}) {
  run.element("in", "Stdin", std::move(args)).collect("in [out]").collect("in [errors]");
  return run.run();
}

}  // namespace

TEST_CASE("reads a file given as standard input") {
  const TemporaryFolder folder;
  const Input input(open(folder.write("a", "one\r\ntwo\n\nfour").c_str(), O_RDONLY));
  ElementRun run;
  REQUIRE_OK(read(run));
  CHECK(run.text("in [out]", {"line_number", "line"}) == "1 one\n2 two\n3 \n4 four\n");
}

TEST_CASE("reads a pipe, however its lines are cut") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::string content, expected;
  for (int i = 1; i <= 30'000; ++i) {
    content += "line " + std::to_string(i) + "\n";
    expected += std::to_string(i) + " line " + std::to_string(i) + "\n";
  }
  std::thread writer([&] {
    for (size_t at = 0; at < content.size();) {
      const ssize_t wrote = write(ends[1], content.data() + at, std::min<size_t>(content.size() - at, 4001));
      if (wrote > 0) at += static_cast<size_t>(wrote);
    }
    ::close(ends[1]);
  });
  ElementRun run;
  {
    const Input input(ends[0]);
    REQUIRE_OK(read(run));
  }
  writer.join();
  CHECK(run.text("in [out]", {"line_number", "line"}) == expected);
}

TEST_CASE("input that ends at once is no record") {
  const Input input(open("/dev/null", O_RDONLY));
  ElementRun run;
  REQUIRE_OK(read(run));
  CHECK(run.logs("in [out]") == 0);
}

TEST_CASE("lines of standard input that cannot be taken are named by number") {
  const TemporaryFolder folder;
  const std::string content = "one\n\xff\n" + std::string(1 << 20, 'x') + "\nfour\n" + std::string(200, 'y');
  const Input input(open(folder.write("a", content).c_str(), O_RDONLY));
  ElementRun run;
  REQUIRE_OK(read(run, {{"max_line", size(100)}}));
  CHECK(run.text("in [out]", {"line_number", "line"}) == "1 one\n4 four\n");
  CHECK(run.text("in [errors]", {"code"}) == "line.not_utf8\nline.too_long\nline.too_long\n");
}

TEST_CASE("a byte order mark is no part of the first line of standard input") {
  const TemporaryFolder folder;
  const Input input(open(folder.write("a", "\xef\xbb\xbfone\ntwo\n").c_str(), O_RDONLY));
  ElementRun run;
  REQUIRE_OK(read(run));
  CHECK(run.text("in [out]", {"line_number", "line"}) == "1 one\n2 two\n");
}

TEST_CASE("standard input on which nothing can be read is refused before anything starts") {
  const Input input(open("/dev/null", O_WRONLY));
  ElementRun run;
  const RunResult result = read(run);
  CHECK_FALSE(result.status.is_ok());
  CHECK(result.status.to_string().find("standard input is closed") != std::string::npos);
}
