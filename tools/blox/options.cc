#include "tools/blox/options.h"

#include <algorithm>
#include <charconv>

#include <boost/program_options.hpp>

#include "core/base/diagnostic.h"
#include "tools/blox/console.h"

namespace blox::tools {
namespace po = boost::program_options;

struct Options::Description {
  CommandPage page;
  po::options_description visible;
  po::options_description hidden;
  po::positional_options_description positions;

  /// `names` is "long" or "long,l".
  void note(const std::string& names, const char* placeholder, const char* doc, bool repeated) {
    const size_t comma = std::min(names.find(','), names.size());
    page.options.push_back(
        {names.substr(0, comma), names.substr(std::min(comma + 1, names.size())), placeholder, doc, repeated});
  }
};

Options::Options(const char* usage, const char* about, const char* example)
    : description_(std::make_unique<Description>()) {
  description_->page = {usage, about, example, {}, {}};
  description_->note("help,h", "", "print this page", false);
  description_->visible.add_options()("help,h", "");
}

Options::~Options() = default;

void Options::flag(const char* names, const char* doc, bool* value) {
  description_->note(names, "", doc, false);
  description_->visible.add_options()(names, po::bool_switch(value));
}

void Options::value(const char* names, const char* placeholder, const char* doc, std::string* value) {
  description_->note(names, placeholder, doc, false);
  description_->visible.add_options()(names, po::value(value));
}

void Options::optional(const char* names, const char* placeholder, const char* doc, const char* unless_given,
                       std::string* value) {
  description_->note(names, placeholder, doc, false);
  description_->visible.add_options()(names, po::value(value)->implicit_value(unless_given));
}

void Options::values(const char* names, const char* placeholder, const char* doc, std::vector<std::string>* values) {
  description_->note(names, placeholder, doc, true);
  description_->visible.add_options()(names, po::value(values));
}

void Options::positional(const char* what, std::vector<std::string>* values) {
  description_->page.positional = what;
  description_->hidden.add_options()(what, po::value(values));
  description_->positions.add(what, -1);
}

std::optional<int> Options::parse(Words words) {
  const CommandPage& page = description_->page;
  if (words.page() != nullptr) {
    *words.page() = page;
    return kDone;
  }
  // Where nothing but options is taken, what else is given is named: the library only says that it is too much.
  std::vector<std::string> strays;
  if (page.positional.empty()) {
    description_->hidden.add_options()("stray", po::value(&strays));
    description_->positions.add("stray", -1);
  }
  po::options_description all;
  all.add(description_->visible).add(description_->hidden);
  const auto complain = [&](const std::string& text) {
    print_error("blox: " + text + "\nusage: blox " + page.usage + "   (--help says more)\n");
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
      print_data(help_text(page));
      return kDone;
    }
    po::notify(found);
    if (!strays.empty()) return complain("`" + strays.front() + "` is no option, and nothing else is taken here");
  } catch (const po::unknown_option& error) {
    std::vector<std::string> names;
    for (const CommandPage::Option& option : page.options) names.push_back("--" + option.name);
    const std::optional<std::string> near = nearest(error.get_option_name(), names);
    return complain("unknown option " + error.get_option_name() + (near ? "; did you mean " + *near + "?" : ""));
  } catch (const po::error& error) {
    return complain(error.what());
  }
  return std::nullopt;
}

std::string help_text(const CommandPage& page) {
  std::string text = "usage: blox " + page.usage + "\n\n" + page.about + "\n\n";
  for (const CommandPage::Option& option : page.options) {
    std::string head = option.letter.empty() ? "      --" : "  -" + option.letter + ", --";
    head += option.name + " " + option.placeholder;
    if (head.size() < 26) head.resize(26, ' ');
    text += head + " " + option.doc + "\n";
  }
  return text + "\nexample:\n  " + page.example + "\n";
}

std::optional<size_t> parse_number(const std::string& text, size_t least, size_t most) {
  size_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last || number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace blox::tools
