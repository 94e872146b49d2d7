// What packages' installations make on each machine of what packages ship, and no package lists: caches, catalogs,
// formats, lists of folders. Whoever has the packages has the same, so it is nobody's secret, wherever it lies.
//
// One row a file, or several of one kind: its path, and what in a bundle asks for it. Places that packages have to
// themselves need no row: what lies there unlisted goes in with their own files.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

struct Generated {
  /// A glob whose '*' stands for anything but '/'; "/**" at its end for all that lies below. {name} is what the program
  /// that asks is called: "pdflatex" of the program pdftex.
  std::string_view path;
  /// Beginning of the name of a function that an object calls. Without one the text speaks for itself.
  std::string_view call = {};
  /// What stands in the object, from one NUL to the next; one that begins with '/' is a path that it names, alone or in
  /// a list.
  std::string_view text = {};
  /// What is in the bundle: this file, or something below this folder.
  std::string_view beside = {};
};

inline constexpr std::array generated = std::to_array<Generated>({
    // GLib's settings, by glib-compile-schemas; the types of files, by update-mime-database.
    {"/usr/share/glib-2.0/schemas/gschemas.compiled", "g_settings_new"},
    {"/usr/share/glib-2.0/schemas/gschemas.compiled", "g_settings_schema_source_get_default"},
    {"/usr/share/mime/mime.cache", "g_content_type_guess"},
    // TeX's, by mktexlsr, updmap, fmtutil and update-texmf. A tree that is searched by its list is searched by nothing
    // else, and without a format of its name an engine does not start.
    {"/etc/texmf/web2c/texmf.cnf", "kpathsea_"},
    {"/var/lib/texmf/ls-R*", "kpathsea_"},
    {"/var/lib/texmf/web2c/*/{name}.fmt", "kpathsea_", ".fmt"},
    {"/var/lib/texmf/web2c/*/{name}.base", "kpathsea_", ".base"},
    {"/var/lib/texmf/tex/generic/config/*", "kpathsea_", ".fmt"},
    {"/var/lib/texmf/fonts/map/pdftex/updmap/pdftex.map", "kpathsea_", "pdftex.map"},
    {"/var/lib/texmf/fonts/map/dvips/updmap/psfonts.map", "kpathsea_", "psfonts.map"},
    {"/var/lib/texmf/fonts/map/dvipdfmx/updmap/kanjix.map", "kpathsea_", "kanjix.map"},
    {"/var/lib/texmf/dvips/config/*", "kpathsea_", "psfonts.map"},
    // Ghostscript's fonts, by update-gsfonts.
    {"/var/lib/ghostscript/fonts/Fontmap", {}, "/var/lib/ghostscript/fonts"},
    {"/var/lib/ghostscript/fonts/cidfmap", {}, "/var/lib/ghostscript/fonts"},
    // Where document types lie, by update-xmlcatalog and update-catalog: of use with the types alone.
    {"/etc/xml/*", {}, {}, "/usr/share/xml"},
    {"/etc/sgml/*", {}, {}, "/usr/share/sgml"},
    {"/var/lib/sgml-base/*", {}, {}, "/usr/share/sgml"},
    // Which parsers there are, by update-perl-sax-parsers.
    {"/etc/perl/XML/SAX/ParserDetails.ini", {}, {}, "/usr/share/perl5/XML/SAX.pm"},
    // What packages' own links lead to: the certificates are a named set (sets.h), dictionaries are compiled by aspell
    // and ispell, LibreOffice registers what comes with it.
    {"/etc/ssl/certs/ca-certificates.crt"},
    {"/etc/ssl/certs/java/cacerts"},
    {"/etc/pki/tls/certs/ca-bundle.crt"},
    {"/etc/pki/ca-trust/extracted/**"},
    {"/etc/ssl/cert.pem"},
    {"/etc/ssl/ca-bundle.pem"},
    {"/var/lib/texmf/fmtutil.cnf-*"},
    {"/var/lib/texmf/updmap.cfg-*"},
    {"/var/lib/aspell/*"},
    {"/var/lib/ispell/*"},
    {"/var/lib/libreoffice/share/prereg/**"},
});

/// Whether it is one of those, whatever asks for it.
bool is_generated(std::string_view path);

/// Libraries by whose use a program is told that knows words of all sorts, the names of characters and of a language's
/// commands: TeX's "aleph" is a letter, and no program of its packages.
inline constexpr std::array<std::string_view, 1> libraries_of_word_lists = {"libkpathsea.so"};

}  // namespace bundle::knowledge
