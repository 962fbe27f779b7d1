#include "tests/support/random_log.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/check.h"

namespace blox::testing {
namespace {

Datum random_any(Random& random, int depth) {
  switch (random.below(depth > 0 ? 9 : 7)) {
    case 0: return {};
    case 1: return random.chance(50);
    case 2: return random_datum(random, Kind::kInt);
    case 3: return random_datum(random, Kind::kFloat);
    case 4: return random_text(random);
    case 5: return random_datum(random, Kind::kBytes);
    case 6: return random_datum(random, Kind::kTime);
    case 7: {
      Datum::List list;
      for (uint32_t i = random.below(4); i > 0; --i) list.push_back(random_any(random, depth - 1));
      return list;
    }
    default: {
      Datum::Struct entries;
      for (uint32_t i = random.below(4); i > 0; --i)
        entries.emplace_back("k" + std::to_string(i), random_any(random, depth - 1));
      return entries;
    }
  }
}

// The values as a column of that type, encoded one way or another.
ColumnPtr encoded(Random& random, const Type& type, const std::vector<Datum>& values) {
  const auto build = [&](const std::vector<Datum>& data) {
    ColumnBuilder builder(type);
    for (const Datum& value : data) BLOX_CHECK(builder.append(value), "a random value that does not fit its type");
    return builder.finish();
  };
  const auto rows = static_cast<uint32_t>(values.size());
  const bool same =
      rows != 0 && std::all_of(values.begin(), values.end(), [&](const Datum& value) { return value == values[0]; });
  if (same && random.chance(50)) return constant_column(type, values[0], rows);
  if (rows != 0 && random.chance(25)) {
    std::vector<Datum> distinct;
    std::vector<int32_t> codes;
    ColumnBuilder nulls(Type(Kind::kBool, true));
    for (const Datum& value : values) {
      const bool null = value.is_null() && type.nullable();
      if (null)
        nulls.append_null();
      else
        nulls.append_bool(true);
      const auto found = std::find(distinct.begin(), distinct.end(), value);
      codes.push_back(null ? 0 : static_cast<int32_t>(found - distinct.begin()));
      if (!null && found == distinct.end()) distinct.push_back(value);
    }
    if (!distinct.empty()) {
      Column column;
      column.type = type;
      column.encoding = Encoding::kDictionary;
      column.rows = rows;
      column.validity = nulls.finish()->validity;
      column.values = Buffer::copy_of(codes.data(), codes.size() * sizeof codes[0]);
      column.children.push_back(build(distinct));
      return std::make_shared<const Column>(std::move(column));
    }
  }
  if (random.chance(30)) {  // in the middle of a larger one
    std::vector<Datum> more;
    for (uint32_t i = random.below(20); i > 0; --i) more.push_back(random_datum(random, type));
    const auto before = static_cast<uint32_t>(more.size());
    more.insert(more.end(), values.begin(), values.end());
    more.push_back(random_datum(random, type));
    return slice(build(more), before, rows);
  }
  return build(values);
}

}  // namespace

uint64_t Random::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

Type random_type(Random& random, int depth) {
  const bool nullable = random.chance(40);
  switch (random.below(depth > 0 ? 9 : 7)) {
    case 0: return Type(Kind::kBool, nullable);
    case 1: return Type(Kind::kInt, nullable);
    case 2: return Type(Kind::kFloat, nullable);
    case 3: return Type(Kind::kString, nullable);
    case 4: return Type(Kind::kBytes, nullable);
    case 5: return Type(Kind::kTime, nullable);
    case 6: return Type(Kind::kAny, nullable);
    case 7: return Type::list_of(random_type(random, depth - 1), nullable);
    default: {
      std::vector<Field> fields;
      for (uint32_t i = 1 + random.below(3); i > 0; --i)
        fields.push_back({"f" + std::to_string(i), random_type(random, depth - 1)});
      return Type::struct_of(std::move(fields), nullable);
    }
  }
}

Schema random_schema(Random& random) {
  static constexpr const char* kNames[] = {"a",          "with space",  "Größe", "quote\"d",
                                           "back`quote", "line\nbreak", "b\\s",  "f"};
  std::vector<Field> fields;
  for (uint32_t i = 1 + random.below(6); i > 0; --i) fields.push_back({kNames[i], random_type(random)});
  const auto mode = random.chance(25) ? static_cast<Mode>(1 + random.below(2)) : Mode::kAppend;
  std::vector<std::string> key;
  if (mode == Mode::kUpsert) key.push_back(fields[0].name);
  return Schema(std::move(fields), std::move(key), mode);
}

std::string random_text(Random& random) {
  static constexpr const char* kPieces[] = {"a", "plain text", "\"", "\\", "\n", "\x01", "é", "漢字",
                                            "😀", "/",          ",",  "$",  "",   "\r\n", " "};
  std::string out;
  for (uint32_t i = random.below(random.chance(5) ? 200 : 5); i > 0; --i)
    out += kPieces[random.below(std::size(kPieces))];
  return out;
}

Datum random_datum(Random& random, const Type& type) {
  if (type.nullable() && random.chance(30)) return {};
  switch (type.kind()) {
    case Kind::kBool: return random.chance(50);
    case Kind::kInt: {
      static constexpr int64_t kEdges[] = {0, 1, -1, INT64_MAX, INT64_MIN, 127, 128, -129, 65'536, 4'294'967'296};
      return random.chance(50) ? Datum(kEdges[random.below(std::size(kEdges))])
                               : Datum(static_cast<int64_t>(random.next() >> random.below(64)));
    }
    case Kind::kFloat: {
      static constexpr double kEdges[] = {0.0, -0.0, 1.0, 0.1, -1e300, 5e-324, 1e21, 123456789.0};
      return random.chance(50) ? Datum(kEdges[random.below(std::size(kEdges))])
                               : Datum(std::ldexp(static_cast<double>(random.next() >> 11),
                                                  static_cast<int>(random.below(100)) - 80));
    }
    case Kind::kString: return random_text(random);
    case Kind::kBytes: {
      Datum::Bytes bytes;
      for (uint32_t i = random.below(20); i > 0; --i) bytes.data += static_cast<char>(random.next());
      return bytes;
    }
    case Kind::kTime:
      return Datum::Time{random.chance(90) ? static_cast<int64_t>(random.next() >> 13)
                                           : static_cast<int64_t>(random.next())};
    case Kind::kList: {
      Datum::List list;
      for (uint32_t i = random.below(4); i > 0; --i) list.push_back(random_datum(random, type.item()));
      return list;
    }
    case Kind::kStruct: {
      Datum::Struct fields;
      for (const Field& field : type.fields()) fields.emplace_back(field.name, random_datum(random, field.type));
      return fields;
    }
    case Kind::kAny: {
      Datum value = random_any(random, 3);
      // A null of `any?` is a null, never nil, so that twins need not tell them apart.
      return type.nullable() && value.is_null() ? Datum(true) : value;
    }
  }
  return {};
}

Log laid_out_anew(Random& random, const Schema& schema, const Rows& rows, const std::vector<Op>& ops) {
  // Rows that a selection leaves out stand between those that it keeps.
  const bool selects = random.chance(50);
  std::vector<uint32_t> kept;
  Rows physical;
  std::vector<Op> physical_ops;
  const auto others = [&] {
    while (selects && random.chance(30)) {
      std::vector<Datum> row;
      for (const Field& field : schema.fields()) row.push_back(random_datum(random, field.type));
      physical.push_back(std::move(row));
      physical_ops.push_back(Op::kInsert);
    }
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    others();
    kept.push_back(static_cast<uint32_t>(physical.size()));
    physical.push_back(rows[i]);
    physical_ops.push_back(ops.empty() ? Op::kInsert : ops[i]);
  }
  others();
  std::vector<ColumnPtr> columns;
  for (size_t field = 0; field < schema.size(); ++field) {
    std::vector<Datum> values;
    for (const std::vector<Datum>& row : physical) values.push_back(row[field]);
    columns.push_back(encoded(random, schema.at(field).type, values));
  }
  const auto count = static_cast<uint32_t>(physical.size());
  Buffer op_bytes = ops.empty() ? Buffer() : Buffer::copy_of(physical_ops.data(), physical_ops.size());
  return Log::make(schema, std::move(columns), count, static_cast<Micros>(random.next() >> 20), std::move(op_bytes))
      .select(kept);
}

Twin random_log(Random& random, const Schema& schema, uint32_t rows) {
  Twin twin;
  const uint32_t constant = random.chance(30) ? random.below(static_cast<uint32_t>(schema.size())) : UINT32_MAX;
  for (uint32_t i = 0; i < rows; ++i) {
    std::vector<Datum> row;
    for (uint32_t field = 0; field < schema.size(); ++field) {
      // Values come again, so that dictionaries have something to do.
      const bool again = i > 0 && (field == constant || random.chance(20));
      row.push_back(again ? twin.rows[i - 1][field] : random_datum(random, schema.at(field).type));
    }
    twin.rows.push_back(std::move(row));
    if (schema.is_changelog()) twin.ops.push_back(static_cast<Op>(random.below(4)));
  }
  twin.log = laid_out_anew(random, schema, twin.rows, twin.ops);
  return twin;
}

Rows rows_of(const Log& log) {
  Rows rows;
  for (const Row row : log) {
    std::vector<Datum> values;
    for (size_t field = 0; field < log.schema().size(); ++field) values.push_back(row.datum_at(field));
    rows.push_back(std::move(values));
  }
  return rows;
}

}  // namespace blox::testing
