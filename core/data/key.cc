#include "core/data/key.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "core/base/hash.h"
#include "core/data/any.h"
#include "core/data/utf8.h"

namespace blox {
namespace {

constexpr char kNull = 0x00;
constexpr char kPresent = 0x01;
constexpr char kEscape = static_cast<char>(0xFF);  // after 0x00: a zero byte of the value
constexpr uint64_t kSignBit = uint64_t{1} << 63;

void put_word(uint64_t word, std::string& out) {
  char bytes[8];
  for (int i = 7; i >= 0; --i, word >>= 8) bytes[i] = static_cast<char>(word & 0xFF);
  out.append(bytes, sizeof bytes);
}

uint64_t word_of(double value) {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  if (value == 0) value = 0;  // -0
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  return (bits & kSignBit) != 0 ? ~bits : bits ^ kSignBit;
}

double float_of(uint64_t word) { return std::bit_cast<double>((word & kSignBit) != 0 ? word ^ kSignBit : ~word); }

void put_bytes(std::string_view value, std::string& out) {
  for (size_t zero; (zero = value.find('\0')) != std::string_view::npos; value.remove_prefix(zero + 1)) {
    out.append(value.substr(0, zero + 1));
    out += kEscape;
  }
  out.append(value);
  out.append(2, '\0');
}

void encode(const Column& column, uint32_t row, std::string& out) {
  const bool null = column.is_null(row);
  if (column.type.nullable()) out += null ? kNull : kPresent;
  if (null) return;
  if (column.encoding == Encoding::kDictionary) {
    // The distinct values are of the same type; the presence byte is written already.
    const auto code = static_cast<uint32_t>(column.values.as<int32_t>()[column.offset + row]);
    const size_t before = out.size();
    encode(*column.children[0], code, out);
    if (column.children[0]->type.nullable()) out.erase(before, 1);
    return;
  }
  switch (column.type.kind()) {
    case Kind::kBool: out += column.bool_at(row) ? '\1' : '\0'; return;
    case Kind::kInt:
    case Kind::kTime: return put_word(static_cast<uint64_t>(column.int_at(row)) ^ kSignBit, out);
    case Kind::kFloat: return put_word(word_of(column.float_at(row)), out);
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kAny: return put_bytes(column.string_at(row), out);
    case Kind::kList: {
      const int32_t* const starts = column.offsets.as<int32_t>() + column.index(row);
      for (int32_t item = starts[0]; item < starts[1]; ++item) {
        out += '\1';
        encode(*column.children[0], static_cast<uint32_t>(item), out);
      }
      out += '\0';
      return;
    }
    case Kind::kStruct: {
      const uint32_t index = column.index(row);
      for (const ColumnPtr& child : column.children) encode(*child, index, out);
      return;
    }
  }
}

bool take_byte(std::string_view& in, char& byte) {
  if (in.empty()) return false;
  byte = in[0];
  in.remove_prefix(1);
  return true;
}

bool take_word(std::string_view& in, uint64_t& word) {
  if (in.size() < 8) return false;
  word = 0;
  for (int i = 0; i < 8; ++i) word = (word << 8) | static_cast<uint8_t>(in[i]);
  in.remove_prefix(8);
  return true;
}

bool take_bytes(std::string_view& in, std::string& value) {
  value.clear();
  while (true) {
    const size_t zero = in.find('\0');
    if (zero == std::string_view::npos || zero + 1 == in.size()) return false;
    value.append(in.substr(0, zero));
    const char next = in[zero + 1];
    in.remove_prefix(zero + 2);
    if (next == '\0') return true;
    if (next != kEscape) return false;
    value += '\0';
  }
}

// Reads one value; writes it to `out`, or only checks it where there is none. So a malformed key appends nothing.
bool decode(std::string_view& in, const Type& type, ColumnBuilder* out, std::string& scratch) {
  char byte = 0;
  if (type.nullable()) {
    if (!take_byte(in, byte) || (byte != kNull && byte != kPresent)) return false;
    if (byte == kNull) {
      if (out != nullptr) out->append_null();
      return true;
    }
  }
  uint64_t word = 0;
  switch (type.kind()) {
    case Kind::kBool:
      if (!take_byte(in, byte) || (byte != 0 && byte != 1)) return false;
      if (out != nullptr) out->append_bool(byte == 1);
      return true;
    case Kind::kInt:
    case Kind::kTime:
      if (!take_word(in, word)) return false;
      if (out != nullptr) out->append_int(static_cast<int64_t>(word ^ kSignBit));
      return true;
    case Kind::kFloat:
      if (!take_word(in, word)) return false;
      if (out != nullptr) out->append_float(float_of(word));
      return true;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kAny:
      if (!take_bytes(in, scratch)) return false;
      if (out != nullptr) {
        out->append_string(scratch);
        return true;
      }
      return type.kind() == Kind::kString ? is_utf8(scratch) : type.kind() != Kind::kAny || is_any(scratch);
    case Kind::kList:
      while (true) {
        if (!take_byte(in, byte) || (byte != 0 && byte != 1)) return false;
        if (byte == 0) break;
        if (!decode(in, type.item(), out == nullptr ? nullptr : &out->item(), scratch)) return false;
      }
      if (out != nullptr) out->append_list();
      return true;
    case Kind::kStruct:
      for (size_t i = 0; i < type.fields().size(); ++i) {
        if (!decode(in, type.fields()[i].type, out == nullptr ? nullptr : &out->field(i), scratch)) return false;
      }
      if (out != nullptr) out->append_struct();
      return true;
  }
  return false;
}

}  // namespace

uint64_t hash_key(std::string_view table_key) { return hash64(table_key); }

KeyReader::KeyReader(const Schema& schema, const std::vector<std::string>& fields) {
  for (const std::string& name : fields) {
    const std::optional<size_t> index = schema.find(name);
    BLOX_CHECK(index.has_value(), "a key of a field that does not exist");
    fields_.push_back(*index);
    types_.push_back(schema.at(*index).type);
  }
  bare_ = types_.size() == 1 && types_[0] == Type(Kind::kString);
}

KeyBatch KeyReader::read(const Log& log) {
  keys_.resize(log.rows());
  hashes_.resize(log.rows());
  if (bare_) {
    read_bare(log);
  } else {
    read_encoded(log);
    hash64(keys_, hashes_);
  }
  return {keys_, hashes_};
}

std::span<const std::string_view> KeyReader::read_canonical(const Log& log) {
  keys_.resize(log.rows());
  read_encoded(log);
  return keys_;
}

void KeyReader::read_bare(const Log& log) {
  const Column& column = log.column(fields_[0]);
  const uint32_t rows = log.rows();
  if (column.encoding == Encoding::kDictionary && column.children[0]->rows <= rows) {
    // Each distinct value is hashed once.
    const Column& values = *column.children[0];
    const int32_t* const codes = column.values.as<int32_t>() + column.offset;
    std::vector<std::string_view> texts(values.rows);
    for (uint32_t i = 0; i < values.rows; ++i) texts[i] = values.is_null(i) ? std::string_view() : values.string_at(i);
    distinct_.resize(values.rows);
    hash64(texts, distinct_);
    for (uint32_t i = 0; i < rows; ++i) {
      const auto code = static_cast<uint32_t>(codes[log.physical(i)]);
      keys_[i] = texts[code];
      hashes_[i] = distinct_[code];
    }
    return;
  }
  if (column.is_plain() && !log.has_selection()) {
    const int32_t* const starts = column.starts();
    const char* const bytes = reinterpret_cast<const char*>(column.values.data());
    for (uint32_t i = 0; i < rows; ++i) keys_[i] = {bytes + starts[i], static_cast<size_t>(starts[i + 1] - starts[i])};
  } else {
    for (uint32_t i = 0; i < rows; ++i) keys_[i] = column.string_at(log.physical(i));
  }
  hash64(keys_, hashes_);
}

void KeyReader::read_encoded(const Log& log) {
  scratch_.clear();
  const bool one_word = types_.size() == 1 && !types_[0].nullable() && types_[0].is_word();
  if (one_word && log.column(fields_[0]).is_plain()) return read_words(log);
  ends_.resize(log.rows());
  for (uint32_t i = 0; i < log.rows(); ++i) {
    for (const size_t field : fields_) encode(log.column(field), log.physical(i), scratch_);
    ends_[i] = scratch_.size();
  }
  view_scratch();
}

void KeyReader::read_words(const Log& log) {
  const Column& column = log.column(fields_[0]);
  const bool is_float = types_[0].kind() == Kind::kFloat;
  scratch_.resize(size_t{8} * log.rows());
  char* at = scratch_.data();
  for (uint32_t i = 0; i < log.rows(); ++i, at += 8) {
    const uint32_t row = log.physical(i);
    uint64_t word = is_float ? word_of(column.floats()[row]) : static_cast<uint64_t>(column.ints()[row]) ^ kSignBit;
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    std::memcpy(at, &word, 8);
    keys_[i] = {at, 8};
  }
}

void KeyReader::view_scratch() {
  size_t begin = 0;
  for (size_t i = 0; i < keys_.size(); ++i) {
    keys_[i] = std::string_view(scratch_).substr(begin, ends_[i] - begin);
    begin = ends_[i];
  }
}

bool KeyReader::append(std::string_view table_key, LogBuilder& out, size_t first_column) const {
  if (bare_) {
    if (!is_utf8(table_key)) return false;
    out.column(first_column).append_string(table_key);
    return true;
  }
  std::string scratch;
  std::string_view in = table_key;
  for (const Type& type : types_) {
    if (!decode(in, type, nullptr, scratch)) return false;
  }
  if (!in.empty()) return false;
  in = table_key;
  for (size_t i = 0; i < types_.size(); ++i) decode(in, types_[i], &out.column(first_column + i), scratch);
  return true;
}

std::string KeyReader::canonical(std::string_view table_key) const {
  if (!bare_) return std::string(table_key);
  std::string out;
  put_bytes(table_key, out);
  return out;
}

// Each distinct value of a dictionary is encoded and hashed once.
void KeyReader::group_distinct(const Log& log) {
  const Column& column = log.column(fields_[0]);
  const Column& values = *column.children[0];
  scratch_.clear();
  std::vector<std::string_view> texts(values.rows);
  ends_.resize(values.rows);
  for (uint32_t i = 0; i < values.rows; ++i) {
    if (!values.is_null(i)) put_bytes(values.string_at(i), scratch_);
    ends_[i] = scratch_.size();
  }
  for (uint32_t i = 0; i < values.rows; ++i) {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    texts[i] = std::string_view(scratch_).substr(begin, ends_[i] - begin);
  }
  distinct_.resize(values.rows);
  hash64(texts, distinct_);
  const int32_t* const codes = column.values.as<int32_t>() + column.offset;
  for (uint32_t i = 0; i < log.rows(); ++i) {
    groups_[i] = static_cast<uint32_t>(distinct_[static_cast<uint32_t>(codes[log.physical(i)])] % kKeyGroups);
  }
}

// Copies and ends all values; where there are more zero bytes than those that end them, one has to be escaped, and all
// go the long way, which is rare.
void KeyReader::encode_bare(const Log& log) {
  const Column& column = log.column(fields_[0]);
  keys_.resize(log.rows());
  ends_.resize(log.rows());
  size_t bytes = 0;
  for (uint32_t i = 0; i < log.rows(); ++i) {
    keys_[i] = column.string_at(log.physical(i));
    bytes += keys_[i].size() + 2;
    ends_[i] = bytes;
  }
  scratch_.resize(bytes);
  char* at = scratch_.data();
  for (const std::string_view key : keys_) {
    std::copy(key.begin(), key.end(), at);
    at[key.size()] = at[key.size() + 1] = '\0';
    at += key.size() + 2;
  }
  if (static_cast<size_t>(std::count(scratch_.begin(), scratch_.end(), '\0')) != 2 * keys_.size()) [[unlikely]] {
    scratch_.clear();
    for (size_t i = 0; i < keys_.size(); ++i) {
      put_bytes(keys_[i], scratch_);
      ends_[i] = scratch_.size();
    }
  }
  view_scratch();
}

std::span<const uint32_t> KeyReader::groups(const Log& log) {
  groups_.resize(log.rows());
  const Column* const only = bare_ ? &log.column(fields_[0]) : nullptr;
  if (only != nullptr && only->encoding == Encoding::kDictionary && only->children[0]->rows <= log.rows()) {
    group_distinct(log);
    return groups_;
  }
  if (bare_) {
    encode_bare(log);
  } else {
    (void)read_canonical(log);
  }
  hashes_.resize(log.rows());
  hash64(keys_, hashes_);
  for (size_t i = 0; i < groups_.size(); ++i) groups_[i] = static_cast<uint32_t>(hashes_[i] % kKeyGroups);
  return groups_;
}

uint32_t KeyReader::group(std::string_view table_key) const {
  const uint64_t hash = bare_ ? hash64(canonical(table_key)) : hash64(table_key);
  return static_cast<uint32_t>(hash % kKeyGroups);
}

}  // namespace blox
