#include "core/expr/evaluation.h"

#include "core/expr/frame.h"

namespace blox::expr {

Evaluation::Evaluation() : scratch_(std::make_unique<Scratch>()) {}
Evaluation::~Evaluation() = default;
Evaluation::Evaluation(Evaluation&&) noexcept = default;
Evaluation& Evaluation::operator=(Evaluation&&) noexcept = default;

std::vector<uint32_t> Evaluation::succeeded(uint32_t total) const {
  std::vector<uint32_t> out;
  out.reserve(total - errors.size());
  size_t next = 0;
  for (uint32_t record = 0; record < total; ++record) {
    if (next < errors.size() && errors[next].record == record) {
      ++next;
    } else {
      out.push_back(record);
    }
  }
  return out;
}

}  // namespace blox::expr
