// One go of a task, for those who would rather do something once at its end than many times in it.
//
//   const Turn turn;
//   task.run(why);    // sends; links gather what is small, see net_link.h
//
// Threads  a turn is of the thread that makes it, one at a time
// Cost     two stores; no allocation once a thread has had a turn in which somebody takes part
#pragma once

namespace blox::runtime {

class Turn {
 public:
  /// Who is told that a turn ends. Outlives it.
  class Part {
   public:
    virtual void turn_ended() = 0;

   protected:
    ~Part() = default;
  };
  Turn();
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// `part` takes part in the turn of this thread. False where there is none.
  static bool take(Part& part);
};

}  // namespace blox::runtime
