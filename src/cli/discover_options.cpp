#include "cli/discover_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "cli/cli11.h"
#include "knowledge/libc.h"

namespace bundle::cli {

namespace {

using discover::SetMode;

/// PATH[:DEST]. The last ':' parts them, if an absolute path follows it.
discover::Addition parse_addition(const std::string& text) {
  const size_t colon = text.rfind(":/");
  const bool is_full_path = text.starts_with('/');
  if (colon == 0) throw CLI::ValidationError("", fmt::format("'{}' names no file ahead of the colon", text));
  if (colon == std::string::npos) return {text, "", is_full_path};
  return {text.substr(0, colon), normal_path(text.substr(colon + 1)), is_full_path};
}

/// "200MB", "1.5G", "4096": decimal units, as sizes are printed.
uint64_t parse_size(const std::string& text) {
  size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    value = -1;
  }
  std::string unit = text.substr(used);
  std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return std::toupper(c); });
  const double factor = unit.empty() || unit == "B"   ? 1
                        : unit == "K" || unit == "KB" ? 1e3
                        : unit == "M" || unit == "MB" ? 1e6
                        : unit == "G" || unit == "GB" ? 1e9
                                                      : -1;
  if (!(value >= 0) || factor < 0 || value * factor > 1e15) {
    throw CLI::ValidationError("--data-limit",
                               fmt::format("'{}' is no size. Write it as 50MB or 1.5GB", printable(text)));
  }
  return static_cast<uint64_t>(value * factor);
}

