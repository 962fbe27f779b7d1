#include "dsl/evaluate.h"

#include <algorithm>
#include <utility>

#include "dsl/parameter_type.h"

namespace blox::dsl {

using Form = Literal::Form;

void Environment::bind(const std::string& name, Literal value) {
  own_.insert_or_assign(name, std::move(value));
  all_.reset();
}

void Environment::lose(const std::string& name) {
  own_.erase(name);
  lost_.insert(name);
  all_.reset();
}

const Literal* Environment::find(std::string_view name) const {
  const auto found = own_.find(name);
  if (found != own_.end()) return &found->second;
  if (lost_.contains(name)) return nullptr;
  return outer_ == nullptr ? nullptr : outer_->find(name);
}

bool Environment::is_lost(std::string_view name) const {
  if (lost_.contains(name) || names_lost_) return true;
  return !own_.contains(name) && outer_ != nullptr && outer_->is_lost(name);
}

std::vector<std::string> Environment::names() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : *bindings()) out.push_back(name);
  return out;
}

std::shared_ptr<const Bindings> Environment::bindings() const {
  if (all_) return all_;
  if (own_.empty() && lost_.empty() && outer_ != nullptr) return outer_->bindings();
  auto all = outer_ == nullptr ? std::make_shared<Bindings>() : std::make_shared<Bindings>(*outer_->bindings());
  for (const std::string& name : lost_) all->erase(name);
  for (const auto& [name, value] : own_) all->insert_or_assign(name, value);
  all_ = all;
  return all;
}

void report(Diagnostic diagnostic, const std::vector<Use>& uses, Diagnostics& diagnostics) {
  for (auto use = uses.rbegin(); use != uses.rend(); ++use) {
    diagnostic.notes.push_back({"inside `" + use->compound + "`, used here", use->span});
  }
  diagnostics.add(std::move(diagnostic));
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::optional<std::string> near = nearest(name, candidates);
  return near ? "; did you mean `" + *near + "`?" : "";
}

std::optional<Literal> Evaluator::evaluate(const Value& value, const Environment& environment,
                                           const std::vector<Use>& uses) {
  environment_ = &environment;
  uses_ = &uses;
  Literal out;
  if (!into(value, out)) return std::nullopt;
  return out;
}

bool Evaluator::error(std::string_view code, Span span, std::string message, std::string fix) {
  report({Severity::kError, std::string(code), span, std::move(message), {}, std::move(fix)}, *uses_, diagnostics_);
  return false;
}

bool Evaluator::unknown(std::string_view name, Span span) {
  if (environment_->is_lost(name)) return false;
  const std::string near = did_you_mean(name, environment_->names());
  return error("E0203", span, "unknown parameter `" + std::string(name) + "`" + near,
               near.empty() ? "declare it: `param " + std::string(name) + " = …;`" : "");
}

bool Evaluator::into(const Value& value, Literal& out) {
  out.span = value.span;
  out.nullable = value.nullable;
  switch (value.kind) {
    case Value::Kind::kBroken: return false;
    case Value::Kind::kNull: out.form = Form::kNull; return true;
    case Value::Kind::kBool: out.form = Form::kBool; break;
    case Value::Kind::kInt: out.form = Form::kInt; break;
    case Value::Kind::kFloat: out.form = Form::kFloat; break;
    case Value::Kind::kDuration: out.form = Form::kDuration; break;
    case Value::Kind::kSize: out.form = Form::kSize; break;
    case Value::Kind::kShare: out.form = Form::kShare; break;
    case Value::Kind::kRange: out.form = Form::kRange; break;
    case Value::Kind::kText: return text(value, out);
    case Value::Kind::kName:
      out.form = Form::kName;
      out.text = value.text;
      return true;
    case Value::Kind::kParam: return param(value, out);
    case Value::Kind::kList: out.form = Form::kList; break;
    case Value::Kind::kBraces: out.form = Form::kMap; break;
    case Value::Kind::kCall:
      if (value.text == "env") return env(value, out);
      if (value.text == "secret") return secret(value, out);
      out.form = Form::kCall;
      out.text = value.text;
      break;
  }
  out.integer = value.integer;
  out.upper = value.high;
  out.real = value.real;
  bool known = true;
  out.items.resize(value.items.size());
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (value.items[i].key) out.keys.push_back(value.items[i].key->text);
    known = into(value.items[i].value, out.items[i]) && known;
  }
  return known;
}

