#include "core/text/media_type.h"

#include <magic.h>

namespace blox {

void MediaTypes::Close::operator()(magic_set* table) const { magic_close(table); }

Result<MediaTypes> MediaTypes::load() {
  std::unique_ptr<magic_set, Close> table(magic_open(MAGIC_MIME_TYPE));
  if (table == nullptr) return Status::outside("magic.unavailable", "libmagic cannot be used");
  if (magic_load(table.get(), nullptr) != 0) {
    const char* const reason = magic_error(table.get());
    return Status::outside("magic.unavailable", reason == nullptr ? "the table of libmagic cannot be read" : reason)
        .with_fix("install the package libmagic-mgc");
  }
  return MediaTypes(std::move(table));
}

std::string_view MediaTypes::of(std::string_view bytes) {
  const char* const type = magic_buffer(table_.get(), bytes.data(), bytes.size());
  return type == nullptr ? "application/octet-stream" : type;
}

}  // namespace blox
