// `blox run --watch`: looks after the files of a topology, and lets a run go on as their new version.
//
// Owns     the version that runs at present; a thread while a run is looked after
// Threads  begin(), end() and wait_for_change() by one
// Bounds   files are looked at ten times a second; a change counts once they have been still for one such look
// Errors   a version that is at fault is shown as `blox check` would, and what runs goes on
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/queue/post.h"
#include "core/run/run.h"
#include "tools/blox/load.h"

namespace blox::tools {

class Reload {
 public:
  /// `say` prints above the progress; `changed` is called with each version that runs from then on.
  static Result<std::unique_ptr<Reload>> make(LoadRequest request, Loaded first,
                                              std::function<void(const std::string&)> say,
                                              std::function<void(const Loaded&)> changed);
  ~Reload();
  Reload(const Reload&) = delete;
  Reload& operator=(const Reload&) = delete;

  /// The present version, checked once more.
  TopologyVersion version() const { return version_of(present_); }
  void begin(Run& run);
  void end();
  /// After a run: until a version that can run is there. False after Ctrl-C.
  bool wait_for_change();

 private:
  Reload(LoadRequest request, Loaded first, std::function<void(const std::string&)> say,
         std::function<void(const Loaded&)> changed, std::unique_ptr<Wake> wake);
  void loop();
  /// What the files look like from outside: it changes where one of them does.
  std::string look() const;
  bool has_changed();
  /// The new version, where it can run; else says why not.
  bool load_again(Loaded& next);

  const LoadRequest request_;
  Loaded present_;
  const std::function<void(const std::string&)> say_;
  const std::function<void(const Loaded&)> changed_;
  std::unique_ptr<Wake> wake_;
  std::vector<std::string> files_;
  std::string seen_;     // of the version that was loaded last
  std::string earlier_;  // at the last look
  Run* run_ = nullptr;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace blox::tools
