// The text that says whether two builds can share objects, made by the compiler of each.
//
//   datablox 0.1.0; g++ 12.2; abi 1017; libstdc++ 20220819, new strings; sanitizer none; release; layout
//   9f86d081884c7d65
//
// Size and alignment of the public types stand for their layout. What they cannot show (the order of virtual
// functions, the meaning of a field) the release has to.
//
// Cost     none while running: a constant
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "core/element/element.h"

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

#if defined(BLOX_DEBUG) || defined(_GLIBCXX_DEBUG)
#define BLOX_CHECKS "debug"
#else
#define BLOX_CHECKS "release"
#endif

#if defined(__clang__)
#define BLOX_COMPILER "clang " BLOX_TEXT(__clang_major__) "." BLOX_TEXT(__clang_minor__)
#else
#define BLOX_COMPILER "g++ " BLOX_TEXT(__GNUC__) "." BLOX_TEXT(__GNUC_MINOR__)
#endif

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_USE_CXX11_ABI
#define BLOX_LIBRARY "libstdc++ " BLOX_TEXT(__GLIBCXX__) ", new strings"
#elif defined(_GLIBCXX_RELEASE)
#define BLOX_LIBRARY "libstdc++ " BLOX_TEXT(__GLIBCXX__) ", old strings"
#else
#define BLOX_LIBRARY "libc++ " BLOX_TEXT(_LIBCPP_VERSION)
#endif

#define BLOX_BUILD                            \
  "datablox " BLOX_RELEASE "; " BLOX_COMPILER \
  "; abi " BLOX_TEXT(__GXX_ABI_VERSION) "; " BLOX_LIBRARY "; sanitizer " BLOX_SANITIZER "; " BLOX_CHECKS "; layout "

namespace blox {

/// FNV-1a over sizes and alignments, in order.
template <typename... Ts>
constexpr uint64_t layout_hash() {
  uint64_t hash = 0xcbf29ce484222325u;
  const size_t facts[] = {sizeof(Ts)..., alignof(Ts)...};
  for (const size_t fact : facts) hash = (hash ^ fact) * 0x100000001b3u;
  return hash;
}

constexpr uint64_t public_layout() {
  return layout_hash<Element, Port, PushIn, PushOut, QueryIn, QueryOut, FamilyBase, PushIns, QueryOuts, ArgBase,
                     Arg<int64_t>, Arg<FieldList>, Arg<Expression>, NamedArgs, Value<int64_t>, Appended<int64_t>,
                     Keyed<Key, int64_t>, KeyedStore::Layout, KeyBatch, KeyReader, HandlerBase, Handler<int64_t>, Timer,
                     Supply, Answer, Reply, Waker, Host, ElementClass, Traits, Registry, Literal, Status, Diagnostic,
                     Diagnostics, Log, Column, Schema, Type, Field, Datum, Buffer, BufferBuilder, ColumnBuilder,
                     LogBuilder, Traffic>();
}

/// The stamp, ended by a zero byte.
constexpr auto make_stamp() {
  constexpr std::string_view kBuild = BLOX_BUILD;
  std::array<char, kBuild.size() + 17> out{};
  for (size_t i = 0; i < kBuild.size(); ++i) out[i] = kBuild[i];
  for (size_t i = 0; i < 16; ++i) out[kBuild.size() + i] = "0123456789abcdef"[public_layout() >> (60 - 4 * i) & 15];
  return out;
}

}  // namespace blox
