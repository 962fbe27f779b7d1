// A plug-in of another build. If it were ever loaded, its constructor would end the process.
#include <cstdlib>

namespace {

[[gnu::section("blox_stamp"), gnu::used]] const char stamp[] = "datablox 0.0.1; another compiler";

struct Trap {
  Trap() { std::abort(); }
} trap;

}  // namespace
