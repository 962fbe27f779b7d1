#include "tools/blox/options.h"

#include <charconv>
#include <cstdio>

#include <boost/program_options.hpp>

#include "core/base/diagnostic.h"
#include "tools/blox/console.h"

namespace blox::tools {
namespace po = boost::program_options;

struct Options::Description {
  std::string usage;
  std::string about;
  std::string example;
  po::options_description visible{"options"};
  po::options_description hidden;
  po::positional_options_description positions;
  std::vector<std::string> names;
};

Options::Options(const char* usage, const char* about, const char* example)
    : description_(std::make_unique<Description>()) {
  description_->usage = usage;
  description_->about = about;
  description_->example = example;
  description_->visible.add_options()("help,h", "print this page");
}

Options::~Options() = default;

void Options::flag(const char* names, const char* doc, bool* value) {
  description_->visible.add_options()(names, po::bool_switch(value), doc);
}

void Options::value(const char* names, const char* placeholder, const char* doc, std::string* value) {
  description_->visible.add_options()(names, po::value(value)->value_name(placeholder), doc);
}

void Options::values(const char* names, const char* placeholder, const char* doc, std::vector<std::string>* values) {
  description_->visible.add_options()(names, po::value(values)->value_name(placeholder), doc);
}

void Options::positional(const char* name, std::vector<std::string>* values) {
  description_->hidden.add_options()(name, po::value(values));
  description_->positions.add(name, -1);
}

std::optional<int> Options::parse(Words words) {
  po::options_description all;
  all.add(description_->visible).add(description_->hidden);
  const auto complain = [&](const std::string& text) {
    print_error("blox: " + text + "\nusage: blox " + description_->usage + "   (--help says more)\n");
    return kUsage;
  };
  try {  // the library reports mistakes by exceptions; none leaves this file
    po::variables_map found;
    po::store(po::command_line_parser(std::vector<std::string>(words.begin(), words.end()))
                  .options(all)
                  .positional(description_->positions)
                  .run(),
              found);
    if (found.count("help") != 0) {
      std::string page = "usage: blox " + description_->usage + "\n\n" + description_->about + "\n\n";
      for (const auto& option : description_->visible.options()) {
        std::string head = "  " + option->format_name() + " " + option->format_parameter();
        if (head.size() < 26) head.resize(26, ' ');
        page += head + " " + option->description() + "\n";
      }
      page += "\nexample:\n  " + description_->example + "\n";
      print_data(page);
      return kDone;
    }
    po::notify(found);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> names;
    for (const auto& option : description_->visible.options()) names.push_back("--" + option->long_name());
    const std::optional<std::string> near = nearest(error.get_option_name(), names);
    return complain("unknown option " + error.get_option_name() + (near ? "; did you mean " + *near + "?" : ""));
  } catch (const po::error& error) {
    return complain(error.what());
  }
  return std::nullopt;
}

std::optional<size_t> parse_number(const std::string& text, size_t least, size_t most) {
  size_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last || number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace blox::tools
