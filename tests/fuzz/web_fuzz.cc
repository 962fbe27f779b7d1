// What the crawler and the server of files read from strangers: URLs, robots.txt, HTML, seals.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/data/utf8.h"
#include "core/net/url.h"
#include "elements/net/html_links.h"
#include "elements/net/robots.h"
#include "elements/net/served_file.h"
#include "elements/net/signed_url.h"

using namespace blox;

namespace {

void check_url(const Url& url) {
  const std::string text = url.to_string();
  BLOX_CHECK(text.size() <= Url::kLongest && !url.host.empty() && url.target.starts_with('/'), "a URL that is none");
  for (const char byte : text) BLOX_CHECK(byte > ' ' && byte < 127, "a URL with other bytes than it may have");
  const std::optional<Url> again = Url::parse(text);
  BLOX_CHECK(again && *again == url, "the normal form of a URL has another normal form");
}

void fuzz_url(std::string_view text) {
  static const Url base = *Url::parse("http://a/b/c/d;p?q");
  if (const std::optional<Url> url = Url::parse(text)) {
    check_url(*url);
    const std::optional<Url> same = base.resolve(text);
    BLOX_CHECK(same && *same == *url, "an absolute URL means something else on a page");
  }
  if (const std::optional<Url> url = base.resolve(text)) check_url(*url);
  if (const std::optional<std::string> decoded = percent_decode(text)) {
    BLOX_CHECK(is_utf8(*decoded), "an escape that is no text");
    BLOX_CHECK(percent_decode(percent_encode(*decoded)) == decoded, "escapes that are not undone");
  }
  read_query(text);
}

void fuzz_robots(std::string_view text) {
  const Robots robots = Robots::parse(text, "blox");
  BLOX_CHECK(robots.allows("/robots.txt"), "robots.txt itself is not allowed");
  BLOX_CHECK(robots.delay() >= 0 && robots.delay() <= 300 * kSecond, "a delay without bound");
  for (const char* target : {"/", "/a", "/a/b.gif?x", "/%C3%A4/~"}) robots.allows(target);
  robots.allows("/" + std::string(text.substr(0, 200)));
}

void fuzz_html(std::string_view text) {
  const HtmlLinks all = find_links(text, 1'000'000);
  const HtmlLinks few = find_links(text, 3);
  BLOX_CHECK(few.links.size() == std::min<size_t>(3, all.links.size()), "the bound changes what is found");
  for (size_t i = 0; i < few.links.size(); ++i) {
    BLOX_CHECK(few.links[i].reference == all.links[i].reference, "the bound changes what is found");
  }
  for (const HtmlLink& link : all.links) BLOX_CHECK(link.reference.size() <= 8192, "a link that is too long");
}

void fuzz_seal(std::string_view text) {
  constexpr std::string_view kSecret = "0123456789abcdef";
  BLOX_CHECK(!read_signed_target(kSecret, text, 0).is_ok(), "a seal was guessed");
  if (text.empty() || !is_utf8(text)) return;
  const std::string target = signed_target(kSecret, text, 100);
  const Result<std::string> path = read_signed_target(kSecret, target, 100);
  BLOX_CHECK(path.is_ok() && *path == text, "a seal that does not hold");
  BLOX_CHECK(!read_signed_target(kSecret, target, 101).is_ok(), "a seal that does not end");
  BLOX_CHECK(!read_signed_target("0123456789abcdeg", target, 100).is_ok(), "a seal of another secret holds");
}

void fuzz_range(std::string_view text) {
  for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{100}, UINT64_MAX}) {
    ByteRange range;
    const RangeKind kind = read_range(text, size, &range);
    BLOX_CHECK(kind == RangeKind::kNone || (range.from <= range.to && range.to <= size), "a range outside of the file");
    BLOX_CHECK(kind != RangeKind::kPart || range.from < range.to, "a part without a byte");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'u': fuzz_url(text); break;
    case 'r': fuzz_robots(text); break;
    case 'h': fuzz_html(text); break;
    case 's': fuzz_seal(text); break;
    case 'b': fuzz_range(text); break;
    default: break;
  }
  return 0;
}
