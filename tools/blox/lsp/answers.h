// From the method and parameters of a request to its answer: finds program and place, asks the feature.
//
// Threads  one user
// Errors   an error code where the request is at fault; a null result where there is nothing to say
#pragma once

#include <optional>
#include <string>

#include "tools/blox/lsp/message.h"
#include "tools/blox/lsp/workspace.h"

namespace blox::tools::lsp {

struct Answer {
  Datum result;
  std::optional<ErrorCode> error;
  std::string message;  ///< of the error
};

/// What the server says in `initialize` of the requests below.
Datum::Struct answer_capabilities();

/// Precondition: the workspace is settled.
Answer answer_to(const std::string& method, const Datum& params, const Workspace& workspace);

}  // namespace blox::tools::lsp
