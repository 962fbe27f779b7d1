#include "core/data/messagepack.h"

#include <simdjson.h>

#include <bit>
#include <cstring>

#include "core/base/check.h"

namespace blox {
namespace {

template <typename T>
T swap_bytes(T value) {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
}

constexpr int64_t kMicrosPerSecond = 1'000'000;

}  // namespace

template <typename T>
void MessagePackWriter::tagged(uint8_t tag, T value) {
  const T swapped = swap_bytes(value);  // the format is big-endian, our machines are little-endian
  uint8_t* const to = out_->extend(1 + sizeof(T));
  *to = tag;
  std::memcpy(to + 1, &swapped, sizeof(T));
}

void MessagePackWriter::integer(int64_t value) {
  if (value >= 0) {
    if (value < 0x80) return out_->push(static_cast<uint8_t>(value));
    if (value <= UINT8_MAX) return tagged(0xcc, static_cast<uint8_t>(value));
    if (value <= UINT16_MAX) return tagged(0xcd, static_cast<uint16_t>(value));
    if (value <= UINT32_MAX) return tagged(0xce, static_cast<uint32_t>(value));
    return tagged(0xcf, static_cast<uint64_t>(value));
  }
  if (value >= -32) return out_->push(static_cast<uint8_t>(value));
  if (value >= INT8_MIN) return tagged(0xd0, static_cast<uint8_t>(value));
  if (value >= INT16_MIN) return tagged(0xd1, static_cast<uint16_t>(value));
  if (value >= INT32_MIN) return tagged(0xd2, static_cast<uint32_t>(value));
  return tagged(0xd3, static_cast<uint64_t>(value));
}

void MessagePackWriter::floating(double value) { tagged(0xcb, std::bit_cast<uint64_t>(value)); }

void MessagePackWriter::string(std::string_view value) {
  BLOX_CHECK(value.size() <= UINT32_MAX, "a string too long for MessagePack");
  if (value.size() < 32) {
    out_->push(static_cast<uint8_t>(0xa0 | value.size()));
  } else if (value.size() <= UINT8_MAX) {
    tagged(0xd9, static_cast<uint8_t>(value.size()));
  } else if (value.size() <= UINT16_MAX) {
    tagged(0xda, static_cast<uint16_t>(value.size()));
  } else {
    tagged(0xdb, static_cast<uint32_t>(value.size()));
  }
  out_->append(value.data(), value.size());
}

void MessagePackWriter::binary(std::string_view value) {
  BLOX_CHECK(value.size() <= UINT32_MAX, "a binary too long for MessagePack");
  if (value.size() <= UINT8_MAX) {
    tagged(0xc4, static_cast<uint8_t>(value.size()));
  } else if (value.size() <= UINT16_MAX) {
    tagged(0xc5, static_cast<uint16_t>(value.size()));
  } else {
    tagged(0xc6, static_cast<uint32_t>(value.size()));
  }
  out_->append(value.data(), value.size());
}

void MessagePackWriter::time(Micros value) {
  int64_t seconds = value / kMicrosPerSecond;
  int64_t micros = value % kMicrosPerSecond;
  if (micros < 0) {
    micros += kMicrosPerSecond;
    --seconds;
  }
  const auto nanos = static_cast<uint64_t>(micros) * 1'000;
  if (seconds >= 0 && seconds <= UINT32_MAX && nanos == 0) {
    out_->push(uint8_t{0xd6});
    return tagged(0xff, static_cast<uint32_t>(seconds));
  }
  if (seconds >= 0 && seconds < int64_t{1} << 34) {
    out_->push(uint8_t{0xd7});
    return tagged(0xff, nanos << 34 | static_cast<uint64_t>(seconds));
  }
  tagged(0xc7, uint8_t{12});
  tagged(0xff, static_cast<uint32_t>(nanos));
  const auto swapped = swap_bytes(static_cast<uint64_t>(seconds));
  out_->push(swapped);
}

void MessagePackWriter::array(uint32_t items) {
  if (items < 16) return out_->push(static_cast<uint8_t>(0x90 | items));
  if (items <= UINT16_MAX) return tagged(0xdc, static_cast<uint16_t>(items));
  tagged(0xdd, items);
}

void MessagePackWriter::map(uint32_t entries) {
  if (entries < 16) return out_->push(static_cast<uint8_t>(0x80 | entries));
  if (entries <= UINT16_MAX) return tagged(0xde, static_cast<uint16_t>(entries));
  tagged(0xdf, entries);
}

template <typename T>
bool MessagePackReader::number(T* out) {
  if (left() < sizeof(T)) return false;
  T raw;
  std::memcpy(&raw, at_, sizeof(T));
  at_ += sizeof(T);
  *out = swap_bytes(raw);
  return true;
}

bool MessagePackReader::content(uint64_t length, std::string_view* out) {
  if (left() < length) return false;
  *out = {reinterpret_cast<const char*>(at_), static_cast<size_t>(length)};
  at_ += length;
  return true;
}

bool MessagePackReader::head(uint64_t count, uint32_t bytes_each, Item* item, Kind kind) {
  if (count > left() / bytes_each) return false;  // each value has at least one byte
  item->kind = kind;
  item->count = static_cast<uint32_t>(count);
  return true;
}

bool MessagePackReader::text(uint64_t length, Item* item) {
  item->kind = Kind::kString;
  return content(length, &item->bytes) && simdjson::validate_utf8(item->bytes.data(), item->bytes.size());
}

bool MessagePackReader::timestamp(uint32_t length, Item* item) {
  int64_t seconds = 0;
  uint32_t nanos = 0;
  uint8_t type = 0;
  if (!number(&type) || type != 0xff) return false;
  if (length == 4) {
    uint32_t whole = 0;
    if (!number(&whole)) return false;
    seconds = whole;
  } else if (length == 8) {
    uint64_t both = 0;
    if (!number(&both)) return false;
    seconds = static_cast<int64_t>(both & ((uint64_t{1} << 34) - 1));
    nanos = static_cast<uint32_t>(both >> 34);
  } else {
    uint64_t whole = 0;
    if (length != 12 || !number(&nanos) || !number(&whole)) return false;
    seconds = static_cast<int64_t>(whole);
  }
  if (nanos >= 1'000'000'000) return false;
  int64_t micros = nanos / 1'000;
  if (seconds < 0 && micros > 0) {  // so that the product cannot overflow where the sum does not
    ++seconds;
    micros -= kMicrosPerSecond;
  }
  item->kind = Kind::kTime;
  int64_t scaled = 0;
  return !__builtin_mul_overflow(seconds, kMicrosPerSecond, &scaled) &&
         !__builtin_add_overflow(scaled, micros, &item->integer);
}

bool MessagePackReader::next(Item* item) {
  uint8_t tag = 0;
  if (!number(&tag)) return false;
  const auto integer = [&](auto kind_of) {
    decltype(kind_of) value{};
    item->kind = Kind::kInt;
    if (!number(&value)) return false;
    if constexpr (sizeof value == 8 && std::is_unsigned_v<decltype(value)>) {
      if (value > static_cast<uint64_t>(INT64_MAX)) return false;
    }
    item->integer = static_cast<int64_t>(value);
    return true;
  };
  const auto length = [&](auto kind_of, uint64_t* out) {
    decltype(kind_of) value{};
    if (!number(&value)) return false;
    *out = value;
    return true;
  };
  if (tag < 0x80 || tag >= 0xe0) {
    item->kind = Kind::kInt;
    item->integer = static_cast<int8_t>(tag);
    return true;
  }
  if (tag < 0x90) return head(tag & 15, 2, item, Kind::kMap);
  if (tag < 0xa0) return head(tag & 15, 1, item, Kind::kArray);
  if (tag < 0xc0) return text(tag & 31, item);
  uint64_t size = 0;
  switch (tag) {
    case 0xc0: item->kind = Kind::kNil; return true;
    case 0xc2:
    case 0xc3:
      item->kind = Kind::kBool;
      item->boolean = tag == 0xc3;
      return true;
    case 0xc4: item->kind = Kind::kBinary; return length(uint8_t{}, &size) && content(size, &item->bytes);
    case 0xc5: item->kind = Kind::kBinary; return length(uint16_t{}, &size) && content(size, &item->bytes);
    case 0xc6: item->kind = Kind::kBinary; return length(uint32_t{}, &size) && content(size, &item->bytes);
    case 0xc7: return length(uint8_t{}, &size) && size == 12 && timestamp(12, item);
    case 0xca: {
      uint32_t bits = 0;
      item->kind = Kind::kFloat;
      if (!number(&bits)) return false;
      item->floating = std::bit_cast<float>(bits);
      return true;
    }
    case 0xcb: {
      uint64_t bits = 0;
      item->kind = Kind::kFloat;
      if (!number(&bits)) return false;
      item->floating = std::bit_cast<double>(bits);
      return true;
    }
    case 0xcc: return integer(uint8_t{});
    case 0xcd: return integer(uint16_t{});
    case 0xce: return integer(uint32_t{});
    case 0xcf: return integer(uint64_t{});
    case 0xd0: return integer(int8_t{});
    case 0xd1: return integer(int16_t{});
    case 0xd2: return integer(int32_t{});
    case 0xd3: return integer(int64_t{});
    case 0xd6: return timestamp(4, item);
    case 0xd7: return timestamp(8, item);
    case 0xd9: return length(uint8_t{}, &size) && text(size, item);
    case 0xda: return length(uint16_t{}, &size) && text(size, item);
    case 0xdb: return length(uint32_t{}, &size) && text(size, item);
    case 0xdc: return length(uint16_t{}, &size) && head(size, 1, item, Kind::kArray);
    case 0xdd: return length(uint32_t{}, &size) && head(size, 1, item, Kind::kArray);
    case 0xde: return length(uint16_t{}, &size) && head(size, 2, item, Kind::kMap);
    case 0xdf: return length(uint32_t{}, &size) && head(size, 2, item, Kind::kMap);
    default: return false;
  }
}

bool MessagePackReader::skip() {
  struct Level {
    uint32_t left;
    bool is_map;
    bool key_next;
  };
  Level levels[kDeepest];
  uint32_t depth = 0;
  Item item;
  while (true) {
    if (!next(&item)) return false;
    if (depth != 0 && levels[depth - 1].is_map) {
      Level& level = levels[depth - 1];
      if (level.key_next && item.kind != Kind::kString) return false;
      level.key_next = !level.key_next;
    }
    if (item.kind == Kind::kArray || item.kind == Kind::kMap) {
      if (depth == kDeepest) return false;
      levels[depth++] = {item.kind == Kind::kMap ? item.count * 2 : item.count, item.kind == Kind::kMap, true};
    } else if (depth == 0) {
      return true;
    } else {
      --levels[depth - 1].left;
    }
    while (levels[depth - 1].left == 0) {
      if (--depth == 0) return true;
      --levels[depth - 1].left;
    }
  }
}

bool MessagePackReader::read_int(int64_t* out) {
  Item item;
  if (!next(&item) || item.kind != Kind::kInt) return false;
  *out = item.integer;
  return true;
}

bool MessagePackReader::read_string(std::string_view* out) {
  Item item;
  if (!next(&item) || item.kind != Kind::kString) return false;
  *out = item.bytes;
  return true;
}

bool MessagePackReader::read_array(uint32_t* count) {
  Item item;
  if (!next(&item) || item.kind != Kind::kArray) return false;
  *count = item.count;
  return true;
}

}  // namespace blox
