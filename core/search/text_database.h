// Documents found by the words in them: Xapian behind an interface of ours.
//
// A document is some texts and some bytes of the caller's that come back with it, under an identity. Changes are seen
// by every search at once and become durable together by commit(); a process that is killed loses what was not
// committed and nothing else.
//
// Owns     the folder of the index, locked against other users for as long as it lives
// Threads  one at a time, not always the same
// Bounds   identities of any length; words of more than 64 bytes are no words; queries as kLongestQuery says. Xapian
//          itself commits each 10,000 documents
// Errors   the user's: "index.in_use", "index.not_index", "index.other_settings", "index.damaged", "index.query"; the
//          outside world's: "index.disk"; the place is the path. No exception of Xapian leaves
// Source   https://xapian.org/docs/
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace blox {

class TextDatabase {
 public:
  static constexpr size_t kLongestQuery = 1000;      ///< bytes
  static constexpr size_t kMostTerms = 100;          ///< words of a query
  static constexpr size_t kMostExpansions = 10'000;  ///< words that one `foo*` may stand for

  struct Options {
    std::string path;                 ///< a folder, made where there is none
    std::string settings;             ///< must be the same each time that it is opened
    std::string language;             ///< whose word stems are found too, as Xapian calls it; "none"
    std::vector<std::string> fields;  ///< of the texts; where there are several, `name:word` searches one of them
    bool fresh = false;               ///< forget what it held
    bool sync = true;                 ///< a commit is on the disk when it returns
  };
  static Result<TextDatabase> open(Options options);
  TextDatabase(TextDatabase&&) noexcept;
  TextDatabase& operator=(TextDatabase&&) noexcept;
  /// Forgets what was not committed.
  ~TextDatabase();

  /// Puts a document in the place of the one with the same identity. Precondition: as many texts as fields.
  Status replace(std::string_view id, std::span<const std::string_view> texts, std::string_view data);
  /// Nothing happens where it is absent.
  Status remove(std::string_view id);
  Status commit();
  /// Bytes of the texts, identities and data changed since the last commit; 0: nothing to commit.
  size_t uncommitted() const;
  Result<uint64_t> documents();

  struct Hit {
    double score = 0;  ///< BM25
    std::string data;
  };
  /// What was found, the best first. It must not outlive the database; what is removed meanwhile is left out.
  class Hits {
   public:
    Hits(Hits&&) noexcept;
    Hits& operator=(Hits&&) noexcept;
    ~Hits();
    /// False where nothing is left.
    Result<bool> next(Hit& hit);
    /// About `length` bytes of a text, around words of the query.
    Result<std::string> snippet(std::string_view text, size_t length);

   private:
    friend class TextDatabase;
    struct Parts;
    explicit Hits(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
  };
  /// Words must all be in a document; `AND` `OR` `NOT` `+` `-` `( )`, "a phrase", `begin*`, `field:word`.
  Result<Hits> search(std::string_view query, size_t offset, size_t limit);
  /// How many documents search() would find without a limit. An empty query: all.
  Result<uint64_t> count(std::string_view query);

 private:
  struct Parts;
  explicit TextDatabase(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace blox
