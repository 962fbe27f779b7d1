#include "core/element/query.h"

#include <doctest/doctest.h>

#include <vector>

namespace blox {
namespace {

struct Recorder final : Replier {
  std::vector<Answer> answers;
  bool has_room = true;
  void send(Answer answer) override { answers.push_back(std::move(answer)); }
  bool room() const override { return has_room; }
  bool wanted() const override { return true; }
};

TEST_CASE("a reply ends once, whoever holds it then") {
  const auto recorder = std::make_shared<Recorder>();
  Reply first(recorder);
  first.send(Log());
  Reply second = std::move(first);
  CHECK_FALSE(first.open());
  CHECK(second.room());
  second.end();
  CHECK_FALSE(second.open());
  CHECK_FALSE(second.room());
  CHECK_FALSE(second.wanted());
  REQUIRE(recorder->answers.size() == 2);
  CHECK_FALSE(recorder->answers[0].last);
  CHECK(recorder->answers[1].last);
  CHECK(recorder->answers[1].status.is_ok());
}

TEST_CASE("a reply that is dropped or overwritten answers with an error") {
  const auto recorder = std::make_shared<Recorder>();
  { const Reply dropped(recorder); }
  Reply overwritten(recorder);
  overwritten = Reply();
  REQUIRE(recorder->answers.size() == 2);
  for (const Answer& answer : recorder->answers) CHECK(answer.status.error().code == "query.abandoned");
}

}  // namespace
}  // namespace blox
