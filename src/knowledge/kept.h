// What slim keeps of a bundle though no run asked for it: what is opened only where something goes wrong, and what
// depends on where a program runs and not on what it does.
//
// Globs over the names of files on the source machine ('*' matches '/', too). All of it is in a bundle only where
// discovery had a reason to take it, and small: what a run alone can tell of (converters of far encodings, catalogs of
// messages, without which a message is in English) is not here.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

struct Kept {
  std::string_view glob, why;
};

inline constexpr std::array<Kept, 24> kept = {{
    {"*libgcc_s.so.1", "opened by name when a thread is cancelled, a stack is unwound or backtrace() is called"},
    {"*/libnss_*.so.2", "opened when a user, a host or a service is first looked up, which a message may do"},
    {"*/gconv/gconv-modules*", "says which converters there are: without it iconv_open knows none"},
    {"*/gconv/UTF-16.so", "a text that is not what a program expected is tried in the encodings of Unicode"},
    {"*/gconv/UTF-32.so", "as UTF-16"},
    {"*/gconv/ISO8859-1.so", "and then as Latin 1"},
    {"*/gconv/CP1252.so", "or as what Windows writes"},
    {"/usr/lib/locale/*", "which of the locales is read is said by the target's LANG and LC_ALL"},
    {"*/share/terminfo/*", "which terminal is read is said by the target's TERM"},
    {"/lib/terminfo/*", "as in /usr/share/terminfo"},
    {"/etc/terminfo/*", "as in /usr/share/terminfo"},
    {"/usr/share/i18n/locales/musl/*", "as in /usr/lib/locale"},
    {"/etc/ssl/certs/ca-certificates.crt", "read by the first connection, which a recording may have no network for"},
    {"/etc/ssl/cert.pem", "as ca-certificates.crt"},
    {"/etc/ssl/ca-bundle.pem", "as ca-certificates.crt"},
    {"/etc/pki/*.pem", "as ca-certificates.crt"},
    {"/etc/pki/*/ca-bundle.crt", "as ca-certificates.crt"},
    {"/etc/ssl/openssl.cnf", "read before the first error can be told"},
    {"*/python3*/encodings/*ascii*", "Python imports a codec when a text or a name of a file first needs it"},
    {"*/python3*/encodings/*latin_1*", "as ascii"},
    {"*/python3*/encodings/*idna*", "names of hosts are encoded by it"},
    {"*/python3*/linecache.*", "a traceback shows lines of sources"},
    {"*/python3*/traceback.*", "shows an exception that nobody caught in a thread, or that a program logs"},
    {"*/Carp*", "Perl's way to die: asked for when it does"},
}};

}  // namespace bundle::knowledge
