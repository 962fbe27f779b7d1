// Contents kept once, however often they are referred to: bytes in an ordered store, by their fingerprints.
//
// A content is there from its first reference to its last. Its fingerprint is SHA-256 (FIPS 180-4); what is read is
// compared with it. In the store: table "references", fingerprint -> references, bytes, bytes packed, each 8 bytes,
// little-endian; table "contents", fingerprint -> as Packer makes it. Both change in one transaction with whatever else
// the caller changes there; who counts on that asks fits() before.
//
// Owns     nothing of the store; the state of the hash and of the compression
// Threads  one user
// Bounds   contents of at most kLongest bytes
// Errors   those of the store; "store.damaged" where a content is not what its fingerprint says
// Cost     the hash of what is given or read; a look-up and a change of two tables for a reference
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/base/packer.h"
#include "core/state/ordered_store.h"

namespace blox {

class Contents {
 public:
  static constexpr size_t kPrint = 32;  ///< bytes of a fingerprint
  static constexpr size_t kLongest = 64 << 20;
  struct Totals {
    int64_t contents = 0;
    int64_t bytes = 0;     ///< of the contents
    int64_t stored = 0;    ///< of the contents, packed
    int64_t referred = 0;  ///< bytes of all that refers to them: what they would need if each were kept
    int64_t added = 0;     ///< contents that were new, since load()
  };

  static Result<Contents> make();
  /// The tables that the store must be opened with, in this order and before any other.
  static std::vector<std::string> tables() { return {"contents", "references"}; }

  /// Reads the totals, which save() has written.
  Status load(OrderedStore& store);
  Status save(OrderedStore& store);
  /// Whether a reference to so many bytes, and another change, fit into the transaction.
  static Result<bool> fits(OrderedStore& store, size_t bytes) { return store.fits(8, bytes + 1'024); }

  /// The fingerprint, valid until the next call.
  std::string_view print_of(std::string_view bytes);
  /// One reference more to these bytes, which have this fingerprint.
  Status refer(OrderedStore& store, std::string_view print, std::string_view bytes);
  /// One reference less; the last one takes the content away.
  Status release(OrderedStore& store, std::string_view print);
  /// Valid until the next call, or until the store changes.
  Result<std::string_view> read(OrderedStore& store, std::string_view print);

  const Totals& totals() const { return totals_; }

 private:
  explicit Contents(Digester digester) : digester_(std::move(digester)) {}

  Digester digester_;
  Packer packer_;
  Totals totals_;
  char print_[Digester::kLongest] = {};
};

}  // namespace blox
