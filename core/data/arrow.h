// Lending logs and columns to other libraries in the same process, and borrowing theirs: the Arrow C data interface.
//
//   bool b · int l · float g · string u · bytes and any z · time tsu:UTC · list +l · struct +s
//
// A log is a struct array without nulls; any is told from bytes by the metadata "blox: any" of its field. Dictionaries
// stay dictionaries, constants are written out. What others may hand in beside these forms: integers of all widths,
// half the floats (f), large strings, lists and binaries (U Z +L), timestamps of any unit and zone, dates (tdD): they
// are converted.
//
// Owns     what is exported shares our buffers until the other side calls release; what is imported is released when
//          the last column that uses it goes
// Threads  the structs are handed over, by one thread at a time
// Errors   arrow.type (a type we do not have), arrow.invalid (what is handed in breaks the rules that can be checked)
// Cost     no values are copied in or out, but for constants, conversions and buffers that are not aligned
// Source   https://arrow.apache.org/docs/format/CDataInterface.html
#pragma once

#include <cstdint>

#include "core/base/status.h"
#include "core/data/log.h"

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_DATA_INTERFACE

namespace blox {

/// Fills both; the caller has to see that each is released once. A selection is applied first.
void export_log(const Log& log, ArrowSchema* schema, ArrowArray* array);
void export_column(const ColumnPtr& column, const std::string& name, ArrowSchema* schema, ArrowArray* array);

/// Takes over the array and releases the schema, whatever comes of it. The fields are those of the struct.
Result<Log> import_log(ArrowSchema* schema, ArrowArray* array, Micros born);
Result<ColumnPtr> import_column(ArrowSchema* schema, ArrowArray* array);

}  // namespace blox
