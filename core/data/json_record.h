// Reads JSON values into column builders by their types.
//
// Owns     what it has learnt about the order of members
// Threads  one user
// Errors   false; then the cursor's fault says why, and the builders hold a part of the value, to be taken back
// Cost     a member that comes where it came last time costs one comparison of its name
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/data/json.h"
#include "core/data/json_cursor.h"

namespace blox {

class JsonRecord {
 public:
  /// Writes to `log`, whose last column takes the extra members where options say so. The log stays where it is.
  JsonRecord(LogBuilder* log, const JsonReader::Options& options);

  /// Reads one value at the cursor and ends the log's row.
  bool read(JsonCursor* cursor);

 private:
  /// `"name":` as it stands in most texts, in two words: a member is compared without a loop.
  struct Token {
    static constexpr size_t kLongest = 16;
    uint64_t words[2] = {};
    uint64_t masks[2] = {};  ///< zero for names that are longer or need escapes, which are looked up
  };
  struct Node {
    Type type;
    std::string name;
    Token token;
    std::string path;  ///< of the members inside: "user."
    ColumnBuilder* builder = nullptr;
    std::vector<Node> fields;     ///< of a struct; of a list its item
    std::vector<uint32_t> order;  ///< which field came at each position last time
  };

  static Token make_token(const std::string& name);
  static Node make_node(const Field& field, ColumnBuilder* builder, const std::string& path);
  bool value(Node& node);
  bool null(Node& node);
  bool floating(Node& node);
  /// A string that stands for a float without digits.
  bool not_finite(Node& node);
  bool text_value(Node& node);
  bool list(Node& node);
  bool object(Node& node, uint32_t rows);
  /// The field that the member at the cursor names, or one of the two below; passes name and colon.
  uint32_t member(Node& node, uint32_t position);
  uint32_t search_member(Node& node, uint32_t position);
  bool extra_member(const Node& node);
  bool fill_missing(Node& node, uint32_t rows);
  bool any_value(ColumnBuilder& column);
  void end_extra();

  static constexpr uint32_t kExtraMember = UINT32_MAX;
  static constexpr uint32_t kFaulty = UINT32_MAX - 1;

  LogBuilder* log_;
  JsonReader::Options options_;
  JsonCursor* cursor_ = nullptr;
  Node root_;
  ColumnBuilder* extra_ = nullptr;
  BufferBuilder extra_entries_;
  uint32_t extra_count_ = 0;
  bool extra_repeated_ = false;
  std::string_view member_name_;
  std::string scratch_;
};

}  // namespace blox
