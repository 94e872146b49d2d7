// What a package has for people who sit in front of it: to choose from, to look at, to read. A program does its work
// without, so where a bundle is over its target's limit these go first.
//
// By what things are called, whosever they are: any package's templates are templates.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

struct Choice {
  std::string_view name;  // of a folder, a file less its ending, or in a package's name
  std::string_view use;   // what it is for, in a line for the user
};

/// Folders, wherever they lie in a package's own.
inline constexpr std::array<Choice, 24> folders_of_choices = {{
    {"template", "templates to choose from"},
    {"templates", "templates to choose from"},
    {"gallery", "pictures and sounds to choose from"},
    {"clipart", "pictures to choose from"},
    {"wallpapers", "pictures to choose from"},
    {"sounds", "sounds"},
    {"wizard", "dialogs"},
    {"wizards", "dialogs"},
    {"tutorial", "lessons"},
    {"tutorials", "lessons"},
    {"samples", "samples"},
    {"tipoftheday", "tips"},
    {"menubar", "menus"},
    {"toolbar", "menus"},
    {"toolbarmode", "menus"},
    {"statusbar", "menus"},
    {"popupmenu", "menus"},
    {"palette", "colours to choose from"},
    {"palettes", "colours to choose from"},
    {"labels", "labels to choose from"},
    {"emojiconfig", "emoji to choose from"},
    {"autocorr", "corrections while somebody types"},
    {"autotext", "texts to choose from"},
    {"xslt", "style sheets that convert between rare formats"},
}};

/// Files that are there to be read, by the part of their name ahead of a dot.
inline constexpr std::array<Choice, 8> files_of_choices = {{
    {"CREDITS", "who made it"},
    {"AUTHORS", "who made it"},
    {"THANKS", "who made it"},
    {"LICENSE", "its license"},
    {"COPYING", "its license"},
    {"NOTICE", "its license"},
    {"README", "what to know of it"},
    {"NEWS", "what to know of it"},
}};

/// Files by how they end: Basic's macros, which somebody's document may call, and what is shown beside a help text.
inline constexpr std::array<Choice, 2> endings_of_choices = {{
    {".xba", "macros to choose from"},
    {"_helpimg.zip", "pictures of its help"},
}};

/// Packages of nothing but how a program looks: libreoffice-style-colibre, adwaita-icon-theme.
inline constexpr std::array<std::string_view, 3> looks = {"-style-", "-icon-theme", "-wallpapers"};

/// In GTK's descriptions of windows (.ui), the classes of those that open on somebody's click, and of the forms in
/// them: what is to be filled out, and a size group, which makes the fields of a form one as wide as the other. Parts
/// of the main window are neither, and are read whether it is shown or not.
inline constexpr std::array<std::string_view, 8> dialogs = {
    "class=\"GtkDialog\"", "class=\"GtkMessageDialog\"", "class=\"GtkAssistant\"",   "class=\"GtkSizeGroup\"",
    "class=\"GtkEntry\"",  "class=\"GtkSpinButton\"",    "class=\"GtkRadioButton\"", "class=\"GtkCheckButton\""};

}  // namespace bundle::knowledge
