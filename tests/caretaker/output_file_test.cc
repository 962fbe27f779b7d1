#include "caretaker/output_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "caretaker/worker.h"
#include "core/base/descriptor.h"
#include "tests/support/temporary_folder.h"

namespace blox {
namespace {

/// A file that is appended to.
struct Output {
  explicit Output(const testing::TemporaryFolder& place)
      : file(::open(place.file("output").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    REQUIRE(file >= 0);
  }
  ~Output() { ::close(file); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void print(size_t bytes, char what) const { REQUIRE(write_all(file, std::string(bytes, what)) == 0); }
  struct stat look() const {
    struct stat about {};
    REQUIRE(::fstat(file, &about) == 0);
    return about;
  }
  size_t size() const { return static_cast<size_t>(look().st_size); }
  size_t on_disk() const { return static_cast<size_t>(look().st_blocks) * 512; }
  std::string from(size_t place, size_t bytes) const {
    std::string text(bytes, '\0');
    REQUIRE(::pread(file, text.data(), bytes, static_cast<off_t>(place)) == static_cast<ssize_t>(bytes));
    return text;
  }
  const int file;
};

TEST_CASE("the newest of an output stays where it stands, and what is older takes no room any more") {
  const testing::TemporaryFolder place;
  const Output output(place);
  output.print(4 * kMostOutput, 'a');
  output.print(kMostOutput, 'b');
  CHECK(shorten_output(output.file) == 0);
  CHECK(output.size() == 5 * kMostOutput);
  CHECK(output.on_disk() <= 2 * kMostOutput);
  CHECK(output.from(4 * kMostOutput, kMostOutput) == std::string(kMostOutput, 'b'));
  output.print(1, 'c');
  CHECK(output.from(5 * kMostOutput, 1) == "c");
}

TEST_CASE("a short output, one that another reads, and what is no file stay as they are") {
  const testing::TemporaryFolder place;
  const Output output(place);
  output.print(kMostOutput, 'a');
  CHECK(shorten_output(output.file) == 0);
  CHECK(output.from(0, 3) == "aaa");
  output.print(4 * kMostOutput, 'a');
  const Output reader(place);
  {
    const OutputLock lock(reader.file);
    CHECK(lock.held());
    CHECK_FALSE(OutputLock(output.file).held());
    CHECK(shorten_output(output.file) == 0);
    CHECK(output.from(0, 3) == "aaa");
  }
  CHECK(shorten_output(output.file) == 0);
  CHECK(output.from(0, 3) == std::string(3, '\0'));
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  CHECK(shorten_output(ends[1]) == 0);
  for (const int end : ends) ::close(end);
}

TEST_CASE("a worker without a caretaker keeps its output short") {
  const testing::TemporaryFolder place;
  const Output output(place);
  WorkerOptions options;
  options.caretaker = place.file("nobody.sock");
  options.life = {"t/1", 1, 1};
  options.output = output.file;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(run_worker(options));
  output.print(8 * kMostOutput, 'a');
  bool is_short = false;
  for (int rounds = 0; rounds < 20'000 && !(is_short = output.on_disk() <= 2 * kMostOutput); ++rounds) {
    ::poll(nullptr, 0, 1);
  }
  CHECK(is_short);
  CHECK(output.size() == 8 * kMostOutput);
  REQUIRE(::kill(child, SIGKILL) == 0);
  CHECK(::waitpid(child, nullptr, 0) == child);
}

}  // namespace
}  // namespace blox
