// Stores of packages: folders in which each package has a folder of its own, named after what it was built from.
//
// Nix's and Guix's: /nix/store/HASH-NAME-VERSION-OUTPUT (Nix manual, "Store Path"; nix src/libstore/store-api.cc), 32
// letters of a base 32 without e, o, t and u. Such a folder has the shape of /usr, and its path is compiled into what
// it holds: it says nothing of who built it or where.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace bundle::knowledge {

struct Store {
  std::string_view folder;
  std::string_view database;           // of its valid paths and their references, SQLite's; not every copy has it
  std::string_view repair;             // what mends that
  std::string_view search;             // what tells which package has a file; the file's name follows
  bool is_searched_by_folder = false;  // it wants "lib/NAME"
};
inline constexpr std::array<Store, 2> stores = {{
    {"/nix/store", "/nix/var/nix/db/db.sqlite", "nix-store --verify", "nix-locate --top-level --whole-name", true},
    {"/gnu/store", "/var/guix/db/db.sqlite", "guix gc --verify", "guix locate"},
}};

/// What an output of a package is there for, by its name, which ends that of its folder (nixpkgs' multiple-outputs.sh;
/// guix's packages).
enum class Output { program, library, data, development, documentation };
struct OutputName {
  std::string_view name;
  Output is;
};
inline constexpr std::array<OutputName, 15> outputs = {{
    {"bin", Output::program},
    {"out", Output::program},
    {"lib", Output::library},
    {"libgcc", Output::library},
    {"data", Output::data},
    {"dev", Output::development},
    {"static", Output::development},
    {"debug", Output::development},
    {"dist", Output::development},
    {"doc", Output::documentation},
    {"devdoc", Output::documentation},
    {"man", Output::documentation},
    {"devman", Output::documentation},
    {"info", Output::documentation},
    {"examples", Output::documentation},
}};

constexpr size_t hash_length = 32;
/// Whether such a letter may be in a hash.
bool is_hash_letter(char c);
/// Whether a name in a store is one of a package: "0c5b…-hello-2.12", of the letters that both tools allow.
bool is_store_name(std::string_view name);

/// The folder (or file) of a store that a path is or lies in: "/nix/store/0c5b…-hello-2.12"; empty elsewhere.
std::string_view store_path_above(std::string_view path);
/// Whether a path tells which package it is of, and of which build: whoever has it compiled in means that very file.
inline bool names_its_package(std::string_view path) { return !store_path_above(path).empty(); }
/// What lies there, by the path that it would have were that folder /usr; other paths as they are.
std::string as_in_usr(std::string_view path);

}  // namespace bundle::knowledge
