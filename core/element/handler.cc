#include "core/element/handler.h"

#include <fmt/format.h>

#include "core/element/element.h"

namespace blox {

HandlerBase::HandlerBase(Element* owner, const char* name, const char* doc) : name_(name), doc_(doc) {
  owner->handlers_.push_back(this);
}

Status HandlerBase::refuse(const Datum& value) const {
  if (!writable()) return Status::user("handler.read_only", fmt::format("the handler `{}` can only be read", name_));
  return Status::user("handler.type", fmt::format("the handler `{}` cannot be set to {}", name_, value.to_string()));
}

}  // namespace blox
