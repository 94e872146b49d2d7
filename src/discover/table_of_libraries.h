// Tables of libraries: a text file beside a program that says which of the libraries there it may load, as
// LibreOffice's services.rdb does (uri="vnd.sun.star.expand:$LO_LIB_DIR/libswlo.so").
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::discover {

/// A library that a table names, and what else its row says.
struct TableRow {
  std::string library;             // the name without a folder
  std::vector<std::string> names;  // qualified ones, "com.sun.star.comp.Writer.WriterFilter"; sorted, each once
};

/// The rows in the order in which they stand. A row is the element that names the library, where the table is XML, and
/// else the line.
std::vector<TableRow> rows_of_table(std::string_view text);

/// The qualified names in a text, of two parts at least with dots between them; sorted, each once.
std::vector<std::string> qualified_names(std::string_view text);

/// What the tables of a folder name of the libraries there.
class Registry {
 public:
  struct Library {
    uint64_t size = 0;             // bytes
    std::set<std::string> tables;  // that name it
    std::set<std::string> names;   // of its rows
    std::string by;                // what else speaks for it; empty: nothing does
  };

  /// `sizes` of the libraries of the folder, by their names.
  explicit Registry(std::map<std::string, uint64_t> sizes) : sizes_(std::move(sizes)) {}

  void add_table(const std::string& path, std::string_view text);
  /// Of a library that two tables name the one speaks for what the other says.
  void note_shared();
  /// Settings, by their files the qualified names in them, speak for the libraries of which they hold some names that
  /// stand in the row of no other: the filter that a file type is opened by.
  void note_settings(const std::map<std::string, const std::vector<std::string>*>& names);

  const std::map<std::string, Library>& libraries() const { return libraries_; }
  /// The entry of a name; null where no table has it.
  Library* find(const std::string& name);

 private:
  std::map<std::string, uint64_t> sizes_;
  std::map<std::string, Library> libraries_;  // by name
};

}  // namespace bundle::discover
