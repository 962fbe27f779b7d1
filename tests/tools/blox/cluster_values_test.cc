#include "tools/blox/cluster/values.h"

#include <doctest/doctest.h>

namespace blox::tools {
namespace {

using protocol::HandlerValue;
using protocol::ReplicaValue;

HandlerValue part(OfShard how, std::vector<ReplicaValue> parts) {
  return {"counts", "keys", "distinct keys", false, {}, std::move(parts), 3, how};
}

TEST_CASE("a shard over several workers says what it would say in one") {
  const auto whole = [](OfShard how, const Datum& a, const Datum& b, const Datum& c) {
    const JoinedValues joined = join_values({{{part(how, {{2, c}, {0, a}})}}, {{part(how, {{1, b}})}}});
    CHECK(joined.missing.empty());
    REQUIRE(joined.values.size() == 1);
    CHECK(joined.values[0].element == "counts");
    CHECK(joined.values[0].parts.empty());
    return joined.values[0].value;
  };
  CHECK(whole(OfShard::kSum, Datum(1), Datum(2), Datum(4)) == Datum(7));
  CHECK(whole(OfShard::kMost, Datum(1), Datum(9), Datum(4)) == Datum(9));
  CHECK(whole(OfShard::kList, Datum::List{1}, Datum::List{}, Datum::List{2, 3}) == Datum(Datum::List{1, 2, 3}));
  CHECK(whole(OfShard::kEach, Datum("a"), Datum("b"), Datum("c")) ==
        Datum(Datum::Struct{{"0", Datum("a")}, {"1", Datum("b")}, {"2", Datum("c")}}));
}

TEST_CASE("a shard of which a part is missing has no value, and says so") {
  const HandlerValue other{"slow", "rate", "", true, Datum(5), {}, 0, OfShard::kEach};
  const JoinedValues joined = join_values({{{part(OfShard::kSum, {{0, Datum(1)}}), other}}});
  REQUIRE(joined.values.size() == 1);
  CHECK(joined.values[0].element == "slow");
  CHECK(joined.missing == std::vector<std::string>{"counts.keys: of 1 of its 3 replicas"});
  // What cannot be is not believed: a number twice, one that there is not.
  CHECK(join_values({{{part(OfShard::kSum, {{0, Datum(1)}, {0, Datum(1)}, {1, Datum(1)}})}}}).missing.size() == 1);
  CHECK(join_values({{{part(OfShard::kSum, {{0, Datum(1)}, {1, Datum(1)}, {3, Datum(1)}})}}}).missing.size() == 1);
}

}  // namespace
}  // namespace blox::tools
