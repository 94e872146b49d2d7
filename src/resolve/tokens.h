// Dynamic string tokens: $ORIGIN, $LIB and $PLATFORM in run paths and names (ld.so(8); glibc elf/dl-load.c,
// is_dst).
//
// A token is $NAME or ${NAME}; after a bare $NAME no letter, digit or underscore may follow. Other text, a
// lone '$' among it, stays as it is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace bundle::resolve {

enum class Token { origin, lib, platform };
/// What a token stands for; asked for those that a text holds. Empty: it has no known value.
using TokenValue = std::function<std::string(Token)>;

/// glibc's expansion. Nothing when a token of no known value makes the text void.
std::optional<std::string> expand_tokens(std::string_view text, const TokenValue& value_of);

/// musl's: $ORIGIN and ${ORIGIN} only, wherever they stand; any other '$' voids the whole run path
/// (ldso/dynlink.c, fixup_rpath). `text` is the whole run path.
std::optional<std::string> expand_origin(std::string_view text, std::string_view origin);

}  // namespace bundle::resolve
