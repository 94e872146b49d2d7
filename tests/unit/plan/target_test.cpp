#include "plan/target.h"

#include <doctest/doctest.h>

#include <set>

#include "base/error.h"
#include "plan/layout.h"
#include "plan/objects.h"

using namespace bundle;

namespace {

plan::NamedProgram program(const std::string& path) {
  plan::NamedProgram out;
  out.given = path;
  out.closure.objects.push_back(object(path, ""));
  out.closure.objects.front().interpreter = "/lib64/ld-linux-x86-64.so.2";
  out.closure.interpreter = 1;
  out.closure.objects.push_back(object("/usr/lib/ld-2.36.so", "ld-linux-x86-64.so.2"));
  return out;
}

Plan laid_out(const char* target, plan::LayoutOptions options = {}) {
  options.target = plan::find_target(target);
  return plan::make_layout({program("/usr/bin/rig"), program("/usr/bin/jq")}, {}, options);
}

}  // namespace

TEST_CASE("each target has a name of its own, and Lambda's layer is the default") {
  std::set<std::string_view> names;
  for (const plan::Target* target : plan::targets()) {
    CHECK(names.insert(target->name).second);
    CHECK(plan::find_target(target->name) == target);
    CHECK(target->prefix.starts_with('/'));
    CHECK(!target->about.empty());
    CHECK(target->has_limit() == !target->service.empty());
  }
  CHECK(plan::default_target().name == "aws-lambda");
  CHECK(plan::find_target("aws") == nullptr);
}

TEST_CASE("where a bundle lies and what starts it is the target's to say") {
  const Plan lambda = laid_out("aws-lambda"), bootstrap = laid_out("aws-bootstrap"),
             azure = laid_out("azure-functions");
  CHECK(lambda.prefix == "/opt");
  CHECK(lambda.programs[0].launcher == "bin/rig");
  CHECK(bootstrap.prefix == "/var/task");
  CHECK(bootstrap.programs[0].launcher == "bootstrap");
  CHECK(bootstrap.programs[1].launcher == "lib/rig/bin/jq");
  CHECK(azure.folder == "tools/rig");
  CHECK(azure.prefix == "/home/site/wwwroot/tools/rig");
  CHECK(azure.programs[1].launcher == "bin/jq");
  CHECK(laid_out("plain").prefix == "/");
}

TEST_CASE("a prefix of the user's is where the output is unpacked, whatever the target") {
  plan::LayoutOptions options;
  options.prefix = "/srv/www";
  CHECK(laid_out("azure-functions", options).prefix == "/srv/www/tools/rig");
  CHECK(laid_out("aws-lambda", options).prefix == "/srv/www");
}

TEST_CASE("what keeps no run bits needs launchers") {
  plan::LayoutOptions options;
  options.launchers = false;
  CHECK_THROWS_AS(laid_out("azure-functions", options), Error);
  CHECK_NOTHROW(laid_out("aws-bootstrap", options));
}

TEST_CASE("a client stands where the target looks, and the program it runs does not") {
  plan::LayoutOptions options;
  options.has_client = true;
  options.target = plan::find_target("aws-bootstrap");
  const Plan plan = plan::make_layout({program("/usr/bin/jq")}, {}, options);
  CHECK(plan.programs[0].launcher == "lib/jq/bin/jq");
  size_t launchers = 0;
  for (const Item& item : plan.items) launchers += item.kind == Kind::launcher ? 1 : 0;
  CHECK(launchers == 2);
  CHECK(plan.items.front().path == "bootstrap");
}
