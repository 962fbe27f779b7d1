// Standard output and standard error, and how numbers look there.
//
// Threads  any; each call is written whole
// Errors   a reader that goes away is none; any other failure of standard output makes the command fail, see main
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace blox::tools {

/// First thing in main: a standard stream that was closed is held by a descriptor on which reading, or writing, fails;
/// else the next file to be opened would take its place.
void hold_standard_streams();

/// To standard output: data only. 0, or an errno as of write_all; the first is kept for data_was_lost.
int print_data(std::string_view text);
/// The errno of the first print_data that lost something, or 0.
int data_was_lost();
/// To standard error: everything else.
void print_error(std::string_view text);

bool error_is_terminal();
bool data_is_terminal();
/// Colours: on a terminal, unless NO_COLOR is set (https://no-color.org).
bool error_has_colours();
/// Columns and rows of the terminal at standard error; 80 × 24 where it does not say.
struct TerminalSize {
  int columns = 80;
  int rows = 24;
};
TerminalSize terminal_size();

std::string format_count(uint64_t count);                         ///< "12", "3,456", "12.3 M"
std::string format_count(uint64_t count, std::string_view noun);  ///< "1 log", "3,456 logs"
std::string format_bytes(uint64_t bytes);                         ///< "12 B", "3.4 KiB"
std::string format_seconds(double seconds);                       ///< "0.3 ms", "12.3 s", "2 min 3 s"
std::string format_percent(double fraction);                      ///< "12 %"

}  // namespace blox::tools
