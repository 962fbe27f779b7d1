#include "tools/blox/reload.h"

#include <poll.h>
#include <sys/stat.h>

#include <csignal>
#include <ctime>
#include <utility>

#include "core/graph/update.h"
#include "dsl/render.h"
#include "tools/blox/console.h"

namespace blox::tools {
namespace {

constexpr int kLookMs = 100;
constexpr std::string_view kGone = "gone;";

std::vector<std::string> files_of(const Loaded& loaded) {
  std::vector<std::string> files;
  for (size_t i = 0; i < loaded.sources.size(); ++i) {
    const std::string& path = loaded.sources.at(static_cast<uint32_t>(i)).path;
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0) files.push_back(path);  // a value of --set is no file
  }
  return files;
}

}  // namespace

Result<std::unique_ptr<Reload>> Reload::make(LoadRequest request, Loaded first,
                                             std::function<void(const std::string&)> say,
                                             std::function<void(const Loaded&)> changed) {
  BLOX_ASSIGN(std::unique_ptr<Wake> wake, Wake::make());
  return std::unique_ptr<Reload>(
      new Reload(std::move(request), std::move(first), std::move(say), std::move(changed), std::move(wake)));
}

Reload::Reload(LoadRequest request, Loaded first, std::function<void(const std::string&)> say,
               std::function<void(const Loaded&)> changed, std::unique_ptr<Wake> wake)
    : request_(std::move(request)),
      present_(std::move(first)),
      say_(std::move(say)),
      changed_(std::move(changed)),
      wake_(std::move(wake)),
      files_(files_of(present_)),
      seen_(look()),
      earlier_(seen_) {}

Reload::~Reload() { end(); }

std::string Reload::look() const {
  std::string all;
  for (const std::string& file : files_) {
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) {
      all += kGone;
      continue;
    }
    all += std::to_string(about.st_ino) + " " + std::to_string(about.st_size) + " " +
           std::to_string(about.st_mtim.tv_sec) + " " + std::to_string(about.st_mtim.tv_nsec) + ";";
  }
  return all;
}

// An editor may write a file in several steps, or put another in its place: it is read once it has been still, and
// there.
bool Reload::has_changed() {
  std::string now = look();
  const bool still = now == earlier_;
  earlier_ = now;
  if (!still || now == seen_ || now.find(kGone) != std::string::npos) return false;
  seen_ = std::move(now);
  return true;
}

bool Reload::load_again(Loaded& next) {
  next = load(request_);
  files_ = files_of(next);
  seen_ = earlier_ = look();
  if (!next.diagnostics.all().empty()) {
    say_(dsl::render_text(next.diagnostics, next.sources, {error_has_colours()}));
  }
  return next.checked.has_value();
}

void Reload::begin(Run& run) {
  run_ = &run;
  ending_ = false;
  thread_ = std::thread([this] { loop(); });
}

void Reload::end() {
  if (!thread_.joinable()) return;
  ending_ = true;
  wake_->ring();
  thread_.join();
  wake_->clear();
}

void Reload::loop() {
  while (!ending_) {
    pollfd woken{wake_->descriptor(), POLLIN, 0};
    ::poll(&woken, 1, kLookMs);
    if (ending_ || !has_changed()) continue;
    Loaded next;
    if (!load_again(next)) {
      say_("what ran before runs on\n");
      continue;
    }
    const Definitions definitions = definitions_of(next.graph);
    const UpdateReport report =
        run_->update({std::move(*next.checked), next.plan, definitions}, [this] { return version_of(present_); });
    std::string text;
    for (const std::string& line : report.lines) text += line + "\n";
    for (const std::string& line : report.lost) text += "lost: " + line + "\n";
    if (report.failed.is_ok()) {
      present_ = std::move(next);
      changed_(present_);
    } else if (report.failed.error().code != "run.ended") {
      text = "error: " + report.failed.to_string() + "\nwhat ran before runs on\n";
    }
    say_(text);
  }
}

bool Reload::wait_for_change() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  const timespec pause{0, kLookMs * 1'000'000};
  while (true) {
    if (sigtimedwait(&set, nullptr, &pause) > 0) return false;
    if (!has_changed()) continue;
    Loaded next;
    if (!load_again(next)) continue;
    present_ = std::move(next);
    return true;
  }
}

}  // namespace blox::tools
