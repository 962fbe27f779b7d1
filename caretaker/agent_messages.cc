// What an agent keeps of its workers' lines, and who waits for more of them.
#include <algorithm>
#include <utility>

#include "caretaker/agent_parts.h"

namespace blox {

using namespace protocol;  // the language that this speaks

namespace {

constexpr Micros kLongestWait = 60 * kSecond;

}  // namespace

void Agent::Parts::printed() {
  for (auto& [worker, texts] : nursery->read_outputs()) {
    std::vector<MessageLine> lines;
    for (std::string& text : texts) lines.push_back({0, clock.wall(), "", "", "output", std::move(text)});
    messages->add(worker, std::move(lines));
  }
  answer_waiting();
}

void Agent::Parts::asked_for_messages(Waiting question) {
  printed();
  question.until = now() + std::clamp<Micros>(question.request.wait, 0, kLongestWait);
  if (answer(question, question.request.wait <= 0)) return;
  if (waiting.size() >= kMostWaiting) {
    answer(waiting.front(), true);
    waiting.pop_front();
  }
  waiting.push_back(std::move(question));
}

bool Agent::Parts::answer(const Waiting& question, bool last_chance) {
  MessagesReply reply = messages->find(question.request);
  if (reply.lines.empty() && reply.missed == 0 && !last_chance) return false;
  if (!question.relayed) {
    to_master(question.id, std::move(reply));
  } else {
    to_master(question.id, Relayed{"@" + options.decide.node, {encode({question.inner, 0, std::move(reply)})}});
  }
  return true;
}

void Agent::Parts::answer_waiting() {
  std::erase_if(waiting, [&](const Waiting& one) { return answer(one, now() >= one.until); });
}

}  // namespace blox
