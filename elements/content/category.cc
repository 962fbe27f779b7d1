#include "elements/content/category.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace blox {
namespace {

struct Known {
  std::string_view words;  // between blanks
  std::string_view category;
};

constexpr Known kSuffixes[] = {
    {" 7z ar bz2 cab cpio deb gz iso jar lz4 lzma rar rpm tar tgz txz whl xz z zip zst ", "archive"},
    {" aac aif aiff flac m4a mid midi mp3 oga ogg opus wav wma ", "audio"},
    {" ada asm awk bash bat blox c cc clj cmake cpp cs cu cxx d dart el erl ex f f90 fs go groovy h hh hpp hs hxx java "
     "jl js kt lisp lua m4 mk ml nim pas php pl pm proto ps1 py r rb rs s scala sh sql swift tcl ts v vhd vim zig ",
     "code"},
    {" arrow avro bson conf cfg csv db feather geojson ini json jsonl lmdb log mdb msgpack ndjson npy npz orc parquet "
     "pcap properties sqlite sqlite3 toml tsv xml yaml yml ",
     "data"},
    {" doc docx dvi epub key mobi numbers odp ods odt pages pdf ppt pptx ps rtf tex xls xlsx ", "document"},
    {" eot otf pfb ttc ttf woff woff2 ", "font"},
    {" avif bmp gif heic ico jpeg jpg jxl png pnm ppm psd raw svg tga tif tiff webp xcf xpm ", "image"},
    {" a bin class com dll dylib elf exe ko lib msi o obj pyc pyo so wasm ", "program"},
    {" adoc asc diff eml mbox md me patch po rst srt text txt ", "text"},
    {" 3gp avi flv m4v mkv mov mp4 mpeg mpg ogv ts webm wmv ", "video"},
    {" css htm html xhtml ", "web"},
};

// In this order: the first that begins or is the type counts.
constexpr std::array<std::string_view, 2> kMediaTypes[] = {
    {"image/", "image"},
    {"audio/", "audio"},
    {"video/", "video"},
    {"font/", "font"},
    {"application/vnd.ms-fontobject", "font"},
    {"text/html", "web"},
    {"text/css", "web"},
    {"application/xhtml", "web"},
    {"text/csv", "data"},
    {"text/xml", "data"},
    {"text/x-", "code"},
    {"application/javascript", "code"},
    {"text/", "text"},
    {"message/", "text"},
    {"application/json", "data"},
    {"application/x-ndjson", "data"},
    {"application/xml", "data"},
    {"application/vnd.sqlite3", "data"},
    {"application/x-sqlite3", "data"},
    {"application/pdf", "document"},
    {"application/postscript", "document"},
    {"application/msword", "document"},
    {"application/epub", "document"},
    {"application/rtf", "document"},
    {"application/vnd.oasis.opendocument", "document"},
    {"application/vnd.openxmlformats", "document"},
    {"application/vnd.ms-", "document"},
    {"application/gzip", "archive"},
    {"application/zip", "archive"},
    {"application/zstd", "archive"},
    {"application/x-tar", "archive"},
    {"application/x-xz", "archive"},
    {"application/x-bzip2", "archive"},
    {"application/x-lz4", "archive"},
    {"application/x-7z", "archive"},
    {"application/x-rar", "archive"},
    {"application/x-cpio", "archive"},
    {"application/x-rpm", "archive"},
    {"application/x-archive", "archive"},
    {"application/x-iso9660", "archive"},
    {"application/java-archive", "archive"},
    {"application/vnd.debian.binary-package", "archive"},
    {"application/x-executable", "program"},
    {"application/x-pie-executable", "program"},
    {"application/x-sharedlib", "program"},
    {"application/x-object", "program"},
    {"application/x-dosexec", "program"},
    {"application/x-mach-binary", "program"},
    {"application/x-java-applet", "program"},
    {"application/x-bytecode.python", "program"},
};

}  // namespace

std::string_view category_of_suffix(std::string_view suffix) {
  if (suffix.empty() || suffix.find(' ') != std::string_view::npos) return {};
  const std::string word = " " + std::string(suffix) + " ";
  for (const Known& known : kSuffixes) {
    if (known.words.find(word) != std::string_view::npos) return known.category;
  }
  return {};
}

std::string_view category_of_media_type(std::string_view type) {
  const auto* const found = std::find_if(std::begin(kMediaTypes), std::end(kMediaTypes),
                                         [&](const auto& entry) { return type.starts_with(entry[0]); });
  return found == std::end(kMediaTypes) ? "other" : (*found)[1];
}

}  // namespace blox
