// What the thread sanitizer is told about libzmq.
//
// Debian's libzmq is not instrumented, so the sanitizer cannot see how it orders its threads. What libzmq allocates in
// one thread and frees in another is left out of sight while we are inside.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define BLOX_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BLOX_TSAN 1
#endif
#endif

#ifdef BLOX_TSAN
extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace blox::runtime {

/// Stands around each call into libzmq.
class Inside {
 public:
  Inside() {
#ifdef BLOX_TSAN
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
  }
  ~Inside() {
#ifdef BLOX_TSAN
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
#endif
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

}  // namespace blox::runtime
