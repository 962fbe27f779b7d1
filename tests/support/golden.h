// Golden files: what a program says, compared with what it said before.
//
//   for (const auto& input : golden_inputs("tests/golden/dsl", {".blox"})) check_golden(input, report(slurp(input)));
//
// Beside each input stands INPUT.expected. With BLOX_ACCEPT=1 in the environment it is written instead of read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace blox::testing {

/// All bytes of a file; empty where there is none.
std::string slurp(const std::filesystem::path& path);
/// The files of a folder that end so, or without `endings` all but those with expectations; in order of their names.
std::vector<std::filesystem::path> golden_inputs(const std::filesystem::path& folder,
                                                 const std::vector<std::string>& endings = {});
/// Fails the test where the two differ.
void check_golden(const std::filesystem::path& input, const std::string& found);

}  // namespace blox::testing
