#include "caretaker/ledger.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "core/base/descriptor.h"
#include "core/data/utf8.h"

namespace blox {
namespace {

constexpr std::string_view kMagic = "bloxledg";
constexpr uint32_t kVersion = 2;
constexpr size_t kPiece = 512;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t slots;
  std::atomic<uint64_t> used;
  std::atomic<uint64_t> missing;
  std::atomic<uint64_t> ended;  // 1 + exit code
};
static_assert(sizeof(Header) <= kPiece);

constexpr size_t kMostName = kPiece - sizeof(FlightSlot) - 16;

struct Slot {
  FlightSlot counters;
  uint32_t number;
  uint16_t name_size;
  uint16_t unused;
  std::atomic<uint32_t> kind;  // of FlightPlace; stored last
  uint32_t unused_too;
  char name[kMostName];
};
static_assert(sizeof(Slot) == kPiece && std::atomic<uint64_t>::is_always_lock_free);

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

constexpr size_t kFileSize = kPiece * (1 + Ledger::kMostSlots);

Status broken(const char* why) {
  return Status::outside("ledger.format", std::string("counters that cannot be read: ") + why);
}

uint64_t rest(uint64_t all, uint64_t gone) { return all > gone ? all - gone : 0; }

uint64_t value_at(std::string_view piece, size_t offset) {
  uint64_t value = 0;
  std::memcpy(&value, piece.data() + offset, sizeof value);
  return value;
}

LedgerEntry read_slot(std::string_view piece, uint32_t kind) {
  LedgerEntry entry;
  entry.kind = static_cast<FlightPlace::Kind>(kind);
  std::memcpy(&entry.number, piece.data() + offsetof(Slot, number), sizeof entry.number);
  uint16_t size = 0;
  std::memcpy(&size, piece.data() + offsetof(Slot, name_size), sizeof size);
  entry.element = piece.substr(offsetof(Slot, name), std::min<size_t>(size, kMostName));
  entry.entered = value_at(piece, offsetof(FlightSlot, entered));
  entry.dropped = value_at(piece, offsetof(FlightSlot, dropped));
  entry.placed = value_at(piece, offsetof(FlightSlot, placed));
  entry.acknowledged = value_at(piece, offsetof(FlightSlot, acknowledged));
  entry.before = value_at(piece, offsetof(FlightSlot, before));
  entry.unwanted = value_at(piece, offsetof(FlightSlot, unwanted));
  entry.taken = value_at(piece, offsetof(FlightSlot, taken));
  entry.finished = value_at(piece, offsetof(FlightSlot, finished));
  return entry;
}

}  // namespace

Status make_ledger(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Status::from_errno(errno, "remove", path);
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.number < 0) return Status::from_errno(errno, "make", path);
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = kVersion;
  header.slots = static_cast<uint32_t>(Ledger::kMostSlots);
  // All of it now: on a full disk the worker that counts in it would be ended by the kernel (SIGBUS).
  if (const int full = ::posix_fallocate(file.number, 0, kFileSize); full != 0) {
    return Status::from_errno(full, "make", path);
  }
  const int error = write_all(file.number, {reinterpret_cast<const char*>(&header), sizeof header});
  return error == 0 ? Status::ok() : Status::from_errno(error, "write", path);
}

Result<std::unique_ptr<Ledger>> Ledger::map(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.number < 0) return Status::from_errno(errno, "open", path);
  struct stat about {};
  if (::fstat(file.number, &about) != 0) return Status::from_errno(errno, "open", path);
  if (static_cast<size_t>(about.st_size) != kFileSize) return broken("a file of another size").at(path);
  void* const memory = ::mmap(nullptr, kFileSize, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0);
  if (memory == MAP_FAILED) return Status::from_errno(errno, "map", path);
  std::unique_ptr<Ledger> ledger(new Ledger(memory, kFileSize));
  const Header& header = *static_cast<const Header*>(memory);
  if (std::string_view(header.magic, kMagic.size()) != kMagic || header.version != kVersion ||
      header.slots != kMostSlots || header.used.load() != 0) {
    return broken("it was made by another release, or is in use").at(path);
  }
  return ledger;
}

Ledger::~Ledger() { ::munmap(memory_, bytes_); }

void Ledger::note_end(int exit_code) {
  static_cast<Header*>(memory_)->ended.store(1 + static_cast<uint64_t>(exit_code), std::memory_order_release);
}

FlightSlot* Ledger::claim(const FlightPlace& place) {
  const std::string key =
      fmt::format("{} {} {}\n{}\n{}", static_cast<int>(place.kind), place.number, place.element, place.from, place.to);
  FlightSlot*& claimed = claimed_[key];
  if (claimed != nullptr) return claimed;
  Header& header = *static_cast<Header*>(memory_);
  const uint64_t number = header.used.load(std::memory_order_relaxed);
  if (number == kMostSlots) {
    header.missing.fetch_add(1);
    return nullptr;
  }
  Slot& slot = *reinterpret_cast<Slot*>(static_cast<char*>(memory_) + kPiece * (1 + number));
  slot.number = place.number;
  // Of a path that is too long the end says most.
  const std::string_view name = place.element;
  const std::string_view kept = name.substr(rest(name.size(), kMostName));
  slot.name_size = static_cast<uint16_t>(kept.size());
  std::memcpy(slot.name, kept.data(), kept.size());
  slot.kind.store(static_cast<uint32_t>(place.kind), std::memory_order_release);
  header.used.store(number + 1, std::memory_order_release);
  return claimed = &slot.counters;
}

Result<LedgerFacts> parse_ledger(std::string_view bytes) {
  if (bytes.size() < kPiece || !bytes.starts_with(kMagic)) return broken("no ledger");
  uint32_t version = 0;
  std::memcpy(&version, bytes.data() + offsetof(Header, version), sizeof version);
  if (version != kVersion) return broken("of another version");
  LedgerFacts facts;
  facts.missing = value_at(bytes, offsetof(Header, missing));
  const uint64_t ended = value_at(bytes, offsetof(Header, ended));
  if (ended >= 1 && ended <= 256) facts.exit_code = static_cast<int>(ended - 1);
  const uint64_t there = bytes.size() / kPiece - 1;
  const uint64_t used = std::min({value_at(bytes, offsetof(Header, used)), there, uint64_t{Ledger::kMostSlots}});
  for (uint64_t i = 0; i < used; ++i) {
    const std::string_view piece = bytes.substr(kPiece * (1 + i), kPiece);
    uint32_t kind = 0;
    std::memcpy(&kind, piece.data() + offsetof(Slot, kind), sizeof kind);
    if (kind > UINT8_MAX || !known(static_cast<FlightPlace::Kind>(kind))) continue;  // never completed
    LedgerEntry entry = read_slot(piece, kind);
    if (is_utf8(entry.element)) facts.entries.push_back(std::move(entry));
  }
  return facts;
}

Result<LedgerFacts> read_ledger(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) return Status::from_errno(errno, "open", path);
  // Read, not mapped: whoever cuts the file short must not end the reader.
  std::string bytes(kFileSize, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(file.number, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::from_errno(errno, "read", path);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  Result<LedgerFacts> facts = parse_ledger(std::string_view(bytes).substr(0, size));
  return facts ? std::move(facts) : facts.status().at(path);
}

}  // namespace blox