/// NAME,NAME…, each a library's name or a glob of names. What the bundled loader takes from its own build only cannot
/// be left to anyone.
void add_target_has(knowledge::TargetHas& target, const std::string& list) {
  for (const std::string& glob : split(list, ",")) {
    if (glob == "none") {
      target.drivers = false;
      continue;
    }
    if (glob.empty() || glob.find('/') != std::string::npos) {
      throw CLI::ValidationError(
          "--target-has",
          fmt::format("'{}' is no name of a library. Write it as libGL.so.1 or 'libfoo*', or several with "
                      "commas between",
                      printable(glob)));
    }
    const knowledge::TargetHas one{false, {glob}};
    std::vector<std::string> bound = knowledge::parts_of_glibc();
    bound.insert(bound.end(), {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so"});
    for (const std::string& name : bound) {
      if (!one.has(name)) continue;
      throw CLI::ValidationError("--target-has",
                                 fmt::format("'{}' is {} too, which belongs to the loader and is bundled "
                                             "with it",
                                             printable(glob), name));
    }
    target.globs.push_back(glob);
  }
}

void add_set(CLI::App& app, const char* name, SetMode& mode, const char* description) {
  const std::vector<std::pair<std::string, SetMode>> modes = {
      {"auto", SetMode::automatic}, {"none", SetMode::none}, {"usual", SetMode::usual}, {"all", SetMode::all}};
  app.add_option(name, mode, description)
      ->transform(CLI::CheckedTransformer(modes, CLI::ignore_case).description(""))
      ->type_name("auto|none|usual|all")
      ->group("Data and plugins");
}

}  // namespace

void add_target_has_option(CLI::App& app, knowledge::TargetHas& target_has) {
  app.add_option_function<std::vector<std::string>>(
         "--target-has",
         [&target_has](const std::vector<std::string>& values) {
           for (const std::string& value : values) add_target_has(target_has, value);
         },
         "Libraries that the target has, as 'libGL.so.1,libfoo*': not bundled, found\n"
         "there. Drivers (libcuda.so.1, libnvidia-*) are left to it, but for 'none'")
      ->type_name("GLOB,...")
      ->allow_extra_args(false)
      ->group("Libraries");
}

void add_discover_options(CLI::App& app, discover::Options& options, run::TraceOptions& trace) {
  const std::string group = "Data and plugins";
  options.target_has.drivers = true;
  app.add_flag_callback(
         "--no-discover", [&options] { options.enabled = false; },
         "Only what the loader would load, and what --add, --plugin and --library name")
      ->group(group);
  const auto add_additions = [&](const char* name, std::vector<discover::Addition>& to, const char* type,
                                 const char* description) {
    app.add_option_function<std::vector<std::string>>(
           name,
           [&to](const std::vector<std::string>& values) {
             for (const std::string& value : values) to.push_back(parse_addition(value));
           },
           description)
        ->type_name(type)
        ->allow_extra_args(false)
        ->group(group);
  };
  app.add_option_function<std::vector<std::string>>(
         "--tree",
         [&options](const std::vector<std::string>& folders) {
           options.whole_tree = options.whole_tree || folders.empty();
           for (const std::string& folder : folders) {
             if (folder.empty()) {
               options.whole_tree = true;
             } else {
               options.trees.push_back(folder);
             }
           }
         },
         "All of the folder that holds the program, or its bin/ and lib/; or of DIR.\n"
         "Without it what the program names there goes in")
      ->type_name("[DIR]")
      ->expected(0, 1)
      ->group(group);
  add_additions("--add", options.add, "PATH[:DEST]",
                "A file or folder that the program reads, found at its path, or at DEST");
  add_additions("--plugin", options.plugins, "FILE[:DEST]",
                "A library that the program loads by its path, or by DEST, with all it needs");
  app.add_option("--plugins", options.plugin_folders, "All libraries of a folder that the program loads plugins from")
      ->type_name("FOLDER")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--library", options.libraries,
                 "A library that something opens by its bare name, as libmagic.so.1, or its file:\n"
                 "found by dlopen of that name from anywhere in the bundle, with all it needs")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--exclude", options.exclude, "Leave out found files whose path matches, as '/usr/share/vim/*'")
      ->type_name("GLOB")
      ->allow_extra_args(false)
      ->group(group);
  add_target_has_option(app, options.target_has);
  app.add_option_function<std::string>(
         "--data-limit", [&options](const std::string& text) { options.data_limit = parse_size(text); },
         "Most that found data may take together (default 200MB)")
      ->type_name("SIZE")
      ->group(group);
  app.add_flag("--with-etc", options.with_etc,
               "Also those settings in /etc of the program's packages that were changed here")
      ->group(group);
  add_set(app, "--gconv", options.gconv, "Converters of iconv");
  add_set(app, "--zoneinfo", options.zoneinfo, "Time zones");
  add_set(app, "--terminfo", options.terminfo, "Terminals");
  add_set(app, "--ca-bundle", options.ca_bundle, "The certificates that TLS trusts");
  add_set(app, "--fonts", options.fonts, "Fonts and fontconfig's settings");
  add_set(app, "--nss", options.nss, "libc's lookup modules");
  app.add_option_function<std::vector<std::string>>(
         "--locale",
         [&options](const std::vector<std::string>& names) {
           for (const std::string& name : names) {
             if (name == "none") {
               options.locale = SetMode::none;
             } else {
               options.locales.push_back(name);
             }
           }
         },
         "A locale beside C.UTF-8, as en_US.UTF-8; 'none' for no locale files at all")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(group);
  app.add_flag("--trace", trace.run, "Run the program once, with the arguments behind --, and add what it uses")
      ->group(group);
  app.add_option("--trace-input", trace.inputs, "Add what a log of `strace -f -o LOG` shows")
      ->type_name("LOG")
      ->allow_extra_args(false)
      ->group(group);
}

std::vector<const char*> split_trace_arguments(int argc, const char* const* argv, run::TraceOptions& trace) {
  std::vector<const char*> ahead(argv, argv + argc);
  const auto is = [](const char* text) { return [text](const char* other) { return std::strcmp(text, other) == 0; }; };
  const auto dashes = std::find_if(ahead.begin(), ahead.end(), is("--"));
  if (dashes == ahead.end() || std::find_if(ahead.begin(), dashes, is("--trace")) == dashes) return ahead;
  trace.arguments.assign(dashes + 1, ahead.end());
  ahead.erase(dashes, ahead.end());
  return ahead;
}

}  // namespace bundle::cli
