// See runtimes.h. Versions are told by the newest one of each line: a library defines all before it, too.
#include "knowledge/runtimes.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>

namespace bundle::knowledge {

namespace {

constexpr std::array glibc_versions = {
    "GLIBC_2.2.5", "GLIBC_2.2.6", "GLIBC_2.3",  "GLIBC_2.3.2", "GLIBC_2.3.3", "GLIBC_2.3.4", "GLIBC_2.4",  "GLIBC_2.5",
    "GLIBC_2.6",   "GLIBC_2.7",   "GLIBC_2.8",  "GLIBC_2.9",   "GLIBC_2.10",  "GLIBC_2.11",  "GLIBC_2.12", "GLIBC_2.13",
    "GLIBC_2.14",  "GLIBC_2.15",  "GLIBC_2.16", "GLIBC_2.17",  "GLIBC_2.18",  "GLIBC_2.19",  "GLIBC_2.20", "GLIBC_2.21",
    "GLIBC_2.22",  "GLIBC_2.23",  "GLIBC_2.24", "GLIBC_2.25",  "GLIBC_2.26",  "GLIBC_2.27",  "GLIBC_2.28", "GLIBC_2.29",
    "GLIBC_2.30",  "GLIBC_2.31",  "GLIBC_2.32", "GLIBC_2.33",  "GLIBC_2.34"};
constexpr std::array stdcxx_versions = {
    "GLIBCXX_3.4",    "GLIBCXX_3.4.1",  "GLIBCXX_3.4.2",  "GLIBCXX_3.4.3",  "GLIBCXX_3.4.4",  "GLIBCXX_3.4.5",
    "GLIBCXX_3.4.6",  "GLIBCXX_3.4.7",  "GLIBCXX_3.4.8",  "GLIBCXX_3.4.9",  "GLIBCXX_3.4.10", "GLIBCXX_3.4.11",
    "GLIBCXX_3.4.12", "GLIBCXX_3.4.13", "GLIBCXX_3.4.14", "GLIBCXX_3.4.15", "GLIBCXX_3.4.16", "GLIBCXX_3.4.17",
    "GLIBCXX_3.4.18", "GLIBCXX_3.4.19", "GLIBCXX_3.4.20", "GLIBCXX_3.4.21", "GLIBCXX_3.4.22", "GLIBCXX_3.4.23",
    "GLIBCXX_3.4.24", "GLIBCXX_3.4.25", "GLIBCXX_3.4.26", "GLIBCXX_3.4.27", "GLIBCXX_3.4.28", "GLIBCXX_3.4.29"};
constexpr std::array cxxabi_versions = {"CXXABI_TM_1",   "CXXABI_FLOAT128", "CXXABI_1.3",    "CXXABI_1.3.1",
                                        "CXXABI_1.3.2",  "CXXABI_1.3.3",    "CXXABI_1.3.4",  "CXXABI_1.3.5",
                                        "CXXABI_1.3.6",  "CXXABI_1.3.7",    "CXXABI_1.3.8",  "CXXABI_1.3.9",
                                        "CXXABI_1.3.10", "CXXABI_1.3.11",   "CXXABI_1.3.12", "CXXABI_1.3.13"};
constexpr std::array gcc_versions = {"GCC_3.0",   "GCC_3.3",   "GCC_3.3.1", "GCC_3.4",   "GCC_3.4.2",
                                     "GCC_3.4.4", "GCC_4.0.0", "GCC_4.2.0", "GCC_4.3.0", "GCC_4.4.0",
                                     "GCC_4.5.0", "GCC_4.7.0", "GCC_4.8.0", "GCC_7.0.0"};
constexpr std::array zlib_versions = {"ZLIB_1.2.0",   "ZLIB_1.2.0.2", "ZLIB_1.2.0.8", "ZLIB_1.2.2",   "ZLIB_1.2.2.3",
                                      "ZLIB_1.2.2.4", "ZLIB_1.2.3.3", "ZLIB_1.2.3.4", "ZLIB_1.2.3.5", "ZLIB_1.2.5.1",
                                      "ZLIB_1.2.5.2", "ZLIB_1.2.7.1", "ZLIB_1.2.9"};

/// The line up to and with `newest`.
std::vector<std::string> up_to(std::span<const char* const> line, std::string_view newest) {
  std::vector<std::string> out;
  for (const std::string_view version : line) {
    out.emplace_back(version);
    if (version == newest) break;
  }
  return out;
}

std::vector<std::string> both(std::vector<std::string> one, const std::vector<std::string>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

/// What every runtime has of libc and the compiler: glibc's own libraries, libgcc_s and libstdc++.
std::vector<RuntimeLibrary> basic(std::string_view glibc, std::string_view stdcxx, std::string_view cxxabi) {
  std::vector<RuntimeLibrary> out;
  std::vector<std::string> versions = up_to(glibc_versions, glibc);
  versions.emplace_back("GLIBC_PRIVATE");
  for (const std::string_view soname :
       {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libresolv.so.2", "libutil.so.1",
        "libanl.so.1", "libmvec.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}) {
    out.push_back({soname, versions});
  }
  out.push_back({"libgcc_s.so.1", up_to(gcc_versions, "GCC_7.0.0")});
  out.push_back({"libstdc++.so.6", both(up_to(stdcxx_versions, stdcxx), up_to(cxxabi_versions, cxxabi))});
  return out;
}

/// `unconfirmed`: what other systems of that age have, and no public document says of this one.
Runtime amazon_linux(std::string_view name, std::vector<RuntimeLibrary> libraries, std::string_view zlib,
                     std::initializer_list<std::string_view> unconfirmed) {
  libraries.push_back({"libz.so.1", up_to(zlib_versions, zlib)});
  for (const std::string_view soname : unconfirmed) libraries.push_back({soname, {}});
  return {name, "/lib64", std::move(libraries)};
}

Runtime al2023() {
  return amazon_linux(
      "Amazon Linux 2023", basic("GLIBC_2.34", "GLIBCXX_3.4.29", "CXXABI_1.3.13"), "ZLIB_1.2.9",
      {"libcrypto.so.3", "libssl.so.3", "libcurl.so.4", "libxml2.so.2", "liblzma.so.5", "libbz2.so.1", "libzstd.so.1",
       "libsqlite3.so.0", "libffi.so.8", "libtinfo.so.6", "libreadline.so.8", "libpcre2-8.so.0", "libexpat.so.1"});
}

Runtime al2() {
  std::vector<RuntimeLibrary> libraries = basic("GLIBC_2.26", "GLIBCXX_3.4.24", "CXXABI_1.3.11");
  libraries.push_back({"libnsl.so.1", up_to(glibc_versions, "GLIBC_2.26")});
  return amazon_linux("Amazon Linux 2", std::move(libraries), "ZLIB_1.2.5.2",
                      {"libcrypto.so.10", "libssl.so.10", "libcurl.so.4", "libxml2.so.2", "liblzma.so.5", "libbz2.so.1",
                       "libsqlite3.so.0", "libffi.so.6", "libtinfo.so.6", "libexpat.so.1"});
}

bool is_lambda(std::string_view target) { return target == "aws-lambda" || target == "aws-bootstrap"; }

}  // namespace

bool Runtime::is_confirmed(std::string_view soname) const {
  return std::any_of(libraries.begin(), libraries.end(), [&](const RuntimeLibrary& library) {
    return library.soname == soname && !library.versions.empty();
  });
}

const std::vector<Runtime>& runtimes_of(std::string_view target) {
  static const std::vector<Runtime> none;
  if (!is_lambda(target)) return none;
  static const std::vector<Runtime> lambda = {al2023(), al2()};
  return lambda;
}

std::string_view library_path_of(std::string_view target) {
  return is_lambda(target)
             ? "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
             : "";
}

}  // namespace bundle::knowledge
