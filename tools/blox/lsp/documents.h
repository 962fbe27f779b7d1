// The texts that the editor has open; they count instead of the files on disk.
//
// Owns     the texts
// Threads  one user
// Bounds   kMaxDocuments; a document of kMaxText bytes (dsl/lexer.h): one that grows past it is closed
// Errors   user errors that say why a document was not taken
#pragma once

#include <map>
#include <string>

#include "core/base/status.h"
#include "core/data/datum.h"
#include "tools/blox/lsp/position.h"

namespace blox::tools::lsp {

struct Document {
  std::string uri;  ///< as the client spells it
  int64_t version = 0;
  uint64_t opened = 0;  ///< ascending
  std::string text;
};

class Documents {
 public:
  static constexpr size_t kMaxDocuments = 1'000;

  Status open(const std::string& uri, int64_t version, std::string text);
  /// `changes` as the protocol has them: `{"text"}`, or `{"range", "text"}`, one after the other.
  Status change(const std::string& uri, int64_t version, const Datum::List& changes);
  void close(const std::string& uri);

  const Document* find(const std::string& path) const;
  const std::map<std::string, Document>& by_path() const { return by_path_; }

 private:
  std::map<std::string, Document> by_path_;
  uint64_t opened_ = 0;
};

}  // namespace blox::tools::lsp
