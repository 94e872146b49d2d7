// What is in the named sets: encodings, terminals, certificates, name services. calls.h says who needs them.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

/// Of glibc's converters the usual part: the encodings of Unicode, Western and Eastern Europe, DOS, and of Japan,
/// China, Taiwan and Korea, with the tables that those link (libJIS and its kin, found by $ORIGIN).
inline constexpr std::array<const char*, 25> usual_converters = {
    "gconv-modules", "gconv-modules.cache", "UTF-16.so",     "UTF-32.so", "UTF-7.so",  "UNICODE.so", "ISO8859-1.so",
    "ISO8859-2.so",  "ISO8859-5.so",        "ISO8859-15.so", "CP1250.so", "CP1251.so", "CP1252.so",  "KOI8-R.so",
    "IBM437.so",     "IBM850.so",           "EUC-JP.so",     "SJIS.so",   "EUC-KR.so", "GBK.so",     "GB18030.so",
    "BIG5.so",       "libJIS.so",           "libKSC.so",     "libGB.so"};

/// Where time zones lie, as musl looks for them (src/time/__tz.c); glibc has the first built in.
inline constexpr std::array<const char*, 3> zone_folders = {"/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo"};

/// Where locales lie: glibc's, a folder each, and what MUSL_LOCPATH says where musl has any (musl-locales), a file
/// each.
inline constexpr const char* locale_folder = "/usr/lib/locale";
inline constexpr const char* musl_locale_folder = "/usr/share/i18n/locales/musl";

/// Where terminals are described. What is in the first of them ncurses-base ships, and it is taken whole.
struct TerminfoFolder {
  const char* path;
  bool is_usual = false;
};
inline constexpr std::array<TerminfoFolder, 3> terminfo_folders = {
    {{"/lib/terminfo", true}, {"/usr/share/terminfo"}, {"/etc/terminfo"}}};  // the last is Alpine's

/// The entries of ncurses-base, those that a terminal can be expected to have; ncurses-term has 2,800 more.
inline constexpr std::array<const char*, 13> usual_terminals = {
    "a/ansi",  "d/dumb",  "l/linux", "s/screen",         "s/screen-256color", "t/tmux", "t/tmux-256color",
    "v/vt100", "v/vt220", "x/xterm", "x/xterm-256color", "x/xterm-color",     "r/rxvt"};

/// The certificates that everybody trusts.
struct CaBundle {
  const char* path;
  bool is_wanted = false;  // those of these that are there are the set: one file, under each name that it has here
};
inline constexpr std::array<CaBundle, 6> ca_bundles = {{
    {"/etc/ssl/certs/ca-certificates.crt", true},                 // Debian's, Arch's, Alpine's
    {"/etc/pki/tls/certs/ca-bundle.crt", true},                   // Fedora's
    {"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", true},  // what that leads to
    {"/etc/ssl/ca-bundle.pem", true},                             // SUSE's
    {"/etc/ssl/cert.pem", true},                                  // Alpine's and Arch's, too
    {"/etc/ssl/certs/java/cacerts"},
}};

/// Where a store has what a system has in a folder for all, by globs: NixOS leads to its own from /etc, and other
/// systems with a store, and images of one, may have nothing else.
inline constexpr std::array<const char*, 2> zones_of_stores = {"/nix/store/*-tzdata-*/share/zoneinfo",
                                                               "/gnu/store/*-tzdata-*/share/zoneinfo"};
inline constexpr std::array<const char*, 2> certificates_of_stores = {
    "/nix/store/*-nss-cacert-*/etc/ssl/certs/ca-bundle.crt",
    "/gnu/store/*-nss-certs-*/etc/ssl/certs/ca-certificates.crt"};
/// How the paths begin by which a program names them.
inline constexpr std::array<std::string_view, 5> ca_places = {
    "/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle", "/etc/pki/tls/cert", "/etc/pki/ca-trust"};
/// The folders of certificates, whole, for whoever wants all.
inline constexpr std::array<const char*, 2> ca_folders = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

/// glibc's name services.
struct NameService {
  const char* library;
  bool is_usual = false;  // what a machine without settings for it has; 2.34 and later have both inside libc.so.6
};
inline constexpr std::array<NameService, 9> name_services = {{
    {"libnss_files.so.2", true},
    {"libnss_dns.so.2", true},
    {"libnss_compat.so.2"},
    {"libnss_hesiod.so.2"},
    {"libnss_systemd.so.2"},
    {"libnss_sss.so.2"},
    {"libnss_ldap.so.2"},
    {"libnss_myhostname.so.2"},
    {"libnss_resolve.so.2"},
}};

/// The options that bring more of a set, by where its files lie.
struct SetPlace {
  std::string_view part;  // of the path
  std::string_view option;
};
inline constexpr std::array<SetPlace, 7> set_places = {{{"/usr/share/zoneinfo/", "--zoneinfo all"},
                                                        {"/gconv/", "--gconv all"},
                                                        {"/share/terminfo/", "--terminfo all"},
                                                        {"/lib/terminfo/", "--terminfo all"},
                                                        {"/etc/terminfo/", "--terminfo all"},
                                                        {"/usr/share/fonts/", "--fonts all"},
                                                        {"/etc/fonts/", "--fonts all"}}};

}  // namespace bundle::knowledge
