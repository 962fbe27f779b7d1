#include "caretaker/message_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "caretaker/load.h"
#include "caretaker/notebook.h"
#include "core/base/descriptor.h"
#include "core/protocol/message.h"

namespace blox {

using protocol::MessageLine;
using protocol::MessagesReply;
using protocol::MessagesRequest;
using protocol::Said;

namespace {

/// "index/3" is a worker of "index".
std::string_view topology_of(std::string_view worker) {
  return worker.substr(0, std::min(worker.rfind('/'), worker.size()));
}

size_t bytes_of(const MessageLine& line) { return sizeof line + line.text.size() + line.element.size(); }

/// Not in the middle of a character.
void shorten(std::string& text, size_t most) {
  if (text.size() <= most) return;
  size_t end = most - std::string_view("…").size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  text += "…";
}

}  // namespace

Result<MessageStore> MessageStore::open(std::string folder, Micros now) {
  BLOX_TRY(make_folder(folder));
  MessageStore store(std::move(folder));
  const std::string path = store.folder_ + "/lines";
  store.load(path + ".old");
  store.load(path);
  store.next_ = std::max(store.next_, static_cast<uint64_t>(std::max<Micros>(now, 0) / kMillisecond));
  // A new file takes the place of both: what a death has left of a frame at the end would hide what follows it.
  const std::string draft = path + ".new";
  store.file_ = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (store.file_ < 0) return Status::from_errno(errno, "make", draft);
  for (const auto& [worker, ring] : store.rings_) {
    store.append(protocol::encode({0, 0, Said{worker, {ring.lines.begin(), ring.lines.end()}}}));
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) return Status::from_errno(errno, "make", path);
  ::unlink((path + ".old").c_str());
  return store;
}

MessageStore::MessageStore(MessageStore&& other) noexcept
    : folder_(std::move(other.folder_)),
      rings_(std::move(other.rings_)),
      next_(other.next_),
      file_(std::exchange(other.file_, -1)),
      file_bytes_(other.file_bytes_) {}

MessageStore::~MessageStore() {
  if (file_ >= 0) ::close(file_);
}

void MessageStore::load(const std::string& path) {
  const std::string bytes = read_file(path, 16 * kMostFile).value_or("");
  uint32_t length = 0;
  for (size_t at = 0; bytes.size() - at >= sizeof length; at += sizeof length + length) {
    std::memcpy(&length, bytes.data() + at, sizeof length);
    if (length > bytes.size() - at - sizeof length) return;  // torn
    uint64_t id = 0;
    Result<protocol::Message> message = protocol::decode({bytes.data() + at + sizeof length, length}, &id);
    Said* const said = message ? std::get_if<Said>(&message->body) : nullptr;
    if (said == nullptr) continue;
    for (MessageLine& line : said->lines) {
      const auto ring = rings_.find(line.worker);
      // Some stand in both files.
      if (ring != rings_.end() && !ring->second.lines.empty() && line.number <= ring->second.lines.back().number)
        continue;
      next_ = std::max(next_, line.number + 1);
      put(std::move(line));
    }
  }
}

void MessageStore::put(MessageLine line) {
  if (!rings_.contains(line.worker) && rings_.size() >= kMostWorkers) {
    const auto last = [](const Ring& ring) { return ring.lines.empty() ? 0 : ring.lines.back().number; };
    rings_.erase(std::min_element(rings_.begin(), rings_.end(),
                                  [&](const auto& a, const auto& b) { return last(a.second) < last(b.second); }));
  }
  Ring& ring = rings_[line.worker];
  ring.bytes += bytes_of(line);
  ring.lines.push_back(std::move(line));
  while (ring.lines.size() > kMostLines || (ring.bytes > kMostBytes && ring.lines.size() > 1)) {
    ring.bytes -= bytes_of(ring.lines.front());
    ring.dropped.push_back(ring.lines.front().number);
    ring.lines.pop_front();
    if (ring.dropped.size() > kMostLines) {
      ring.dropped.pop_front();
      ++ring.dropped_before;
    }
  }
}

void MessageStore::write(std::string_view frame) {
  if (file_ < 0) return;
  if (file_bytes_ > kMostFile) {
    const std::string path = folder_ + "/lines";
    std::rename(path.c_str(), (path + ".old").c_str());
    ::close(file_);
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    file_bytes_ = 0;
    if (file_ < 0) return;
  }
  append(frame);
}

void MessageStore::append(std::string_view frame) {
  // One write: a death leaves it out, or leaves a torn end.
  const uint32_t length = static_cast<uint32_t>(frame.size());
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes += frame;
  write_all(file_, bytes);
  file_bytes_ += bytes.size();
}

void MessageStore::add(const std::string& worker, std::vector<MessageLine> lines) {
  if (lines.empty()) return;
  for (MessageLine& line : lines) {
    line.number = next_++;
    line.worker = worker;
    shorten(line.text, kLongest);
    shorten(line.element, kLongest);
    shorten(line.kind, 64);
  }
  write(protocol::encode({0, 0, Said{worker, lines}}));
  for (MessageLine& line : lines) put(std::move(line));
}

MessagesReply MessageStore::find(const MessagesRequest& request) const {
  MessagesReply reply;
  std::vector<const MessageLine*> found;
  for (const auto& [worker, ring] : rings_) {
    if (!request.topology.empty() && topology_of(worker) != request.topology) continue;
    const auto first = std::upper_bound(ring.lines.begin(), ring.lines.end(), request.after,
                                        [](uint64_t after, const MessageLine& line) { return after < line.number; });
    for (auto line = first; line != ring.lines.end(); ++line) {
      if (request.element.empty() || line->element == request.element) found.push_back(&*line);
    }
    if (ring.dropped.empty() || request.after >= ring.dropped.back()) continue;
    const auto missed = std::upper_bound(ring.dropped.begin(), ring.dropped.end(), request.after);
    reply.missed += static_cast<uint64_t>(ring.dropped.end() - missed);
    if (missed == ring.dropped.begin()) reply.missed += ring.dropped_before;
  }
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->number < b->number; });
  size_t bytes = 0;
  for (const MessageLine* line : found) {
    bytes += bytes_of(*line);
    if (bytes > kMostReply && !reply.lines.empty()) break;
    reply.lines.push_back(*line);
  }
  return reply;
}

}  // namespace blox
