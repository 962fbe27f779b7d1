// What an index keeps beside a document, as bytes: the fields that answers give, and text for snippets.
//
// How long the record is, in four bytes with the low one first; the record as core/state/record.h has it; and with
// `with_text` the beginning of the texts, a line feed between them. The encoding is a format: changed, it makes the
// indexes that there are unreadable.
//
// Owns     a buffer for the document at hand
// Threads  one user
// Bounds   64 KiB of the texts, cut between two characters
// Errors   "index.damaged", and nothing appended: what comes from the disk is checked
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/data/builder.h"
#include "core/state/record.h"

namespace blox {

class DocumentCodec {
 public:
  DocumentCodec() = default;
  /// `in`: the type of records that arrive; `kept`: that of what answers give, fields of theirs.
  DocumentCodec(const Schema& in, const Schema& kept, bool with_text);

  /// A physical row and its texts; good until the next call.
  std::string_view pack(const Log& log, uint32_t row, std::span<const std::string_view> texts);
  /// Appends the fields to the first columns of `out`, and gives the text.
  Result<std::string_view> unpack(std::string_view packed, LogBuilder& out) const;

 private:
  RecordCodec written_;  // the fields of logs that arrive
  RecordCodec read_;     // the same as they are given
  bool with_text_ = false;
  std::string packed_;
};

}  // namespace blox
