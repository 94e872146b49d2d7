// What it says of an object that it imports a function: it opens libraries, it asks where it lies, it starts programs
// or an interpreter, it needs one of the named sets. One row a function and a question.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

/// By which an object opens libraries: libdl's, NSPR's, GLib's, Qt's (QLibrary::load, QLibrary::resolve).
inline constexpr std::array<const char*, 7> opening_calls = {"dlopen",
                                                             "dlmopen",
                                                             "PR_LoadLibrary",
                                                             "PR_LoadLibraryWithFlags",
                                                             "g_module_open",
                                                             "_ZN8QLibrary4loadEv",
                                                             "_ZN8QLibrary7resolveEPKc"};

/// By which it asks the loader where it lies itself.
inline constexpr std::array<const char*, 3> place_calls = {"dladdr", "dladdr1", "dlinfo"};

/// By which it starts programs.
inline constexpr std::array<const char*, 8> starting_calls = {"execve", "execv",       "execvp",       "execl",
                                                              "execlp", "posix_spawn", "posix_spawnp", "execvpe"};

/// By which it starts them beside itself. One that starts others and has none of these does so in its own place.
inline constexpr std::array<const char*, 7> forking_calls = {"fork",         "vfork",  "clone", "posix_spawn",
                                                             "posix_spawnp", "system", "popen"};

/// The functions by which a program starts an interpreter that lies in a library, and how the library's name begins.
/// The library computes where its modules are, and does nothing without them.
struct Interpreter {
  std::string_view library;
  std::array<const char*, 3> starters;
};
inline constexpr std::array<Interpreter, 6> interpreters = {{
    {"libpython", {"Py_Initialize", "Py_InitializeEx", "Py_InitializeFromConfig"}},
    {"libperl", {"perl_construct", "perl_alloc", "perl_parse"}},
    {"libruby", {"ruby_init", "ruby_setup", "ruby_sysinit"}},
    {"libtcl", {"Tcl_CreateInterp", "Tcl_FindExecutable", "Tcl_MainEx"}},
    {"libguile", {"scm_boot_guile", "scm_init_guile", "scm_with_guile"}},
    {"libjvm", {"JNI_CreateJavaVM", "JNI_GetDefaultJavaVMInitArgs", "JNI_GetCreatedJavaVMs"}},
}};

/// A set of files or libraries that a function stands for. See sets.h for what is in them.
enum class Set { gconv, locale, zoneinfo, terminfo, ca_bundle, nss, unwinding, shell };

struct SetCall {
  /// Whose call speaks for the program: its own, or one of a library of its packages.
  enum class By { program, close };
  Set set;
  const char* name;
  By by = By::program;
};
/// Of one set in the order in which they are told to the user.
inline constexpr std::array<SetCall, 37> set_calls = {{
    {Set::gconv, "iconv_open", SetCall::By::close},
    {Set::locale, "setlocale", SetCall::By::close},
    {Set::locale, "newlocale"},
    {Set::locale, "_ZNSt6localeC1EPKc"},  // std::locale(const char*)
    {Set::zoneinfo, "tzset", SetCall::By::close},
    {Set::zoneinfo, "localtime"},
    {Set::zoneinfo, "localtime_r"},
    {Set::zoneinfo, "localtime_rz"},
    {Set::zoneinfo, "tzalloc"},
    {Set::zoneinfo, "_ZN9QTimeZoneC1ERK10QByteArray"},  // QTimeZone(name), which reads the files itself
    {Set::terminfo, "setupterm"},
    {Set::terminfo, "tgetent"},
    {Set::terminfo, "initscr"},
    {Set::terminfo, "newterm"},
    {Set::terminfo, "setterm"},
    {Set::ca_bundle, "SSL_CTX_set_default_verify_paths", SetCall::By::close},
    {Set::ca_bundle, "SSL_CTX_set_default_verify_file"},
    {Set::ca_bundle, "X509_STORE_set_default_paths", SetCall::By::close},
    {Set::ca_bundle, "gnutls_certificate_set_x509_system_trust", SetCall::By::close},
    {Set::ca_bundle, "gnutls_x509_trust_list_add_system_trust"},
    {Set::nss, "getaddrinfo"},
    {Set::nss, "gethostbyname"},
    {Set::nss, "gethostbyname_r"},
    {Set::nss, "gethostbyname2"},
    {Set::nss, "gethostbyname2_r"},
    {Set::nss, "gethostbyaddr"},
    {Set::nss, "getpwnam"},
    {Set::nss, "getpwuid"},
    {Set::nss, "getpwnam_r"},
    {Set::nss, "getpwuid_r"},
    {Set::nss, "getgrnam"},
    {Set::nss, "getgrgid"},
    // glibc opens libgcc_s.so.1 by name for these; pthread_exit aborts the program when it is not there.
    {Set::unwinding, "pthread_exit"},
    {Set::unwinding, "pthread_cancel"},
    {Set::unwinding, "backtrace"},
    {Set::shell, "system", SetCall::By::close},
    {Set::shell, "popen", SetCall::By::close},
}};

}  // namespace bundle::knowledge
