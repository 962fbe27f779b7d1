#include "tools/blox/cluster/checker.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "caretaker/process.h"
#include "core/graph/update.h"
#include "core/protocol/cluster_fields.h"
#include "core/protocol/fields.h"
#include "dsl/render.h"
#include "tools/blox/bundle.h"
#include "tools/blox/files.h"
#include "tools/blox/verbs.h"

namespace blox::tools {

struct CheckNode {
  std::string name;
  std::vector<std::string> labels;
  int64_t capacity = 0;
};
struct CheckQuestion {
  Datum::Bytes bundle;
  std::vector<CheckNode> nodes;
};
struct CheckAnswer {
  Datum::Bytes shape;
  std::string diagnostics;
  protocol::ErrorReply error;  ///< its code is empty: there is none
};

// Both ends are this program.
template <typename F>
void fields(F& f, CheckNode& m) {
  f("name", m.name);
  f("labels", m.labels);
  f("capacity", m.capacity);
}
template <typename F>
void fields(F& f, CheckQuestion& m) {
  f("bundle", m.bundle);
  f("nodes", m.nodes);
}
template <typename F>
void fields(F& f, CheckAnswer& m) {
  f("shape", m.shape);
  f("diagnostics", m.diagnostics);
  f("error", m.error);
}

namespace {

template <typename T>
std::string encoded(const T& value) {
  BufferBuilder out;
  protocol::FieldWriter(&out).structure(value);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

template <typename T>
bool decoded(std::string_view bytes, T* value) {
  MessagePackReader in(bytes);
  return protocol::FieldReader(&in).structure(*value) && in.at_end();
}

class Folder {
 public:
  static Result<Folder> make() {
    std::error_code failed;
    std::string path = (std::filesystem::temp_directory_path(failed) / "blox-check-XXXXXX").string();
    if (failed || ::mkdtemp(path.data()) == nullptr) return Status::from_errno(errno, "make a folder", path);
    return Folder(std::move(path));
  }
  Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Folder& operator=(Folder&&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// How it ended; nothing where it was still there at the end of its time, and is gone now.
std::optional<ProcessEnd> end_of(Process& process) {
  const SystemClock clock;
  const int64_t until = clock.steady_ns() + kLongest * 1'000;
  bool in_time = true;
  while (true) {
    if (std::optional<ProcessEnd> end = process.ended()) return in_time ? end : std::nullopt;
    const int64_t left = until - clock.steady_ns();
    if (left <= 0 && std::exchange(in_time, false)) process.signal_all(SIGKILL);
    pollfd end{process.descriptor(), POLLIN, 0};
    ::poll(&end, 1, in_time ? static_cast<int>(left / 1'000'000 + 1) : -1);
  }
}

/// The last line that it has printed, as far as it can be shown.
std::string last_words(const Folder& folder) {
  const Result<std::string> said = read_file(folder.file("said"));
  if (!said) return {};
  const size_t last = said->find_last_not_of('\n');
  if (last == std::string::npos) return {};
  const size_t before = said->find_last_of('\n', last);
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  constexpr size_t kMost = 200;
  std::string line = said->substr(begin, std::min(last + 1 - begin, kMost));
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  return ": " + line;
}

Status no_answer(const protocol::Bundle& bundle, const std::string& how, const Folder& folder) {
  const std::string who =
      bundle.plugins.empty() ? "" : fmt::format(", with the plug-ins {},", fmt::join(bundle.plugins, ", "));
  return Status::user("submit.check", fmt::format("the check of this topology{} {}{}", who, how, last_words(folder)))
      .with_fix("mend the plug-in: a class must be made, and say its types, without waiting and within its memory");
}

void limit(int resource, uint64_t most) {
  const rlimit both{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

/// Before anything foreign is loaded.
void limit_ourselves() {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, kMostSeconds);
  limit(RLIMIT_FSIZE, kMostMemory);
#ifndef __SANITIZE_ADDRESS__  // its shadow alone is larger
  limit(RLIMIT_AS, kMostMemory);
#endif
}

CheckAnswer answer_to(const CheckQuestion& question) {
  CheckAnswer answer;
  const Result<protocol::Bundle> bundle = protocol::decode_bundle(question.bundle.data);
  if (!bundle) {
    answer.error = protocol::ErrorReply::of(bundle.status());
    return answer;
  }
  ClusterFacts cluster;
  for (const CheckNode& node : question.nodes) cluster.nodes.push_back({node.name, node.labels, node.capacity});
  const Loaded loaded = load(*bundle, false, &cluster);
  answer.diagnostics = dsl::render_text(loaded.diagnostics, loaded.sources);
  if (loaded.checked) {
    answer.shape.data = master::encode_shape(master::shape_of(*loaded.checked, definitions_of(loaded.graph)));
  } else {
    answer.error = protocol::ErrorReply::of(Status::user("submit.refused", answer.diagnostics));
  }
  return answer;
}

}  // namespace

Result<master::CheckedBundle> check_apart(const protocol::Bundle& bundle, const ClusterFacts& cluster) {
  CheckQuestion question{{protocol::encode_bundle(bundle)}, {}};
  for (const ClusterFacts::Node& node : cluster.nodes)
    question.nodes.push_back({node.name, node.labels, node.capacity});
  BLOX_ASSIGN(const Folder folder, Folder::make());
  BLOX_TRY(write_file(folder.file("question"), encoded(question)));
  BLOX_ASSIGN(const std::string program, own_program());
  BLOX_ASSIGN(const std::unique_ptr<Process> process,
              Process::start({{program, "checker", folder.path()}, folder.file("said"), ""}));
  const std::optional<ProcessEnd> end = end_of(*process);
  if (!end || end->signal == SIGXCPU || end->signal == SIGKILL) {  // of RLIMIT_CPU, either
    return no_answer(bundle, "took too long and was ended", folder);
  }
  if (end->signal != 0 || end->code != 0) {
    return no_answer(bundle, fmt::format("crashed, with {}", end->to_string()), folder);
  }
  BLOX_ASSIGN(const std::string bytes, read_file(folder.file("result")));
  CheckAnswer answer;
  if (!decoded(bytes, &answer)) return no_answer(bundle, "gave no answer", folder);
  if (!answer.error.code.empty()) return answer.error.status();
  BLOX_ASSIGN(master::Shape shape, master::decode_shape(answer.shape.data));
  return master::CheckedBundle{std::move(shape), std::move(answer.diagnostics)};
}

int checker(Words words) {
  if (words.size() != 1) return kUsage;
  limit_ourselves();
  const std::string folder = words[0];
  const Result<std::string> bytes = read_file(folder + "/question");
  CheckQuestion question;
  if (!bytes || !decoded(*bytes, &question)) return kOutside;
  return write_file(folder + "/result", encoded(answer_to(question))).is_ok() ? kDone : kOutside;
}

}  // namespace blox::tools
