#include "core/data/json_index.h"

#include <simdjson.h>

#include <algorithm>

#include "core/base/check.h"

namespace blox {

struct JsonIndex::Impl {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  size_t count = 0;
};

JsonIndex::JsonIndex() : impl_(std::make_unique<Impl>()) {}
JsonIndex::~JsonIndex() = default;

const char* JsonIndex::build(const char* text, size_t size) {
  Impl& impl = *impl_;
  constexpr size_t kDepth = 1;  // only the second stage, which we do without, has a stack
  if (impl.parser == nullptr) {
    const auto error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(size, kDepth, impl.parser);
    BLOX_CHECK(error == simdjson::SUCCESS, "out of memory");
  } else if (impl.parser->capacity() < size) {
    BLOX_CHECK(impl.parser->set_capacity(std::max(size, impl.parser->capacity() * 2)) == simdjson::SUCCESS,
               "out of memory");
  }
  const auto error = impl.parser->stage1(reinterpret_cast<const uint8_t*>(text), size, simdjson::stage1_mode::regular);
  impl.count = error == simdjson::SUCCESS ? impl.parser->n_structural_indexes : 0;
  uint32_t* const behind = impl.parser->structural_indexes.get() + impl.count;
  std::fill(behind, behind + 3, static_cast<uint32_t>(size - 1));
  switch (error) {
    case simdjson::SUCCESS:
    case simdjson::EMPTY: return nullptr;
    case simdjson::UTF8_ERROR: return "it is no valid UTF-8";
    case simdjson::UNESCAPED_CHARS: return "a string does not end, or holds a control character";
    case simdjson::UNCLOSED_STRING: return "a string does not end";
    default: return "it is no JSON";
  }
}

const uint32_t* JsonIndex::positions() const { return impl_->parser->structural_indexes.get(); }
size_t JsonIndex::count() const { return impl_->count; }

}  // namespace blox
