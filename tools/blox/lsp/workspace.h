// The open documents and the programs that they belong to, kept up to date.
//
// A document that another open one includes belongs to that one's program; all others are programs of their own.
//
// Owns     documents and analyses
// Threads  one user
// Order    settle() works off all changes since the last call at once
// Cost     a change costs the analysis of the programs that it is part of, at the next settle()
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tools/blox/lsp/analysis.h"
#include "tools/blox/lsp/documents.h"

namespace blox::tools::lsp {

class Workspace {
 public:
  /// `rules.load.read` reads what is not open.
  explicit Workspace(Rules rules);

  const Documents& documents() const { return documents_; }
  Status open(const std::string& uri, int64_t version, std::string text);
  Status change(const std::string& uri, int64_t version, const Datum::List& changes);
  void close(const std::string& uri);
  /// A file has changed on disk.
  void touch(const std::string& path);

  /// Brings the programs up to date. The parameters of `textDocument/publishDiagnostics`, one a file that has
  /// changed or whose diagnostics have.
  std::vector<Datum> settle();

  /// The program that a file belongs to; null where it belongs to none. Precondition: settled.
  const Analysis* program_of(const std::string& path) const;
  /// As the client spells it where the file is open.
  std::string uri(const std::string& path) const;
  /// A program read again with other texts in place of some of its files', by path.
  std::unique_ptr<Analysis> analyse_with(const std::string& root,
                                         const std::map<std::string, std::string>& texts) const;

 private:
  Rules rules_with(const std::map<std::string, std::string>& texts) const;
  std::set<std::string> roots() const;

  Rules rules_;
  Documents documents_;
  std::map<std::string, std::unique_ptr<Analysis>> programs_;  ///< of each open document, by path
  std::set<std::string> changed_;                              ///< paths, since the last settle()
  std::map<std::string, Datum::List> shown_;                   ///< by path: the diagnostics that the client has
};

}  // namespace blox::tools::lsp
