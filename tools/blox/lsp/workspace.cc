#include "tools/blox/lsp/workspace.h"

#include <algorithm>

#include "tools/blox/lsp/diagnose.h"
#include "tools/blox/lsp/uri.h"

namespace blox::tools::lsp {

Workspace::Workspace(Rules rules) : rules_(std::move(rules)) {}

Status Workspace::open(const std::string& uri, int64_t version, std::string text) {
  changed_.insert(path_of(uri));
  return documents_.open(uri, version, std::move(text));
}

Status Workspace::change(const std::string& uri, int64_t version, const Datum::List& changes) {
  changed_.insert(path_of(uri));
  return documents_.change(uri, version, changes);
}

void Workspace::close(const std::string& uri) {
  changed_.insert(path_of(uri));
  documents_.close(uri);
}

void Workspace::touch(const std::string& path) {
  if (documents_.find(path) == nullptr) changed_.insert(path);
}

Rules Workspace::rules_with(const std::map<std::string, std::string>& texts) const {
  Rules rules = rules_;
  rules.load.read = [this, &texts](const std::string& wanted) -> Result<std::string> {
    if (const auto place = texts.find(wanted); place != texts.end()) return place->second;
    if (const Document* document = documents_.find(wanted)) return document->text;
    if (!rules_.load.read) return Status::outside("file.none", "there are no files here");
    return rules_.load.read(wanted);
  };
  return rules;
}

std::string Workspace::uri(const std::string& path) const {
  const Document* const document = documents_.find(path);
  return document == nullptr ? uri_of(path) : document->uri;
}

// Where two documents include each other, the one that was opened first counts.
std::set<std::string> Workspace::roots() const {
  std::set<std::string> out;
  for (const auto& [path, program] : programs_) out.insert(path);
  for (const auto& [outer, program] : programs_) {
    for (const std::string& inner : program->read) {
      const Document* const document = inner == outer ? nullptr : documents_.find(inner);
      if (document == nullptr) continue;
      const bool mutual = programs_.at(inner)->read.contains(outer);
      if (!mutual || documents_.find(outer)->opened < document->opened) out.erase(inner);
    }
  }
  return out;
}

std::vector<Datum> Workspace::settle() {
  if (changed_.empty()) return {};
  const std::map<std::string, std::string> none;
  const Rules rules = rules_with(none);
  std::erase_if(programs_, [&](const auto& entry) { return documents_.find(entry.first) == nullptr; });
  for (const auto& [path, document] : documents_.by_path()) {
    std::unique_ptr<Analysis>& program = programs_[path];
    bool current = program != nullptr;
    for (const std::string& changed : changed_) current = current && !program->read.contains(changed);
    if (!current) program = analyse(path, rules);
  }

  std::map<std::string, Datum::List> found;
  for (const auto& [path, diagnostics] : shown_) found[path];
  for (const auto& [path, document] : documents_.by_path()) found[path];
  for (const std::string& root : roots()) {
    const Analysis& analysis = *programs_.at(root);
    for (const auto& loaded : analysis.program.files) {
      Datum::List& all = found[analysis.program.sources.at(loaded->file).path];
      const auto others = static_cast<std::ptrdiff_t>(all.size());  // found by another program that has this file too
      for (Datum& one : diagnose(analysis, loaded->file, [this](const std::string& of) { return uri(of); })) {
        const auto end = all.begin() + others;
        if (std::find(all.begin(), end, one) == end) all.push_back(std::move(one));
      }
    }
  }
  std::vector<Datum> out;
  for (auto& [path, diagnostics] : found) {
    const Document* const document = documents_.find(path);
    const auto shown = shown_.find(path);
    const bool same = shown == shown_.end() ? diagnostics.empty() : shown->second == diagnostics;
    if (same && (document == nullptr || !changed_.contains(path))) continue;
    Datum::Struct params{{"uri", uri(path)}};
    if (document != nullptr) params.emplace_back("version", document->version);
    params.emplace_back("diagnostics", diagnostics);
    out.emplace_back(std::move(params));
    if (document == nullptr && diagnostics.empty()) {
      shown_.erase(path);
    } else {
      shown_[path] = std::move(diagnostics);
    }
  }
  changed_.clear();
  return out;
}

const Analysis* Workspace::program_of(const std::string& path) const {
  if (documents_.find(path) == nullptr) return nullptr;
  for (const std::string& root : roots()) {
    const Analysis& program = *programs_.at(root);
    if (program.file(path)) return &program;
  }
  return nullptr;
}

std::unique_ptr<Analysis> Workspace::analyse_with(const std::string& root,
                                                  const std::map<std::string, std::string>& texts) const {
  return analyse(root, rules_with(texts));
}

}  // namespace blox::tools::lsp
