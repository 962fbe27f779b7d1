#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/files/tree_writer.h"

namespace blox {

BLOX_ARG_ENUM(TreeWriter::Existing, {"refuse", TreeWriter::Existing::kRefuse}, {"keep", TreeWriter::Existing::kKeep},
              {"replace", TreeWriter::Existing::kReplace});

template <>
struct StateCodec<TreeEntry> {
  static void encode(const TreeEntry& entry, std::string& out) {
    StateCodec<std::string>::encode(entry.below, out);
    StateCodec<int64_t>::encode(entry.micros, out);
    for (const uint32_t value : {entry.mode, entry.nanos, entry.uid, entry.gid}) {
      StateCodec<uint32_t>::encode(value, out);
    }
  }
  static bool decode(std::string_view& in, TreeEntry& entry) {
    if (!StateCodec<std::string>::decode(in, entry.below) || !StateCodec<int64_t>::decode(in, entry.micros))
      return false;
    for (uint32_t* value : {&entry.mode, &entry.nanos, &entry.uid, &entry.gid}) {
      if (!StateCodec<uint32_t>::decode(in, *value)) return false;
    }
    return true;
  }
};

namespace {

constexpr uint32_t kFoldersPerCall = 1024;

class RestoreTree final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Makes files, folders and links as records say that they were: what `TreeCrawler` found, with contents as `Chunk` cut them.

The pieces of a file follow each other, with `offset` from 0; null has no bytes. A file is written beside its place and
moved there when it is complete, with its mode and time of change; folders get theirs at the end. Blocks of zeros become
holes. What has the name of a file or link is refused, kept or replaced, as `existing` says; folders that are there are
used. After a run that was killed `existing = keep` goes on where it stopped.

Nothing is made outside of `path`: a path that is absolute, has `..` in it, or leads through a link is refused, also
through one that was restored before. The bits that let a program run as its owner or group are left out unless `set_id`,
owner and group stay those of the user unless `owner` (which root may say). Folders that have to be made for something
else and have no record are for the owner alone.

What cannot be made goes to `errors` with all its pieces, the rest goes on. A file whose length is not its `size` is
kept, and reported: it was written during the backup, or its last pieces are lost. Where pieces are missing before others
it is not made. `whole` demands the record of the folder itself, which a complete backup has: else the run fails.

Owns     path, mode and times of each folder until the end; one open file
Bounds   at most 256 folders deep
Order    records of a file one after the other; else any
Cost     some calls of the system an entry; it waits for the disk, so it has a thread of its own
Example  TreeCrawler(path = "topologies") -> Chunk(keep = [below, kind, mode, mtime, nanos, size, uid, gid, target], keep_empty = true) -> RestoreTree(path = "copy");
)";
  static constexpr Traits kTraits{
      .blocking = true, .effects = true, .guarantee = "at least once; the same after a replay"};

  Status open() override {
    const Schema& in = in_.schema();
    size_t i = 0;
    for (const char* name :
         {"below", "kind", "mode", "mtime", "nanos", "size", "uid", "gid", "target", "offset", "data"}) {
      fields_[i++] = *in.find(name);
    }
    const Status status = writer_.open(path_bytes(host().resolve_path(*path_)), {*existing_, *owner_, *set_id_});
    return status.at(*path_);
  }

  Flow push(PushIn&, Log log) override {
    LogBuilder made(out_.schema());
    for (uint32_t record = 0; record < log.rows(); ++record) {
      const Status status = take(log, record, made);
      if (!status.is_ok()) refuse(log, record, status);
    }
    if (!made.empty()) out_.emit(made.finish(log.born()));
    return Flow::kNext;
  }

  Flow flush() override {
    LogBuilder made(out_.schema());
    end_file(made);
    if (!made.empty()) out_.emit(made.finish(clock().wall()));
    return resume();
  }

