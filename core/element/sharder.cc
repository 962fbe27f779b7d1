#include "core/element/sharder.h"

namespace blox {

std::unique_ptr<AnswerMerger> Sharder::merger(const Port&) { return nullptr; }

}  // namespace blox
