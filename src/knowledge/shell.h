// What is known of the shell's language: which interpreters speak it, and which words of a script are commands.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::knowledge {

/// Whether a program of that name is a shell by POSIX's rules: sh, dash, bash and their like.
bool is_shell(std::string_view name);

/// Whether an interpreter of that name looks beside the file that a link to a script leads to, not beside the link.
bool resolves_links(std::string_view interpreter);

/// Whether a script's text follows the link that it may be called by, to look beside the file behind it.
bool follows_links(std::string_view script);

/// Where a command is looked for, in this order; what users install beside is not the machine's own.
inline constexpr std::array<std::string_view, 4> command_folders = {"/usr/bin", "/bin", "/usr/sbin", "/sbin"};

/// What the program behind a wrapper of its name has behind that: soffice.bin.
inline constexpr std::array<std::string_view, 4> wrapped_endings = {"", ".bin", "-bin", ".real"};

/// Whether a command follows behind a word of the shell's own: "if", "exec".
bool leads_to_command(std::string_view word);

/// How a script asks where a program is.
inline constexpr std::array<std::string_view, 4> lookups = {"command -v ", "which ", "type -p ", "type -P "};

/// The words of a script where a command stands, and that are none of the shell's own; sorted, each once. By the looks
/// of the text alone: a word too many does no harm, for it counts only where there is such a program.
std::vector<std::string> commands_of(std::string_view script);

/// Those of them that stand in the script's place: behind "exec", or given all its arguments ("$@").
std::vector<std::string> commands_in_its_place(std::string_view script);

}  // namespace bundle::knowledge