bool Evaluator::text(const Value& value, Literal& out) {
  out.form = Form::kString;
  out.raw = value.text;
  out.pieces.reserve(value.anchors.size());
  for (const Anchor& anchor : value.anchors) out.pieces.push_back({anchor.text, anchor.file});
  if (!value.references.empty()) out.bindings = environment_->bindings();
  if (value.references.empty() || value.quotes == Value::Quotes::kRaw) {
    out.text = value.text;
    return true;
  }
  bool known = true;
  size_t copied = 0;
  for (const Reference& reference : value.references) {
    out.text.append(value.text, copied, reference.begin - copied);
    copied = reference.begin + reference.length;
    const Literal* bound = environment_->find(reference.name);
    if (bound == nullptr) {
      known = unknown(reference.name, reference.span);
      continue;
    }
    const bool verbatim = bound->form == Form::kString || bound->form == Form::kName;
    out.text += verbatim ? bound->text : bound->to_string();
    out.origin = std::max(out.origin, bound->hidden());
  }
  out.text.append(value.text, copied);
  return known;
}

// The value stands where it is used: that is what its reader complains about.
bool Evaluator::param(const Value& value, Literal& out) {
  const Literal* bound = environment_->find(value.text);
  if (bound == nullptr) return unknown(value.text, value.span);
  out = *bound;
  out.span = value.span;
  out.nullable = value.nullable || bound->nullable;
  out.pieces.clear();
  return true;
}

bool Evaluator::env(const Value& value, Literal& out) {
  const size_t count = value.items.size();
  Literal name;
  if (count >= 1 && !into(value.items[0].value, name)) return false;
  if (count < 1 || count > 2 || name.form != Form::kString) {
    return error("E0902", value.span, "`env` takes the name of a variable in quotes, and perhaps a default",
                 "write env(\"NAME\") or env(\"NAME\", default)");
  }
  Literal otherwise;
  if (count == 2 && !into(value.items[1].value, otherwise)) return false;
  const std::optional<std::string> found = outside_.env ? outside_.env(name.text) : std::nullopt;
  if (!found) {
    if (count == 1) {
      return error("E0902", value.span, "the environment variable `" + name.text + "` is not set",
                   "set it, or give a default: env(\"" + name.text + "\", …)");
    }
    out = std::move(otherwise);
    return true;
  }
  const ParameterType type =
      count == 2 ? infer_parameter_type(otherwise) : ParameterType{ParameterType::Kind::kString, {}};
  std::optional<Literal> read = read_as(*found, type);
  if (!read) {
    return error(
        "E0902", value.span,
        "the environment variable `" + name.text + "` holds no " + type.to_string());
  }
  out = std::move(*read);
  out.origin = Literal::Origin::kEnvironment;
  out.span = value.span;
  return true;
}

bool Evaluator::secret(const Value& value, Literal& out) {
  Literal reference;
  if (value.items.size() == 1 && !into(value.items[0].value, reference)) return false;
  if (value.items.size() != 1 || reference.form != Form::kString) {
    return error("E0903", value.span, "`secret` takes one text that says where the secret is",
                 "write secret(\"file:/path\")");
  }
  const Result<std::string> found = outside_.secret
                                        ? outside_.secret(reference.text)
                                        : Result<std::string>(Status::outside("secret", "there are none here"));
  if (!found) return error("E0903", value.span, "cannot read this secret: " + found.status().error().text);
  out = Literal::of(*found);
  out.origin = Literal::Origin::kSecret;
  out.span = value.span;
  return true;
}

}  // namespace blox::dsl
