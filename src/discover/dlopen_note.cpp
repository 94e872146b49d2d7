#include "discover/dlopen_note.h"

#include <nlohmann/json.hpp>

namespace bundle::discover {

namespace {

std::string text_of(const nlohmann::json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Wish> wish_of(const nlohmann::json& entry) {
  if (!entry.is_object()) return std::nullopt;
  Wish wish;
  const auto names = entry.find("soname");
  if (names == entry.end()) return std::nullopt;
  if (names->is_string()) wish.names.push_back(names->get<std::string>());
  if (names->is_array()) {
    for (const nlohmann::json& name : *names) {
      if (name.is_string()) wish.names.push_back(name.get<std::string>());
    }
  }
  // A name is a name: with a slash it would be a path of someone's choosing.
  std::erase_if(wish.names, [](const std::string& name) { return name.empty() || name.find('/') != name.npos; });
  if (wish.names.empty()) return std::nullopt;
  const std::string priority = text_of(entry, "priority");
  wish.priority = priority == "required"    ? Wish::Priority::required
                  : priority == "suggested" ? Wish::Priority::suggested
                                            : Wish::Priority::recommended;
  wish.feature = text_of(entry, "feature");
  if (wish.feature.empty()) wish.feature = text_of(entry, "description");
  return wish;
}

}  // namespace

DlopenNote parse_dlopen_note(std::string_view json) {
  json = json.substr(0, json.find('\0'));
  DlopenNote note;
  const nlohmann::json parsed = nlohmann::json::parse(json, nullptr, false);
  if (parsed.is_discarded()) {
    note.problem = "is no JSON";
    return note;
  }
  const auto take = [&](const nlohmann::json& entry) {
    if (std::optional<Wish> wish = wish_of(entry)) {
      note.wishes.push_back(std::move(*wish));
    } else {
      note.problem = "has an entry that names no library";
    }
  };
  if (parsed.is_array()) {
    for (const nlohmann::json& entry : parsed) take(entry);
  } else {
    take(parsed);
  }
  return note;
}

DlopenNote read_dlopen_notes(const elf::Image& image, const std::string& by) {
  DlopenNote all;
  for (const elf::Note& note : image.notes()) {
    if (note.owner != "FDO" || note.type != elf::nt_fdo_dlopen_metadata) continue;
    DlopenNote one = parse_dlopen_note(note.description.whole().text());
    if (all.problem.empty()) all.problem = std::move(one.problem);
    for (Wish& wish : one.wishes) {
      wish.by = by;
      all.wishes.push_back(std::move(wish));
    }
  }
  return all;
}

}  // namespace bundle::discover
