// The one door by which words reach a terminal: standard output and standard error.
//
// Names in a hostile file can hold escape sequences, newlines and characters that turn the reading direction round.
// Whoever puts such a name into a sentence makes it printable() there, where its newlines are told from ours; behind
// that stands this door, which lets nothing through that could drive a terminal, whatever comes. Nothing else in src/
// writes to these two streams (tests/structure holds it).
#pragma once

#include <string>
#include <string_view>

namespace bundle {

/// The escape sequences that say_coloured() lets through, and no others.
namespace colour {
constexpr std::string_view off = "\033[0m", bold = "\033[1m", dim = "\033[2m", red = "\033[1;31m", yellow = "\033[33m";
}

/// `text` with every control character but the newline, and all else that printable() escapes, as \xNN.
std::string harmless(std::string_view text);
/// Of JSON text, where such bytes stand in strings only: \uNNNN, which says the same.
std::string harmless_json(std::string_view text);

/// Writes to standard output. Whether it could be written is asked of the stream in the end, in main.
void say(std::string_view text);
void say_coloured(std::string_view text);
void say_json(std::string_view text);
/// Writes to standard error.
void say_error(std::string_view text);

/// Replaces the line that a terminal's cursor is on; an empty one wipes it. For a progress bar.
void draw_error_line(std::string_view text);

/// Bytes of a file, as they are, to standard output. Whether they could be written so far.
bool send_bytes(std::string_view bytes);

bool output_is_terminal();
bool error_is_terminal();

}  // namespace bundle
