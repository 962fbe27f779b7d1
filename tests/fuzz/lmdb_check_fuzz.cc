// Oracle: a store file of any bytes is judged without reading outside of it (run under the address sanitizer).
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "core/state/lmdb_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int file = memfd_create("store", MFD_CLOEXEC);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  (void)blox::check_lmdb_file(file);
  (void)blox::is_lmdb_file(file);
  close(file);
  return 0;
}
