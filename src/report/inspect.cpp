#include "report/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/human_size.h"
#include "elf/format.h"
#include "report/missing.h"
#include "report/tree.h"

namespace bundle::report {

namespace {

using Json = nlohmann::ordered_json;

const char* relro_name(ProgramFacts::Relro relro) {
  switch (relro) {
    case ProgramFacts::Relro::none:
      return "none";
    case ProgramFacts::Relro::partial:
      return "partial";
    case ProgramFacts::Relro::full:
      return "full";
  }
  return "";
}

const char* rule_key(Rule rule) {
  switch (rule) {
    case Rule::program:
      return "program";
    case Rule::interpreter:
      return "interpreter";
    case Rule::preload:
      return "preload";
    case Rule::already_loaded:
      return "already-loaded";
    case Rule::slash:
      return "path";
    case Rule::rpath:
      return "rpath";
    case Rule::library_path:
      return "library-path";
    case Rule::runpath:
      return "runpath";
    case Rule::cache:
      return "cache";
    case Rule::default_folder:
      return "default";
    case Rule::added:
      return "added";
  }
  return "";
}

const char* outcome_key(Probe outcome) {
  switch (outcome) {
    case Probe::found:
      return "found";
    case Probe::absent:
      return "absent";
    case Probe::not_elf:
      return "not-elf";
    case Probe::wrong_machine:
      return "wrong-machine";
    case Probe::unreadable:
      return "unreadable";
  }
  return "";
}

Json owner_of(const Closure& closure, size_t owner) {
  return owner == no_object ? Json(nullptr) : Json(closure.objects.at(owner).path);
}

Json json_of(const Closure& closure, const Edge& edge) {
  Json out;
  out["name"] = edge.name;
  out["path"] = owner_of(closure, edge.target);
  if (edge.target != no_object) {
    out["rule"] = rule_key(edge.rule);
    if (edge.rule_owner != no_object) out["rule_of"] = owner_of(closure, edge.rule_owner);
    out["why"] = describe_rule(closure, edge);
  }
  if (!edge.hwcaps.empty()) out["hwcaps"] = edge.hwcaps;
  if (!edge.tried.empty()) {
    Json& tried = out["tried"] = Json::array();
    for (const Tried& look : edge.tried) {
      Json item = {{"path", look.path}, {"rule", rule_key(look.rule)}, {"outcome", outcome_key(look.outcome)}};
      if (look.rule_owner != no_object) item["rule_of"] = owner_of(closure, look.rule_owner);
      if (!look.detail.empty()) item["detail"] = look.detail;
      tried.push_back(std::move(item));
    }
  }
  return out;
}

Json json_of(const Closure& closure, const Object& object) {
  Json out = {{"path", object.path}, {"real_path", object.real_path}, {"name", object.name}, {"size", object.size}};
  if (object.soname) out["soname"] = *object.soname;
  if (object.rpath) out["rpath"] = *object.rpath;
  if (object.runpath) out["runpath"] = *object.runpath;
  out["rule"] = rule_key(object.rule);
  Json& needs = out["needs"] = Json::array();
  for (const Edge& edge : object.needs) needs.push_back(json_of(closure, edge));
  if (!object.filters.empty()) {
    Json& filters = out["filters"] = Json::array();
    for (const Filter& filter : object.filters) {
      Json item = json_of(closure, filter.edge);
      item["optional"] = filter.optional;
      filters.push_back(std::move(item));
    }
  }
  return out;
}

Json json_of(const ProgramFacts& facts) {
  Json out;
  const auto known = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  out["static"] = facts.is_static;
  out["lowest_glibc"] = known(facts.lowest_glibc);
  out["lowest_glibcxx"] = known(facts.lowest_glibcxx);
  out["kernel_floor"] = known(facts.kernel_floor);
  out["build_id"] = known(facts.build_id);
  out["pie"] = facts.position_independent;
  out["relro"] = relro_name(facts.relro);
  out["executable_stack"] = facts.executable_stack;
  out["stack_protector"] = facts.stack_protector;
  out["fortified"] = facts.fortified;
  return out;
}

}  // namespace

std::string render_facts(const Closure& closure, bool colour) {
  const ProgramFacts& facts = closure.facts.value();
  const Object& program = closure.objects.at(0);
  const auto bad = [&](const char* text) {
    return colour ? fmt::format("\033[33m{}\033[0m", text) : std::string(text);
  };
  std::string out;
  const auto line = [&](const char* name, const std::string& value) {
    out += colour ? fmt::format("\033[2m{:<11}\033[0m {}\n", name, value) : fmt::format("{:<11} {}\n", name, value);
  };
  const char* kind = program.is_static ? "static program" : program.is_library ? "shared library" : "program";
  const char* libc = closure.loader_kind == LoaderKind::musl    ? ", musl"
                     : closure.loader_kind == LoaderKind::glibc ? ", glibc"
                                                                : "";
  line("kind", fmt::format("{} for {}{}", kind, elf::machine_name(program.machine), libc));
  uint64_t bytes = 0;
  for (const Object& object : closure.objects) bytes += object.size;
  line("files", fmt::format("{}, {} together", closure.objects.size(), human_size(bytes)));
  if (!facts.lowest_glibc.empty()) {
    std::string text = fmt::format("{} or newer, for the file alone", printable(facts.lowest_glibc));
    if (!facts.lowest_glibcxx.empty())
      text += fmt::format(" (and libstdc++ with GLIBCXX_{})", printable(facts.lowest_glibcxx));
    line("glibc", text);
  }
  if (!facts.kernel_floor.empty()) line("kernel", printable(facts.kernel_floor) + " or newer, by its ABI note");
  std::string hardening = facts.position_independent ? "PIE" : bad("no PIE");
  hardening += facts.relro == ProgramFacts::Relro::full      ? ", full RELRO"
               : facts.relro == ProgramFacts::Relro::partial ? ", partial RELRO"
                                                             : ", " + bad("no RELRO");
  hardening += facts.executable_stack ? ", " + bad("executable stack") : ", stack not executable";
  if (!facts.is_static) {
    hardening += facts.stack_protector ? ", stack protector" : ", no stack protector";
    if (facts.fortified) hardening += ", fortified";
  }
  line("hardening", hardening);
  return out;
}

std::string render_list(const Closure& closure, bool real) {
  std::string out;
  for (size_t i = 1; i < closure.objects.size(); ++i) {
    out += printable(real ? closure.objects[i].real_path : closure.objects[i].path, SIZE_MAX) + '\n';
  }
  return out;
}

std::string render_json(const Closure& closure) {
  const Object& program = closure.objects.at(0);
  Json out;
  out["program"] = program.path;
  out["machine"] = elf::machine_name(program.machine);
  out["bits"] = program.is_64 ? 64 : 32;
  out["libc"] = closure.loader_kind == LoaderKind::musl    ? Json("musl")
                : closure.loader_kind == LoaderKind::glibc ? Json("glibc")
                                                           : Json(nullptr);
  out["interpreter"] = owner_of(closure, closure.interpreter);
  out["facts"] = json_of(closure.facts.value());
  Json& objects = out["objects"] = Json::array();
  for (const Object& object : closure.objects) objects.push_back(json_of(closure, object));
  Json& missing = out["missing"] = Json::array();
  for (const Closure::Missing& item : closure.missing) {
    const MissingLibrary library = missing_library(closure, item);
    missing.push_back({{"name", library.name}, {"needed_by", library.needed_by}, {"folders", library.folders}});
    if (library.is_driver) missing.back()["driver"] = true;
  }
  if (closure.interpreter == no_object && program.interpreter) {
    missing.push_back({{"name", *program.interpreter}, {"needed_by", program.path}, {"folders", Json::array()}});
  }
  Json& versions = out["version_problems"] = Json::array();
  for (const VersionProblem& problem : closure.version_problems) {
    versions.push_back(
        {{"version", problem.version},
         {"needed_by", closure.objects.at(problem.object).path},
         {"library", problem.target == no_object ? problem.library : closure.objects.at(problem.target).path},
         {"fatal", problem.is_fatal()}});
  }
  out["notes"] = closure.notes;
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace bundle::report