  // Only flush() says kMore: modes and times of folders, the deepest first.
  Flow resume() override {
    const std::vector<TreeEntry>& folders = folders_.values();
    if (deepest_first_.size() != folders.size()) {
      deepest_first_.resize(folders.size());
      std::iota(deepest_first_.begin(), deepest_first_.end(), size_t{0});
      const auto depth = [&](size_t i) {
        const std::string& below = folders[i].below;
        return below.empty() ? 0 : 1 + std::count(below.begin(), below.end(), '/');
      };
      std::stable_sort(deepest_first_.begin(), deepest_first_.end(),
                       [&](size_t a, size_t b) { return depth(a) > depth(b); });
    }
    for (uint32_t done = 0; *finished_ < folders.size() && done < kFoldersPerCall; ++done, ++*finished_) {
      const TreeEntry& folder = folders[deepest_first_[*finished_]];
      if (const Status status = writer_.finish_folder(folder); !status.is_ok()) refuse(folder.below, status);
    }
    if (*finished_ < folders.size()) return Flow::kMore;
    if (kept_ > 0) note(fmt::format("{} files and links were there and are kept", kept_));
    if (*durable_) {
      if (const Status status = writer_.sync(); !status.is_ok()) return fail(status.at(*path_));
    }
    if (!*whole_ || *root_seen_) return Flow::kNext;
    return fail(Status(Status::Error{Fault::kUser, "restore.incomplete",
                                     "the folder itself, which comes last in a backup, did not arrive", *path_,
                                     "restore a backup that was completed, or what there is with whole = false"}));
  }

  Status close(bool) override {
    writer_.abandon_file();
    return Status::ok();
  }

 private:
  enum Field : size_t { kBelow, kKind, kMode, kMtime, kNanos, kSize, kUid, kGid, kTarget, kOffset, kData, kFields };
  // What becomes of the pieces of the present file.
  enum class Way : uint8_t { kNone, kWritten, kKept, kRefused };

  const Column& column(const Log& log, Field field) const { return log.column(fields_[field]); }
  int64_t number(const Log& log, Field field, uint32_t row) const { return column(log, field).int_at(row); }
  Way way() const { return static_cast<Way>(*way_); }
  void set_way(Way way) { *way_ = static_cast<uint8_t>(way); }

  // One record. A failure is that of the record; where a file that came before fails, it is reported here.
  Status take(const Log& log, uint32_t record, LogBuilder& made) {
    const uint32_t row = log.physical(record);
    TreeEntry entry;
    entry.below = path_bytes(column(log, kBelow).string_at(row));
    const std::string_view kind = column(log, kKind).string_at(row);
    if (kind == "file" && way() != Way::kNone && file_->below == entry.below) return add_piece(log, row);
    end_file(made);
    const int64_t mode = number(log, kMode, row), nanos = number(log, kNanos, row);
    if (mode < 0 || mode > 07777 || nanos < 0 || nanos > 999) {
      return Status::user("restore.record", fmt::format("it has the mode {} and {} ns", mode, nanos));
    }
    entry.mode = static_cast<uint32_t>(mode);
    entry.nanos = static_cast<uint32_t>(nanos);
    entry.micros = number(log, kMtime, row);
    entry.uid = static_cast<uint32_t>(number(log, kUid, row));
    entry.gid = static_cast<uint32_t>(number(log, kGid, row));
    if (kind == "file") {
      *file_ = std::move(entry);
      *size_ = number(log, kSize, row);
      *written_ = 0;
      set_way(Way::kRefused);
      BLOX_ASSIGN(const bool begun, writer_.begin_file(file_->below));
      set_way(begun ? Way::kWritten : Way::kKept);
      if (!begun) ++kept_;
      return add_piece(log, row);
    }
    if (kind == "folder") {
      BLOX_TRY(writer_.folder(entry.below));
      if (entry.below.empty()) *root_seen_ = true;
      add_made(entry.below, kind, 0, made);
      folders_.append(std::move(entry));
      return Status::ok();
    }
    if (kind != "link") return Status::user("restore.record", fmt::format("its kind is `{}`", kind));
    const Column& targets = column(log, kTarget);
    if (targets.is_null(row)) return Status::user("restore.record", "it is a link that leads nowhere");
    BLOX_ASSIGN(const bool linked, writer_.link(entry, path_bytes(targets.string_at(row))));
    if (!linked) ++kept_;
    if (linked) add_made(entry.below, kind, 0, made);
    return Status::ok();
  }

