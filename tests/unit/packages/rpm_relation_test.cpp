#include "packages/rpm_relation.h"

#include <doctest/doctest.h>

#include <string>

using bundle::packages::capabilities_of;
using Names = std::vector<std::string_view>;

TEST_CASE("a requirement is a capability, or several with a condition") {
  CHECK(capabilities_of("libc.so.6(GLIBC_2.34)(64bit)") == Names{"libc.so.6(GLIBC_2.34)(64bit)"});
  CHECK(capabilities_of("/bin/sh") == Names{"/bin/sh"});
  CHECK(capabilities_of("(foo or bar(x86-64) >= 1:2-3)") == Names{"foo", "bar(x86-64)"});
  CHECK(capabilities_of("(foo if bar)") == Names{"foo"});
  CHECK(capabilities_of("(foo >= 2 if (bar or baz) else other)") == Names{"foo", "other"});
  CHECK(capabilities_of("((foo and libz.so.1()(64bit)) unless bar)") == Names{"foo", "libz.so.1()(64bit)"});
  CHECK(capabilities_of("(python3dist(x) >= 1 with python3dist(x) < 2)") == Names{"python3dist(x)", "python3dist(x)"});
  CHECK(capabilities_of("(a without b)") == Names{"a"});
}

TEST_CASE("a requirement of brackets that do not match has an end") {
  for (const std::string& text : {std::string("("), std::string("())))"), std::string("(a if"), std::string("(>="),
                                  std::string(200'000, '('), "(a" + std::string(200'000, '(')})
    (void)capabilities_of(text);
}
