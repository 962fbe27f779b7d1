#include "caretaker/worker_step.h"

namespace blox::caretaker {

using protocol::Phase;
using protocol::WorkerState;

WorkerStep next_step(const protocol::WorkerOrder& order, const WorkerStanding& standing, bool late) {
  if (order.phase == Phase::kStop || late)
    return standing.running && !standing.over ? WorkerStep::kAbort : WorkerStep::kEnd;
  if (standing.over) return standing.settled ? WorkerStep::kEnd : WorkerStep::kWait;
  if (!standing.bound) return standing.has_topology ? WorkerStep::kBind : WorkerStep::kFetch;
  if (order.phase >= Phase::kOpen && !standing.open) return WorkerStep::kOpen;
  if (order.phase >= Phase::kRun && !standing.running) return WorkerStep::kGo;
  if (order.phase >= Phase::kDrain) return standing.draining ? WorkerStep::kWait : WorkerStep::kDrain;
  if (standing.running && standing.outdated) return standing.has_topology ? WorkerStep::kUpdate : WorkerStep::kFetch;
  return WorkerStep::kWait;
}

WorkerState state_of(const WorkerStanding& standing, bool failed) {
  if (failed) return WorkerState::kFailed;
  // One that was told to go has not come to its end: the rest is done elsewhere.
  if (standing.over && standing.settled && !standing.aborted) return WorkerState::kEnded;
  if (standing.aborted) return WorkerState::kDraining;
  if (standing.draining) return WorkerState::kDraining;
  if (standing.running) return WorkerState::kRunning;
  if (standing.open) return WorkerState::kOpen;
  return standing.bound ? WorkerState::kBound : WorkerState::kStarting;
}

}  // namespace blox::caretaker
