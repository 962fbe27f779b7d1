// Answers what is asked of one running topology from outside: frames in, frames out, nothing else.
//
// `blox run --control` has one, and so has each worker of a cluster: whoever carries the frames is another's affair
// (control_server.h).
//
// Owns     questions that wait for their element, taps and their credit
// Threads  one user; answers of elements come in from theirs, and ring `wake`
// Bounds   kMostOpen questions and taps; a tap that its asker has forgotten ends after kTapLease
// Errors   all are replies: names that do not exist, values that do not fit, control.deadline, control.busy,
//          control.no_run
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "caretaker/secrets.h"
#include "core/base/clock.h"
#include "core/protocol/message.h"
#include "core/run/inspect.h"

namespace blox {

class ControlDesk {
 public:
  static constexpr size_t kMostOpen = 1'000;

  struct Outgoing {
    std::string peer;
    std::string frame;
  };

  /// `wake`: collect() has something to give. From any thread.
  ControlDesk(const Clock& clock, std::function<void()> wake);
  ~ControlDesk();
  ControlDesk(const ControlDesk&) = delete;
  ControlDesk& operator=(const ControlDesk&) = delete;

  /// From now on it is about this run, which must outlive the next call of this or of leave().
  void serve(Inspect& run, std::string topology, Secrets secrets);
  /// There is no run any more: taps end, saying why.
  void leave(std::string_view why);
  void receive(const std::string& peer, std::string_view frame);
  /// What is to be sent now.
  std::vector<Outgoing> collect();
  /// When collect() is to be called next if nothing happens before; in ns of the clock.
  int64_t due() const;
  /// A peer that does not take what it is sent: its taps end.
  void forget(const std::string& peer);

 private:
  struct Asker {
    std::string peer;
    uint64_t id = 0;
    friend auto operator<=>(const Asker&, const Asker&) = default;
  };
  struct Answers;
  struct Open;
  struct TapOpen;

  void take(const Asker& asker, const protocol::Message& message);
  void get(const Asker& asker, const protocol::GetRequest& request, int64_t deadline);
  void set(const Asker& asker, const protocol::SetRequest& request, int64_t deadline);
  void tap(const Asker& asker, const protocol::TapRequest& request);
  void top(const Asker& asker);
  void ask_elements(const Asker& asker, std::unique_ptr<Open> open,
                    const std::function<Result<Datum>(Element& element, const std::string& handler)>& act);
  void reply(const Asker& asker, protocol::Body body);
  void refuse(const Asker& asker, const Status& status);
  void end_tap(const Asker& asker, std::string_view why);
  void take_answers();
  void expire(int64_t now);
  void feed_taps();

  const Clock& clock_;
  const std::function<void()> wake_;
  Inspect* run_ = nullptr;
  std::string topology_;
  Secrets secrets_;
  std::shared_ptr<Answers> answers_;  // shared with visits, which may outlive the desk
  std::map<Asker, std::unique_ptr<Open>> open_;
  std::map<Asker, std::unique_ptr<TapOpen>> taps_;
  std::vector<Outgoing> outgoing_;
};

}  // namespace blox
