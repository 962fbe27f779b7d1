// A shared object that has nothing to do with us, and would end the process if it were loaded.
#include <cstdlib>

namespace {

struct Trap {
  Trap() { std::abort(); }
} trap;

}  // namespace
