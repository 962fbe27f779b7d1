// Random trees of the topology language, for properties such as "what is printed is read back the same".
//
// Owns     its generator: the same seed gives the same trees
// Bounds   a few dozen nodes a tree
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "dsl/tree.h"

namespace blox::testing {

class RandomTopology {
 public:
  explicit RandomTopology(uint64_t seed) : random_(seed) {}

  /// Statements of all kinds in any order, with names that are declared once.
  dsl::Body body();
  /// A value of any kind, nested at most `depth` levels.
  dsl::Value value(int depth = 3);

 private:
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }
  bool chance(uint32_t percent) { return below(100) < percent; }
  std::string word();
  std::string strange_text();
  dsl::Name name();
  dsl::Name fresh(bool capital);
  dsl::Value number();
  dsl::Value text();
  dsl::Value path();
  dsl::Value type();
  std::vector<dsl::Item> items(bool keys_needed, bool keys_allowed, int depth);
  dsl::Settings settings();
  dsl::Call call();
  dsl::Port port();
  dsl::Chain chain();
  dsl::Parameter parameter();
  dsl::Body statements(int count, int depth);
  dsl::Statement statement(int depth);

  std::mt19937_64 random_;
  uint32_t names_ = 0;
};

}  // namespace blox::testing
