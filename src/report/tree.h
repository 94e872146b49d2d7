// A closure as text for people: the tree of who needs whom, each edge with the rule that found it.
//
// Every object is unfolded once, under the one that loaded it; further edges to it are one line each, so the
// output is linear in the edges. Names come from hostile files and are made printable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace bundle::report {

/// The tree with what is missing (and each folder tried), version problems and notes below it. Ends in a
/// newline.
std::string render_tree(const Closure& closure, bool colour);

/// "rpath of /opt/a/liba.so", "ld.so.cache", "already loaded": why an edge led where it led.
std::string describe_rule(const Closure& closure, const Edge& edge);

/// "not there", "is for aarch64" …: what one look gave.
std::string describe_look(const Tried& tried);

/// The objects that go by `wanted`: its path, real path, name, SONAME or the name in a DT_NEEDED.
std::vector<size_t> objects_named(const Closure& closure, std::string_view wanted);

/// The chains from the program to each object that goes by `wanted`, one line each, the shortest first and at
/// most `limit` of them; then how many more. Empty when there is no such object.
std::string render_chains(const Closure& closure, std::string_view wanted, size_t limit, bool colour);

}  // namespace bundle::report
