#include "run/notes.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace bundle;

namespace {

using Texts = std::vector<std::string>;

Program named(const std::string& name) {
  Program program;
  program.name = name;
  return program;
}

Texts notes_of(const Plan& plan) {
  machine::Root root("");
  return run::notes_of(run::BundleOptions(), plan, root, {}, {}, {}, true);
}

}  // namespace

TEST_CASE("a plan of which nothing has to be known has no notes") {
  Plan plan;
  plan.prefix = "/opt";
  plan.programs = {named("rig")};
  CHECK(notes_of(plan).empty());
  plan.wants_redirection = true;
  plan.redirect_machine = 62;
  CHECK(notes_of(plan).empty());
}

TEST_CASE("a program without a launcher starts at the prefix only, whatever else is there") {
  Plan plan;
  plan.prefix = "/opt";
  plan.programs = {named("rig"), named("app")};
  plan.programs[1].lacks_launcher = true;
  CHECK(notes_of(plan) == Texts{"app: there is no launcher for its machine, so it starts at /opt only"});
}

TEST_CASE("where data is bundled, programs that cannot be answered for it are told of, once for all of a machine") {
  Plan plan;
  plan.wants_redirection = true;
  plan.programs = {named("fixed"), named("rig"), named("helper")};
  plan.programs[0].is_static = true;
  plan.programs[2].is_helper = true;
  const std::string fixed = "fixed: is static, so it looks for its data where the target has it, not in the bundle";
  plan.redirect_machine = 62;
  CHECK(notes_of(plan) == Texts{fixed});
  plan.redirect_machine = 0;
  CHECK(notes_of(plan) == Texts{fixed,
                                "there is no redirect library for this machine, so the data is found only by programs "
                                "that are told where it lies"});
  plan.programs[1].is_static = true;  // nobody is left who would ask it
  CHECK(notes_of(plan).size() == 2);
  CHECK(notes_of(plan).back().starts_with("rig: is static"));
  plan.wants_redirection = false;
  CHECK(notes_of(plan).empty());
}