  Status add_piece(const Log& log, uint32_t row) {
    if (way() == Way::kKept) return Status::ok();
    if (way() == Way::kRefused) return Status::user("restore.piece", "a piece of it before was refused");
    const Column& data = column(log, kData);
    const std::string_view bytes = data.is_null(row) ? std::string_view() : data.string_at(row);
    const auto offset = static_cast<uint64_t>(number(log, kOffset, row));
    Status status;
    if (offset != *written_) {
      status = Status::user("restore.gap",
                            fmt::format("it goes on at {}, and its first {} bytes are there", offset, *written_));
    } else if (!writer_.file_is_open()) {  // begun by an element whose state this one has
      status = writer_.resume_file(file_->below, *written_);
    }
    if (status.is_ok()) status = writer_.write(bytes, offset);
    *written_ += bytes.size();
    if (status.is_ok()) return status;
    writer_.abandon_file();
    set_way(Way::kRefused);
    return status;
  }

  // The present file is complete.
  void end_file(LogBuilder& made) {
    const Way way_of_file = way();
    set_way(Way::kNone);
    if (way_of_file != Way::kWritten) return;
    Status status = writer_.file_is_open() ? Status::ok() : writer_.resume_file(file_->below, *written_);
    if (status.is_ok()) status = writer_.finish_file(*file_, *written_);
    if (!status.is_ok()) return refuse(file_->below, status);
    add_made(file_->below, "file", static_cast<int64_t>(*written_), made);
    ++files_;
    if (static_cast<uint64_t>(*size_) == *written_) return;
    refuse(file_->below, Status::user("restore.size",
                                      fmt::format("it has {} bytes, and had {} when it was found", *written_, *size_)));
  }

  void add_made(const std::string& below, std::string_view kind, int64_t size, LogBuilder& made) {
    made.column(0).append_string(path_text(below));
    made.column(1).append_string(kind);
    made.column(2).append_int(size);
    made.end_row();
  }

  void refuse(const Log& log, uint32_t record, const Status& status) {
    const std::string_view below = column(log, kBelow).string_at(log.physical(record));
    reject(in_, log, {&record, 1}, status.error().code, fmt::format("{}: {}", below, status.error().text));
  }
  void refuse(const std::string& below, const Status& status) {
    const std::string text = path_text(below);
    reject_input("in", status.error().code, fmt::format("{}: {}", text, status.error().text), text);
  }

  PushIn in_{this, "in",
             "{below: string, kind: string, mode: int, mtime: time, nanos: int, size: int, uid: int, gid: int, "
             "target: string?, offset: int, data: bytes?, ...}",
             "what is to be made, files in pieces"};
  PushOut out_{this, "out", "{below: string, kind: string, size: int}", "what was made", kOptional};

  Arg<std::string> path_{this, "path", "the folder, made where it is missing", NotEmpty{}};
  Arg<TreeWriter::Existing> existing_{this, "existing", "what becomes of a file or link that is there",
                                      Default{TreeWriter::Existing::kRefuse}};
  Arg<bool> whole_{this, "whole", "fail where the record of the folder itself does not arrive", Default{false}};
  Arg<bool> owner_{this, "owner", "give each entry its owner and group", Default{false}};
  Arg<bool> set_id_{this, "set_id", "keep the bits that let a program run as its owner or group", Default{false}};
  Arg<bool> durable_{this, "durable", "have all on the disk before it ends", Default{true}};

  // The present file: what it is, its bytes as they were found and as they are written, a Way.
  Value<TreeEntry> file_{this, "file", Version{1}};
  Value<int64_t> size_{this, "size", Version{1}};
  Value<uint64_t> written_{this, "written", Version{1}};
  Value<uint8_t> way_{this, "way", Version{1}};
  Appended<TreeEntry> folders_{this, "folders", Version{1}};
  Value<uint64_t> finished_{this, "finished", Version{1}};  // of folders, in order of `deepest_first_`
  Value<bool> root_seen_{this, "root", Version{1}};

  Handler<int64_t> files_made_{this, "files", "files made", [this] { return files_; }};

  std::array<size_t, kFields> fields_{};  // of the records
  std::vector<size_t> deepest_first_;
  TreeWriter writer_;
  int64_t files_ = 0;
  int64_t kept_ = 0;
};

}  // namespace

BLOX_ELEMENT(RestoreTree);

}  // namespace blox
