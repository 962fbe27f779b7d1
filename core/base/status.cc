#include "core/base/status.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace blox {

void check_failed(const char* file, int line, const char* condition, const char* text) {
  std::fprintf(stderr, "bug: %s:%d: %s (%s)\n", file, line, text, condition);
  std::abort();
}

Status Status::from_errno(int error_number, std::string_view what, std::string_view place) {
  char buffer[128];
  const char* reason = strerror_r(error_number, buffer, sizeof buffer);  // the GNU one: thread-safe
  Error error;
  error.fault = Fault::kOutside;
  error.code = "os.errno" + std::to_string(error_number);
  error.text = "cannot " + std::string(what) + ": " + reason;
  error.place = place;
  return Status(std::move(error));
}

Status Status::at(std::string_view place) const {
  if (is_ok() || !error_->place.empty()) return *this;
  Error copy = *error_;
  copy.place = place;
  return Status(std::move(copy));
}

Status Status::with_fix(std::string_view fix) const {
  if (is_ok() || !error_->fix.empty()) return *this;
  Error copy = *error_;
  copy.fix = fix;
  return Status(std::move(copy));
}

std::string Status::to_string() const {
  if (is_ok()) return "ok";
  std::string out;
  if (!error_->place.empty()) out = error_->place + ": ";
  out += error_->text;
  if (!error_->fix.empty()) out += " (" + error_->fix + ")";
  return out;
}

}  // namespace blox
