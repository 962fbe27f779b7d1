// Infers the types of all ports, port by port, on demand.
//
// What passes at a port is a *slot*: pushed logs, questions, or answers. A slot is solved by asking its element
// (Element::resolve), which may look at other slots through `Types`. A slot that is not solved yet is put on a stack
// and the asking element is asked again later: nothing recurses, however deep a topology is. Slots are visited in
// the direction of the data, so that asking twice is rare. A slot that waits for itself needs an annotation.
//
// Owns     the schemas until `run` puts them into the ports
// Threads  one user
// Errors   what an evaluation reports is kept only if it did not have to wait; E0508 to E0515 are its own
// Cost     one or two calls of resolve a port
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/element/types.h"
#include "core/graph/meet.h"
#include "core/graph/work.h"

namespace blox {

class Solver final : public Types {
 public:
  explicit Solver(Work& work);
  /// Solves everything; the schemas of ports are set where they are known.
  void run();

  std::optional<Schema> of(const Port& port) override;
  std::vector<Schema> writers(const Port& port) override;
  void report(Diagnostic diagnostic) override;
  void error(std::string_view code, Span where, std::string message, std::string fix) override;

 private:
  using Index = uint32_t;

  /// A type that the author wrote behind a port.
  struct Annotation {
    Schema schema;
    Span span;
    const std::vector<Use>* uses = nullptr;
  };
  struct Slot {
    Port* port = nullptr;
    Index element = 0;
    bool answer = false;
    enum class State : uint8_t { kNew, kOpen, kDone } state = State::kNew;
    bool assumed = false;  ///< in a circle that its annotation has opened: readers get the annotation
    std::optional<Index> annotation;
    std::optional<Schema> schema;
    std::vector<Index> connections;  ///< by which it arrives; for answers that arrive, the one
    /// True for what comes in at the element, false for what the element gives.
    bool arrives() const { return (port->direction() == Direction::kIn) != answer; }
  };

  void make_slots();
  void read_annotations();
  void read_annotation(const GraphEnd& end, const Port* port, const std::vector<Use>& uses);
  std::vector<size_t> order() const;

  void solve(Index root);
  std::optional<Schema> compute(Index index);
  std::optional<Schema> demand(Index index);
  std::optional<Schema> open_circle(Index index);
  std::optional<Schema> arriving();
  /// The slot at the other end of a connection of an arriving slot.
  Index source(const Slot& slot, Index connection) const;
  std::optional<Index> slot_of(const Port& port) const;

  void agree_with_annotation(Slot& slot);
  void flush_reports(const Slot& slot);
  void report_difference(const Slot& slot, size_t first, size_t second, const Schema& a, const Schema& b,
                         const Difference& difference);
  void settle();
  void check_fit(const CheckedConnection& connection, const GraphConnection& written);
  void report_unknown();
  std::string port_text(const Slot& slot) const;
  Span place(const Slot& slot) const;
  const std::vector<Use>& uses(const Slot& slot) const;

  Work& work_;
  std::vector<Slot> slots_;
  std::vector<Annotation> annotations_;
  std::unordered_map<const Port*, Index> by_port_;  ///< the slot of pushes or questions; that of answers is the next
  std::vector<Index> stack_;

  // Of the evaluation under way.
  std::optional<Index> current_;
  bool arrived_known_ = false;
  std::optional<Schema> arrived_;
  std::vector<Index> pending_;
  std::vector<Diagnostic> reports_;
};

}  // namespace blox
