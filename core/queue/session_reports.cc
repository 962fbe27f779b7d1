// What two sessions tell each other of what has come and what was taken.
#include <utility>

#include "core/queue/session.h"

namespace blox::runtime {

void Session::send_report(bool welcome, bool ping, int64_t now) {
  ReportFrame report;
  if (welcome) {
    report.welcome = peer_connection_;
    report.former = former_;
  }
  report.received = received_;
  report.sent = state_ == State::kFlowing ? sent_ : 0;
  if (ping) {
    ++ping_;
    ping_at_ = now + kPing;
    for (In& in : ins_) in.pinged_records = in.counts.records;
    for (Out& out : outs_) {
      if (!out.heard || out.told_records == out.pair_records) continue;
      out.told_records = out.pair_records;
      report.totals.push_back({channel_of(out.end), out.pair_records});
    }
  }
  report.ping = ping_;
  report.echo = peer_ping_;
  const auto add = [&](In& in) {
    if (in.stands != Stands::kOpen) return;
    const TakenTotals totals = taken(in);
    if (!welcome && !ping && same(totals, in.reported)) return;
    in.reported = totals;
    report.taken.push_back(totals);
  };
  if (welcome || ping) {  // with each ping, so that a report that was lost on the way is made good
    for (In& in : ins_) add(in);
  } else {
    for (In* in : dirty_) {
      add(*in);
      in->dirty = in->state->credit.logs() != 0 || in->reported.marks != in->received.marks - in->base.marks;
    }
    std::erase_if(dirty_, [](const In* in) { return !in->dirty; });
  }
  since_report_messages_ = 0;
  since_report_bytes_ = 0;
  report_at_ = kNever;
  transmit(report_frame(report));
}

Status Session::take_report(const ReportFrame& report, int64_t now) {
  if (report.received > sent_) return Status::outside("net.frame", "it has received what was not sent");
  if (report.welcome.has_value() && *report.welcome != connection_) return Status::ok();  // to one before
  acknowledge(report.received);
  if (report.echo > echoed_ && report.echo <= ping_) {
    echoed_ = report.echo;
    if (echoed_ == ping_) note_heard();
    alive();
  }
  const bool pinged = report.ping > peer_ping_;
  if (pinged) peer_ping_ = report.ping;
  std::vector<Out*> heard;  // for the first time
  for (const TakenTotals& totals : report.taken) {
    Out* const out = out_of(totals.channel);
    // It may have another version of the topology, with channels that are not here yet, or no longer.
    if (out == nullptr || out->stands != Stands::kOpen) continue;
    BLOX_TRY(take_totals(*out, totals));
    if (!out->heard) heard.push_back(out);
    out->heard = true;
  }
  for (const SentTotals& totals : report.totals) {
    if (In* const in = in_of(totals.channel)) in->peer_records = std::max(in->peer_records, totals.records);
  }
  if (report.former.has_value()) hear_former(*report.former);
  const bool again = report.welcome.has_value() && state_ == State::kFlowing;
  if (report.welcome.has_value()) {
    // The first for a connection, or again after a gap: all that has not come.
    if (state_ == State::kHello) {
      state_ = State::kFlowing;
      delay_ = kFirstDelay;
      alive();
      for (Out& out : outs_) {
        if (out.heard && out.state != nullptr && out.state->credit.waits()) transmit(need_frame(channel_of(out.end)));
      }
    }
    for (const Packet& packet : kept_) {
      if (state_ != State::kFlowing) break;
      transmit(packet.parts);
    }
  }
  for (Out* out : heard) hear(*out);
  if (again) {
    send_report(false, true, now);  // it may have channels of which it has not heard here
  } else if (pinged && report.sent > received_ && !held_) {
    send_report(true, false, now);  // the last of what was sent is missing
  }
  return Status::ok();
}

Status Session::take_totals(Out& out, const TakenTotals& totals) {
  if (out.state == nullptr) return Status::ok();  // questions go without credit
  const auto negative = [](uint64_t difference) { return static_cast<int64_t>(difference) < 0; };
  if (out.heard && (negative(totals.logs - out.reported.logs) || negative(totals.bytes - out.reported.bytes) ||
                    negative(totals.marks - out.reported.marks))) {
    return Status::ok();  // overtaken by a later one
  }
  if (negative(out.sent.logs - out.base.logs - totals.logs) ||
      negative(out.sent.bytes - out.base.bytes - totals.bytes) ||
      negative(out.sent.marks - out.base.marks - totals.marks)) {
    return Status::outside("net.frame", "it has taken more than was sent");
  }
  if (out.heard && same(totals, out.reported)) return Status::ok();
  out.reported = totals;
  restore(out);
  return Status::ok();
}

Status Session::take_need(uint32_t channel, int64_t now) {
  In* const in = in_of(channel);
  if (in != nullptr && in->stands != Stands::kOpen) return Status::ok();
  if (in == nullptr || in->state == nullptr)
    return Status::outside("net.frame", "it needs credit of no channel of ours");
  Credit& credit = in->state->credit;
  credit.wait();
  // As for waiting writers inside a worker: at half of the bound. What is taken later rings.
  if (credit.half_empty() && !same(taken(*in), in->reported) && credit.stop_waiting()) send_report(false, false, now);
  return Status::ok();
}

}  // namespace blox::runtime
