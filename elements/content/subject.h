// What the elements of this folder have in common: each record has a subject, a field that holds text or bytes, or the
// file at `path`, and they go through the records of a log one by one, in bounded calls.
//
// Owns     the log being worked on and the place in it, as state; the open file
// Errors   E0501 where neither a field is named nor `path` arrives, E0502 where the field holds something else; what is
//          wrong with one file goes to `errors`, and the others go on
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/element/element.h"
#include "elements/support/raw_file.h"

namespace blox {

class SubjectElement : public Element {
 public:
  std::optional<Schema> resolve(const Port& port, Types& types) override;
  Status open() override;
  Flow push(PushIn& port, Log log) override;
  Flow resume() override;

 protected:
  /// `null_paths`: `path` may be null, which is no content.
  SubjectElement(const char* in_type, const char* in_doc, const char* field_doc, bool null_paths = false);

  // ---- what a class says ----

  /// A bounded amount of work from the present record on; at_end() says when to stop at the latest.
  virtual void work() = 0;
  /// Emits what work() has collected; false once nobody wants more.
  virtual bool emit() = 0;
  /// The present record is a new one, or is begun anew.
  virtual void begin_record() {}

  // ---- what it may use ----

  const Log& log() const { return *pending_; }
  bool at_end() const { return *record_ >= pending_->rows(); }
  /// Of the present record, its row in the columns.
  uint32_t row() const { return pending_->physical(*record_); }
  bool by_field() const { return field_->has_value(); }
  bool is_null() const { return pending_->column(subject_).is_null(row()); }
  /// The content or, where no field is named, the path. Precondition: not null.
  std::string_view text() const { return pending_->column(subject_).string_at(row()); }
  /// The field with the subject, once types are known.
  size_t subject() const { return subject_; }
  size_t subject_in(const Schema& in) const { return *in.find(by_field() ? (*field_)->name : "path"); }
  /// The file of the present record, opened where it is not.
  Result<RawFile*> file();
  bool file_is_open() const { return file_.is_open(); }
  /// Sends the present record to `errors`.
  void refuse(const Status& status);
  void next_record();
  /// The fields of these rows of log(), and more.
  Log rows_with(const Schema& schema, std::span<const uint32_t> rows, std::vector<ColumnPtr> added) const;

  PushIn in_;
  Arg<std::optional<FieldName>> field_;

 private:
  std::optional<size_t> find_subject(const Schema& in, Types& types);

  const bool null_paths_;
  Value<Log> pending_{this, "pending", Version{1}};
  Value<uint32_t> record_{this, "record", Version{1}};
  size_t subject_ = 0;
  RawFile file_;
};

}  // namespace blox
