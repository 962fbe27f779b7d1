#include "core/base/status.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "tests/support/death.h"

namespace blox {
namespace {

Status half(int n, int* out) {
  if (n % 2 != 0) return Status::user("test.odd", "the number is odd");
  *out = n / 2;
  return Status::ok();
}

Result<int> half(int n) {
  int out = 0;
  BLOX_TRY(half(n, &out));
  return out;
}

Result<std::string> quarter(int n) {
  BLOX_ASSIGN(const int once, half(n));
  BLOX_ASSIGN(const int twice, half(once));
  return std::to_string(twice);
}

TEST_CASE("ok costs one null pointer and prints as ok") {
  CHECK(sizeof(Status) == sizeof(std::shared_ptr<int>));
  CHECK(Status().is_ok());
  CHECK(static_cast<bool>(Status::ok()));
  CHECK(Status::ok().to_string() == "ok");
}

TEST_CASE("an error keeps whose fault it is, its code and its text") {
  const Status status = Status::outside("store.full", "no room is left");
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.error().fault == Fault::kOutside);
  CHECK(status.error().code == "store.full");
  CHECK(status.to_string() == "no room is left");
}

TEST_CASE("the first place and the first fix stay, later callers know less") {
  const Status status =
      Status::user("a", "no such file").at("words.txt").at("reader").with_fix("create it").with_fix("?");
  CHECK(status.to_string() == "words.txt: no such file (create it)");
}

TEST_CASE("place and fix leave other copies and ok alone") {
  const Status bare = Status::user("a", "wrong");
  const Status placed = bare.at("here");
  CHECK(bare.error().place.empty());
  CHECK(placed.error().place == "here");
  CHECK(Status::ok().at("here").with_fix("there").is_ok());
}

TEST_CASE("an errno names what was tried, the reason and the place") {
  const Status status = Status::from_errno(ENOENT, "open", "a/b");
  CHECK(status.to_string() == "a/b: cannot open: No such file or directory");
  CHECK(status.error().code == "os.errno2");
  CHECK(status.error().fault == Fault::kOutside);
}

TEST_CASE("try and assign pass on the first failure") {
  CHECK(*quarter(8) == "2");
  CHECK(quarter(7).status().error().code == "test.odd");
  CHECK(quarter(6).status().error().code == "test.odd");
}

TEST_CASE("a result holds what can only be moved") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(4);
  REQUIRE(result.is_ok());
  const std::unique_ptr<int> taken = std::move(*std::move(result));
  CHECK(*taken == 4);
}

TEST_CASE("misuse is a bug that says so") {
  const Result<int> failed = Status::user("a", "b");
  CHECK(testing::last_words([&] { (void)*failed; }).find("a Result that failed") != std::string::npos);
  CHECK(testing::last_words([] { (void)Status().error(); }).find("a status that is ok") != std::string::npos);
  CHECK(testing::last_words([] { (void)Result<int>(Status::ok()); }).find("has no value") != std::string::npos);
}

}  // namespace
}  // namespace blox
