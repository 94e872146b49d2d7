// Locales that are not to be had: every NAME.UTF-8 is answered with C.UTF-8, as if its files were copies of those.
//
// AWS Lambda sets LANG=en_US.UTF-8, and a bundle has C.UTF-8 alone: where setlocale() and newlocale() of glibc find no
// locale of the name that is wanted, they are asked once more, with C.UTF-8 in the place of what is lacking and
// nothing else. That is done by the name that they are given, so no variable is touched. A name of another codeset
// ("en_US.ISO-8859-1"), or of none ("en_US"), is not answered: text would be taken for what it is not.
//
// What setlocale() then returns, and goes on telling, is the name that was wanted, as it does of a locale of its own:
// programs print it, take language and country from it, and hand it back, which gives the same again. libc's own
// notion is C.UTF-8, and only gettext() (no translation) and nl_langinfo(_NL_LOCALE_NAME(…)) tell that.
// musl takes any name, so no call fails there and nothing here comes into play.
#pragma once

namespace redirect {

using SetLocale = char*(int, const char*);
using NewLocale = void*(int, const char*, void*);

/// libc's setlocale() for a `name` that is not null, one caller at a time.
char* set_locale(SetLocale* call, int category, const char* name);

/// What libc says of the locale now: `name`, of setlocale(category, nullptr), with the names that were wanted. No lock
/// here: as with libc's own, who asks while another thread sets gets the one or the other.
char* told_locale(SetLocale* call, int category, char* name);

/// libc's newlocale(), one caller at a time.
void* new_locale(NewLocale* call, int mask, const char* name, void* base);

}  // namespace redirect
