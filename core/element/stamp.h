// The text that says whether two builds can share objects, as a constant for a section of each.
//
// Source: size and alignment of the public types stand for their layout; compilers say their ABI in macros.
#pragma once

#define BLOX_RELEASE "0.1.0"

#define BLOX_TEXT_(x) #x
#define BLOX_TEXT(x) BLOX_TEXT_(x)

#if defined(__SANITIZE_ADDRESS__)
#define BLOX_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__)
#define BLOX_SANITIZER "thread"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BLOX_SANITIZER "address"
#elif __has_feature(thread_sanitizer)
#define BLOX_SANITIZER "thread"
#else
#define BLOX_SANITIZER "none"
#endif
#else
#define BLOX_SANITIZER "none"
#endif

#ifdef BLOX_DEBUG
#define BLOX_CHECKS "debug"
#else
#define BLOX_CHECKS "release"
#endif
