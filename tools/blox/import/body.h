// One body of a topology: the main one, or that of a group with certain arguments.
// Part of the translation.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/blox/import/old_form.h"
#include "tools/blox/import/parts.h"

namespace blox::tools {

/// A group as a compound of today.
struct Variant {
  std::string class_name;
  std::vector<std::pair<std::string, OldForm>> formals;
  std::vector<PortHere> ports;  ///< `element` is empty: that of the use
};

/// What the blocks of a group, and of those in it, want of an argument of its instance.
struct ArgUse {
  std::set<OldForm> forms;
  bool shapes = false;  ///< its value decides which elements there are
};

/// What all bodies share.
struct Translation {
  Translation(const OldTopology& old, Diagnostics& out) : topology(old), diagnostics(out), parts(out) {}

  const OldTopology& topology;
  Diagnostics& diagnostics;
  PartsMaker parts;
  std::map<std::string, Variant> variants;  ///< by group and arguments
  std::map<std::pair<const OldGroup*, std::string>, ArgUse> arg_uses;
  std::set<size_t> used_groups;
  std::vector<size_t> open_groups;         ///< being translated, the outermost first
  std::set<std::string> class_names;       ///< taken
  std::vector<std::string> class_texts;    ///< in the order in which they must stand
  size_t elements = 0;
  bool full = false;  ///< and reported

  const OldGroup* find_group(std::string_view name, size_t* index = nullptr) const;
  /// The same name, or one with a number where it is taken.
  std::string free_class(const std::string& wanted);
};

class Body {
 public:
  Body(Translation& all, const OldGroup& group, std::vector<Given> args)
      : all_(all), group_(group), args_(std::move(args)) {}

  /// The text of the body.
  std::string translate();
  /// Of a group, after translate().
  std::vector<PortHere> ports() { return std::move(outer_ports_); }

 private:
  struct Placed {
    bool lost = false;  ///< and reported
    bool rpc = false;
    const OldClass* relay = nullptr;  ///< it is nothing but connections
    std::string name;
    Made made;
  };

  void name_blocks();
  void gather_connections();
  void pass_relays();
  void place(const OldBlock& block, Placed& placed);
  bool place_group(const OldBlock& block, const OldGroup& group, const std::vector<Given>& givens, Placed& placed);
  bool place_shard(const OldBlock& block, const OldClass& old, const std::vector<Given>& givens, Placed& placed);
  struct Instance;  ///< what a shard is made of
  bool find_instance(const OldClass& old, const std::vector<Given>& givens, const OldBlock& block, Instance& out);
  bool make_instance(const Instance& instance, const std::string& name, const std::vector<Given>& givens, Made& made);
  bool share(const Instance& instance, Placed& placed);
  struct Parting;
  bool part(const OldClass& old, const Instance& instance, const std::string& field, Parting& out);
  bool share_apart(const Instance& instance, const Parting& parting, Placed& placed);
  void connect(const OldConnection& connection);
  std::optional<PortHere> find_end(const OldEnd& end, Direction direction);
  void discard_rest(const Placed& placed);
  void connect_outside(const OldGroupPort& port);
  int64_t queue_of(const std::string& block) const;
  const OldBlock* find_block(const OldWord& id);
  const Variant* variant_of(const OldGroup& group, size_t index, const std::vector<Given>& givens, Span span);
  const ArgUse& use_of(const OldGroup& group, const std::string& arg, int depth);
  std::string free_name(const std::string& wanted);

  Translation& all_;
  const OldGroup& group_;
  std::vector<Given> args_;
  std::map<std::string, Placed> placed_;                ///< by id
  std::map<std::string, std::set<std::string>> used_;  ///< ports that are connected, by id
  std::set<std::string> names_{"home"};  ///< taken; that one by the parameter
  std::vector<OldConnection> wanted_;
  std::map<std::string, std::vector<OldConnection>> relayed_;  ///< what left a relay, by id
  std::vector<NewElement> elements_;
  std::vector<NewConnection> connections_;
  std::vector<PortHere> outer_ports_;
};

}  // namespace blox::tools
