// What travels over a link: logs, questions, answers, and the words about them. FRAMES.md has every field.
//
// Owns     the log and the status it carries
// Threads  a value; handed over whole
// Order    the messages of one channel arrive in the order sent; `sequence` proves it
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/status.h"
#include "core/data/log.h"
#include "core/data/time_mark.h"

namespace blox::runtime {

/// Values are part of the protocol.
enum class MessageKind : uint8_t {
  kLog = 1,       ///< pushed; needs credit
  kEnd = 2,       ///< nothing follows in this channel
  kQuestion = 3,  ///< needs room in the asker's window
  kAnswer = 4,    ///< one step of an answer; its log counts against the asker's byte credit
  kCancel = 5,    ///< the asker does not want the answer any more
  kMark = 6,      ///< how far event time has come, in its place between the logs; needs no credit
  kAnew = 7,      ///< never sent: by the link itself to both inlets of a query, when the other end lives anew
};

struct Message {
  MessageKind kind = MessageKind::kLog;
  bool last = false;      ///< kAnswer: nothing follows for this question
  uint32_t channel = 0;   ///< a number that the receiver of the link gave out
  uint64_t sequence = 0;  ///< of this message in its channel, from 1
  uint64_t question = 0;  ///< kQuestion, kAnswer, kCancel: the asker's number of the question
  size_t charge = 0;      ///< bytes charged for `log`, so that sender and receiver agree
  TimeMark mark;          ///< kMark
  Log log;
  Status status;  ///< kAnswer, last: why there is no (complete) answer
};

}  // namespace blox::runtime
