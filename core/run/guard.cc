#include "core/run/guard.h"

#include <exception>
#include <string>

namespace blox::runtime {

Status thrown() {
  std::string text = "something that is no std::exception";
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::exception& exception) {
    text = exception.what();
  } catch (...) {
    // It has no text.
  }
  return Status::user("element.threw", "it threw an exception: " + text);
}

}  // namespace blox::runtime
