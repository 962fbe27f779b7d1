#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include "core/base/descriptor.h"
#include "core/base/hash.h"
#include "core/data/builder.h"
#include "core/data/utf8.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/support/framer.h"
#include "elements/support/positions.h"

namespace blox {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr size_t kHead = 256;
constexpr int kInARow = 16;  // pieces of one file before the others have their turn
constexpr Micros kGrace = kSecond;

enum class From : uint8_t { kStart, kEnd };
BLOX_ARG_ENUM(From, {"start", From::kStart}, {"end", From::kEnd});

class Tail final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Follows files that grow, and makes a record of each line that is added.

`path` is a file or a pattern (`*`, `?`, `[…]`), or several of them. New names are looked for all the time, so files may
appear later. A file that is renamed is read to its end, and the one that takes its name from its start; one that is cut
or written anew is read from its start again. It is known by its device, inode and first bytes, so that a log that
was rotated is not read twice. A line is given once its end is there; the last one of a file that is gone, also without.

Where it stands in each file is state, and with `positions` also a file, written once a second and at the end, by which
the next run goes on, also in a file that was renamed within its folder in between. What is in queues when the process is killed may be lost to it.

A line that is no UTF-8 or too long goes to `errors`, and so does, once, a file that cannot be read.

Owns     an open descriptor a file
Bounds   `max_files` files; 256 KiB and for each file one line
Order    of each file kept; lines of different files interleave
Cost     two calls of the system a file and look; it waits for the disk, so it has a thread of its own
Example  Tail(path = "/etc/services", follow = false) -> Head(3) -> Print;
)";
  static constexpr Traits kTraits{.blocking = true, .deterministic = false};

  Status open() override {
    patterns_.clear();
    for (const std::string& path : *path_) {
      const std::string resolved = path_bytes(host().resolve_path(path)), given = path_bytes(path);
      patterns_.push_back({resolved, resolved.ends_with(given) ? resolved.size() - given.size() : 0});
    }
    if (!positions_->has_value()) return Status::ok();
    positions_path_ = path_bytes(host().resolve_path(**positions_));
    std::ifstream file(positions_path_, std::ios::binary);
    if (!file.is_open()) return Status::ok();  // the first run
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    Result<std::vector<Position>> saved = read_positions(text);
    if (!saved)
      return saved.status().at(**positions_).with_fix("mend the file, or remove it to read all from the start");
    saved_ = std::move(*saved);
    return Status::ok();
  }

  Supply produce() override {
    const int64_t now = clock().steady_ns();
    if (!started_ && files_->empty()) *files_ = std::move(saved_);
    if (!started_ || now >= next_scan_) scan(now);
    for (size_t tries = 0; tries < open_.size(); ++tries) {
      if (turn_ >= open_.size()) turn_ = 0;
      if (read_piece(turn_, now)) {
        if (++in_a_row_ >= kInARow) next_turn();
        return out_.wanted() ? Supply::more() : Supply::end();
      }
      next_turn();
    }
    for (size_t i = open_.size(); i-- > 0;) {
      if (!*follow_ || is_over(open_[i], now)) finish_file(i);
    }
    save(now);
    return *follow_ && out_.wanted() ? Supply::at(now + every_->micros * 1'000) : Supply::end();
  }

  Status close(bool) override {
    for (const Open& one : open_) ::close(one.descriptor);
    open_.clear();
    return started_ ? save_now() : Status::ok();
  }

 private:
  struct Pattern {
    std::string path;  // bytes, for the system
    size_t hidden;     // so many of them the user did not write
  };
  // What belongs to the file of the same index in `files_`.
  struct Open {
    Open(int opened, size_t longest) : descriptor(opened), framer(Framing::kLine, longest) {}
    int descriptor;
    Framer framer;
    uint64_t read = 0;        // bytes of the file looked at
    bool named = true;        // some name still leads to it
    int64_t quiet_since = 0;  // steady_ns: when it last grew, or lost its name
  };

  void next_turn() {
    ++turn_;
    in_a_row_ = 0;
  }

  bool is_over(const Open& one, int64_t now) const {
    return !one.named && now - one.quiet_since >= std::max(2 * every_->micros, kGrace) * 1'000;
  }

  // ---- which files there are ----

  void scan(int64_t now) {
    next_scan_ = now + std::max(every_->micros, kSecond) * 1'000;
    // Files of an earlier run stand in `files_` first; they are opened when a name leads to them.
    std::vector<Position> waiting;
    if (!started_) {
      waiting = std::move(*files_);
      files_->clear();
      resumes_ = !waiting.empty();
    }
    for (Open& one : open_) one.named = false;
    if (resumes_ && !started_) {
      for (const Pattern& pattern : patterns_) look_for_known(pattern, waiting);
    }
    for (const Pattern& pattern : patterns_) {
      glob_t found{};
      // Without a match the pattern itself: a file that is there although its name has a bracket in it.
      if (glob(pattern.path.c_str(), GLOB_NOCHECK, nullptr, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; ++i) look_at(found.gl_pathv[i], pattern.hidden, waiting);
      }
      globfree(&found);
    }
    for (Open& one : open_) {
      if (!one.named && one.quiet_since == kNamed) one.quiet_since = now;
    }
    for (const Position& lost : waiting) {
      warn(fmt::format("{} is not found any more: what was added behind byte {} is not read", lost.path, lost.offset));
    }
    started_ = true;
  }

  // Files of an earlier run that were renamed since, to a name in the same folder: what was added to them comes first.
  void look_for_known(const Pattern& pattern, std::vector<Position>& waiting) {
    const size_t slash = pattern.path.rfind('/');
    const std::string folder = slash == std::string::npos ? "./" : pattern.path.substr(0, slash + 1);
    DIR* const entries = opendir(folder.c_str());
    if (entries == nullptr) return;
    std::vector<std::string> found;
    while (const dirent* const entry = readdir(entries)) {
      const auto same = [&](const Position& one) { return one.inode == entry->d_ino; };
      if (std::any_of(waiting.begin(), waiting.end(), same)) found.push_back(folder + entry->d_name);
    }
    closedir(entries);
    for (const std::string& path : found) look_at(path, pattern.hidden, waiting, true);
  }

  void look_at(const std::string& path, size_t hidden, std::vector<Position>& waiting, bool only_known = false) {
    const std::string name = path_text(path.substr(hidden));
    struct stat status;
    if (stat(path.c_str(), &status) != 0) {
      if (errno != ENOENT) complain(name, "file.unreadable", Status::from_errno(errno, "look at", "").error().text);
      return;
    }
    const auto same = [&](const Position& one) { return one.device == status.st_dev && one.inode == status.st_ino; };
    if (const auto known = std::find_if(files_->begin(), files_->end(), same); known != files_->end()) {
      Open& one = open_[static_cast<size_t>(known - files_->begin())];
      known->path = name;
      one.named = true;
      one.quiet_since = kNamed;
      return;
    }
    const auto earlier = std::find_if(waiting.begin(), waiting.end(), same);
    if (only_known && (earlier == waiting.end() || !S_ISREG(status.st_mode))) return;
    if (!S_ISREG(status.st_mode)) return complain(name, "file.not_regular", "it is no regular file");
    if (static_cast<int64_t>(files_->size()) >= *max_files_) {
      return complain(name, "tail.too_many_files", fmt::format("more than max_files = {} are followed", *max_files_));
    }
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return complain(name, "file.unreadable", Status::from_errno(errno, "open", "").error().text);
    complained_.erase(name);
    Position position{name, status.st_dev, status.st_ino, 0, 0, 0};
    if (earlier != waiting.end() && earlier->offset <= static_cast<uint64_t>(status.st_size) &&
        head_of(descriptor, earlier->head_bytes) == earlier->head_hash) {
      position = *earlier;
      position.path = name;
      waiting.erase(earlier);
    } else if (only_known) {
      ::close(descriptor);
      return;
    } else if (*from_ == From::kEnd && !started_ && !resumes_) {
      position.offset = static_cast<uint64_t>(status.st_size);
    }
    Open& one = open_.emplace_back(descriptor, static_cast<size_t>(max_line_->bytes));
    one.named = !only_known;
    one.quiet_since = kNamed;
    one.read = position.offset;
    one.framer.reset(position.offset);
    files_->push_back(std::move(position));
    changed_ = true;
  }

  void complain(const std::string& name, std::string_view code, std::string_view text) {
    if (!complained_.insert(name).second) return;
    reject_input("out", code, fmt::format("{}: {}", name, text), name);
  }

  // ---- what they hold ----

  // The hash of the first bytes; of none 0.
  static uint64_t head_of(int descriptor, uint64_t bytes) {
    char head[kHead];
    if (bytes == 0 || bytes > kHead) return 0;
    const ssize_t got = pread(descriptor, head, bytes, 0);
    return got == static_cast<ssize_t>(bytes) ? hash64({head, bytes}) : 0;
  }

  // False where nothing has been added.
  bool read_piece(size_t index, int64_t now) {
    Open& one = open_[index];
    Position& position = (*files_)[index];
    struct stat status;
    if (fstat(one.descriptor, &status) != 0) return false;
    const auto size = static_cast<uint64_t>(status.st_size);
    if (size < one.read || (size > one.read && head_of(one.descriptor, position.head_bytes) != position.head_hash)) {
      note(position.path + " was cut or written anew: it is read from its start");
      one.framer.reset(0);
      one.read = position.offset = position.head_bytes = position.head_hash = 0;
      changed_ = true;
    }
    if (size == one.read) return false;
    piece_.resize(kPiece);
    const ssize_t got = pread(one.descriptor, piece_.data(), kPiece, static_cast<off_t>(one.read));
    if (got <= 0) {
      if (got < 0) complain(position.path, "file.unreadable", Status::from_errno(errno, "read", "").error().text);
      return false;
    }
    one.read += static_cast<uint64_t>(got);
    if (one.quiet_since != kNamed) one.quiet_since = now;
    one.framer.cut({piece_.data(), static_cast<size_t>(got)}, [&](const Frame& frame) { add(position, frame); });
    give(position, one);
    return true;
  }

  void finish_file(size_t index) {
    Position& position = (*files_)[index];
    open_[index].framer.end([&](const Frame& frame) { add(position, frame); });
    give(position, open_[index]);
    if (!*follow_) return;  // its position is kept
    ::close(open_[index].descriptor);
    open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
    files_->erase(files_->begin() + static_cast<ptrdiff_t>(index));
    changed_ = true;
  }

  void add(const Position& position, const Frame& frame) {
    const auto refuse = [&](std::string_view code, std::string_view text) {
      reject_input("out", code, fmt::format("{}, byte {}: {}", position.path, frame.offset, text), frame.bytes);
    };
    if (frame.fault == Frame::Fault::kTooLong) {
      return refuse("line.too_long", fmt::format("the line is longer than max_line = {}", max_line_->bytes));
    }
    if (!is_utf8(frame.bytes)) return refuse("line.not_utf8", "the line is no UTF-8");
    lines_.append_string(frame.bytes);
    offsets_.append_int(static_cast<int64_t>(frame.offset));
  }

  void give(Position& position, const Open& one) {
    position.offset = one.framer.start();
    changed_ = true;
    if (const uint64_t head = std::min<uint64_t>(kHead, position.offset); head > position.head_bytes) {
      position.head_hash = head_of(one.descriptor, head);
      position.head_bytes = head;
    }
    const uint32_t rows = lines_.rows();
    if (rows == 0) return;
    unsaved_ += rows;
    std::vector<ColumnPtr> columns{constant_column(Kind::kString, Datum(position.path), rows), lines_.finish(),
                                   offsets_.finish()};
    out_.emit(Log::make(out_.schema(), std::move(columns), rows, clock().wall()));
  }

  // ---- where it stands ----

  void save(int64_t now) {
    if (!changed_ || positions_path_.empty() || now < next_save_) return;
    next_save_ = now + kSecond * 1'000;
    if (const Status status = save_now(); !status.is_ok()) warn(status.to_string());
  }

  Status save_now() {
    if (positions_path_.empty() || !changed_) return Status::ok();
    const std::string part = positions_path_ + ".part";
    const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return Status::from_errno(errno, "write", part);
    int error_number = write_all(descriptor, write_positions(*files_));
    if (error_number == 0 && fdatasync(descriptor) != 0) error_number = errno;
    ::close(descriptor);
    if (error_number == 0 && std::rename(part.c_str(), positions_path_.c_str()) != 0) error_number = errno;
    if (error_number != 0) return Status::from_errno(error_number, "write", positions_path_);
    changed_ = false;
    unsaved_ = 0;
    return Status::ok();
  }

  static constexpr int64_t kNamed = INT64_MAX;  // of quiet_since: it has its name

  PushOut out_{this, "out", "{path: string, line: string, offset: int}",
               "the lines, and where in the file each begins"};

  Arg<std::vector<std::string>> path_{this, "path", "the files: names or patterns"};
  Arg<From> from_{this, "from", "where to begin in files that are there at the start and have no position",
                  Default{From::kStart}};
  Arg<bool> follow_{this, "follow", "wait for more; without, it ends where the files do", Default{true}};
  Arg<Duration> every_{this, "every", "time between two looks", Default{Duration{250'000}}, AtLeast{1'000}};
  Arg<std::optional<std::string>> positions_{this, "positions", "a file that keeps the positions for the next run"};
  Arg<Size> max_line_{this, "max_line", "bytes of the longest line; longer ones go to `errors`", Default{Size{1 << 20}},
                      Between{1, std::numeric_limits<int32_t>::max() / 2}};
  Arg<int64_t> max_files_{this, "max_files", "files followed at once", Default{int64_t{512}}, Between{1, 100'000}};

  Value<std::vector<Position>> files_{this, "files", Version{1}};

  Handler<int64_t> followed_{this, "files", "files followed", [this] { return static_cast<int64_t>(files_->size()); }};
  Handler<int64_t> unsaved_lines_{this, "unsaved", "lines that come again after a crash", OfShard::kSum, [this] {
                                    const bool passes_over = positions_path_.empty() && *from_ == From::kEnd;
                                    return passes_over ? int64_t{0} : static_cast<int64_t>(unsaved_);
                                  }};

  std::vector<Pattern> patterns_;
  std::string positions_path_;
  uint64_t unsaved_ = 0;
  std::vector<Position> saved_;
  bool started_ = false;
  bool resumes_ = false;  // an earlier run left positions
  int64_t next_scan_ = 0;
  int64_t next_save_ = 0;
  bool changed_ = false;  // since the positions were saved
  std::vector<Open> open_;
  std::set<std::string> complained_;
  size_t turn_ = 0;
  int in_a_row_ = 0;
  std::string piece_;
  // Empty between two calls.
  ColumnBuilder lines_{Kind::kString};
  ColumnBuilder offsets_{Kind::kInt};
};

}  // namespace

BLOX_ELEMENT(Tail);

}  // namespace blox
