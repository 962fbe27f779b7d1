// Whether a file of LMDB can be used without harm: LMDB maps its file and follows what stands there without a look, so
// a damaged page would end the process.
//
// Every page that the tables ("items", "notes", and any other) and the list of free pages reach is looked at: that it
// lies within the file, is of the kind expected, belongs to one place alone, and holds its nodes within its bounds and
// its keys in order. What the values hold is not: LMDB has no checksums.
//
// Threads  pure, apart from the file; nobody may write it meanwhile
// Cost     one pass over the pages with keys, those of long values but for their first 16 bytes left out
// Bounds   a bit for each page of the file, 31 levels of pages
// Source   lmdb 0.9, mdb.c, "Page layout" and below
#pragma once

#include <cstddef>
#include <string>

#include "core/base/status.h"

namespace blox {

/// `descriptor`: a file open for reading. "store.damaged" where it is not whole; a file that is empty, or no LMDB file
/// at all, is for LMDB to judge and passes.
Status check_lmdb_file(int descriptor);

/// Whether the file is one of LMDB's, be it damaged: one of its two first pages says so.
bool is_lmdb_file(int descriptor);

}  // namespace blox
