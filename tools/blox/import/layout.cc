#include "tools/blox/import/layout.h"

#include <algorithm>
#include <map>
#include <set>

namespace blox::tools {
namespace {

class Layout {
 public:
  Layout(const std::vector<NewElement>& elements, const std::vector<NewConnection>& connections)
      : elements_(elements), connections_(connections), written_(connections.size(), false) {
    for (size_t i = 0; i < elements.size(); ++i) place_[elements[i].name] = i;
    for (size_t i = 0; i < connections.size(); ++i) {
      outgoing_[connections[i].from].push_back(i);
      incoming_[connections[i].to].push_back(i);
    }
  }

  std::string write() {
    bool declared = false;
    for (const NewElement& element : elements_) {
      if (in_chain(element)) continue;
      declared = true;
      for (const std::string& remark : element.remarks) out_ += "// " + remark + "\n";
      out_ += element.name + " :: " + call_of(element) + ";";
      if (!element.comment.empty()) out_ += "  // " + element.comment;
      out_ += "\n";
    }
    if (declared && !connections_.empty()) out_ += "\n";
    begin_at("input");
    for (const NewElement& element : elements_) {
      if (incoming_.count(element.name) == 0) begin_at(element.name);
    }
    for (const NewElement& element : elements_) {
      if (!in_chain(element)) begin_at(element.name);
    }
    for (size_t i = 0; i < connections_.size(); ++i) {  // circles of helpers: none so far
      if (!written_[i]) chain(i);
    }
    return std::move(out_);
  }

 private:
  // Helpers that stand between two others, or at an end, once.
  bool in_chain(const NewElement& element) const {
    return element.helper && element.remarks.empty() && count(incoming_, element.name) <= 1 &&
           count(outgoing_, element.name) <= 1 && count(incoming_, element.name) + count(outgoing_, element.name) > 0;
  }
  static size_t count(const std::map<std::string, std::vector<size_t>>& of, const std::string& name) {
    const auto found = of.find(name);
    return found == of.end() ? 0 : found->second.size();
  }
  static std::string call_of(const NewElement& element) {
    return element.call + (element.settings.empty() ? "" : " {" + element.settings + "}");
  }
  static std::string port(const std::string& name) { return name.empty() ? "" : "[" + name + "]"; }

  std::string node(const std::string& name) const {
    const auto found = place_.find(name);
    return found != place_.end() && in_chain(elements_[found->second]) ? call_of(elements_[found->second]) : name;
  }

  void begin_at(const std::string& name) {
    const auto found = outgoing_.find(name);
    if (found == outgoing_.end()) return;
    for (const size_t i : found->second) {
      if (!written_[i]) chain(i);
    }
  }

  // Goes on behind an element by the first of its connections of that kind that is not yet written.
  void chain(size_t at) {
    const NewConnection* link = &connections_[at];
    out_ += node(link->from);
    std::set<std::string> passed{link->from};
    while (true) {
      written_[at] = true;
      if (!link->from_port.empty()) out_ += " " + port(link->from_port);
      out_ += link->query ? " =>" : " ->";
      if (!link->settings.empty()) out_ += " {" + link->settings + "}";
      if (!link->to_port.empty()) out_ += " " + port(link->to_port);
      out_ += " " + node(link->to);
      size_t next = connections_.size();
      if (passed.insert(link->to).second && outgoing_.count(link->to) != 0) {
        for (const size_t i : outgoing_[link->to]) {
          if (!written_[i] && next == connections_.size()) next = i;
        }
      }
      if (next == connections_.size()) break;
      at = next;
      link = &connections_[at];
    }
    out_ += ";\n";
  }

  const std::vector<NewElement>& elements_;
  const std::vector<NewConnection>& connections_;
  std::vector<bool> written_;
  std::map<std::string, size_t> place_;
  std::map<std::string, std::vector<size_t>> outgoing_, incoming_;
  std::string out_;
};

}  // namespace

std::string lay_out_body(const std::vector<NewElement>& elements, const std::vector<NewConnection>& connections) {
  return Layout(elements, connections).write();
}

}  // namespace blox::tools
