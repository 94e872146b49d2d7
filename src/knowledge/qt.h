// Where Qt's libraries look for what they load when they run (QLibraryInfo; Qt's documentation, "Using qt.conf").
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

/// The folders of plugins that a program may need without a screen of its own, seen from the folder of all.
inline constexpr std::array<std::string_view, 12> qt_plugin_folders = {
    "platforms",      "imageformats",          "iconengines", "styles",
    "platformthemes", "platforminputcontexts", "sqldrivers",  "printsupport",
    "mediaservice",   "xcbglintegrations",     "tls",         "generic"};

/// What stands beside the program and says where all else is.
inline constexpr std::array<std::string_view, 2> qt_settings = {"qt6.conf", "qt.conf"};

/// A row of its section [Paths], relative to that of the prefix, which is relative to the program's folder.
struct QtPath {
  std::string_view key, usual;
};
inline constexpr QtPath qt_plugins = {"Plugins", "plugins"};
inline constexpr std::array<QtPath, 5> qt_data = {{{"Translations", "translations"},
                                                   {"Data", ""},
                                                   {"Qml2Imports", ""},
                                                   {"QmlImports", ""},
                                                   {"LibraryExecutables", ""}}};

/// The library that looks, and the name by which one that was moved finds its plugins beside its own folder.
inline constexpr std::array<std::string_view, 2> qt_lookers = {"libQt5Core.so", "libQt6Core.so"};
inline bool is_qt_looker(std::string_view library) {
  return library.starts_with(qt_lookers[0]) || library.starts_with(qt_lookers[1]);
}

}  // namespace bundle::knowledge
