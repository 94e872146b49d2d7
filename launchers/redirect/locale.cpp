// See locale.h. The categories' numbers, where the names come from (setlocale(3): LC_ALL over LC_CTYPE and its kin over
// LANG), how several are written as one, and how a codeset is compared are glibc's (locale/setlocale.c,
// intl/explodename.c), the same since 2.17.
#include "locale.h"

#include <stddef.h>

#include "../text.h"
#include "environment.h"
#include "functions.h"
#include "room.h"

using redirect::real;

namespace {

constexpr int categories = 13;
constexpr int category_all = 6;  // LC_ALL: a number among the others
constexpr const char* category_names[categories] = {
    "LC_CTYPE", "LC_NUMERIC", "LC_TIME",    "LC_COLLATE",   "LC_MONETARY",    "LC_MESSAGES",      "LC_ALL",
    "LC_PAPER", "LC_NAME",    "LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT", "LC_IDENTIFICATION"};
constexpr unsigned every_category = ((1U << categories) - 1) & ~(1U << category_all);
constexpr char answer[] = "C.UTF-8";

/// The names that were wanted where libc has `answer`; null for what is libc's own.
const char* wanted_names[categories];

bool is_in(unsigned mask, int category) { return (mask >> category & 1U) != 0; }

/// Whether `name` is one of UTF-8, however that is spelled: "en_US.UTF-8", "de_DE.utf8@euro".
bool is_utf8(const char* name) {
  if (*name == '.') return false;
  const char* dot = nullptr;
  for (const char* at = name; *at != 0; ++at) {
    if (*at == '/' || *at == ';' || *at == '=') return false;
    if (*at == '.' && dot == nullptr) dot = at;
  }
  if (dot == nullptr) return false;
  const char* expected = "utf8";
  for (const char* at = dot + 1; *at != 0 && *at != '@'; ++at) {
    const bool is_upper = *at >= 'A' && *at <= 'Z';
    const bool counts = is_upper || (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9');
    if (!counts) continue;
    if (*expected != (is_upper ? *at - 'A' + 'a' : *at)) return false;
    ++expected;
  }
  return *expected == 0;
}

/// The value of `key`, null when it has none or an empty one.
const char* variable(const char* key) {
  for (redirect::Strings at = redirect::caller_environment(); at != nullptr && *at != nullptr; ++at) {
    if (!text::begins(*at, key)) continue;
    const char* const value = *at + text::length(key);
    if (*value == '=') return value[1] != 0 ? value + 1 : nullptr;
  }
  return nullptr;
}

/// The names of all categories that a call is about.
class Names {
 public:
  Names() {}
  ~Names() {
    if (copy_ != nullptr) redirect::give_back(copy_);
    if (whole_ != nullptr) redirect::give_back(whole_);
  }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  /// What libc understands by `name`: the environment's, one for all, or, where that `may_be`, one for each. False when
  /// it understands nothing.
  bool read(unsigned mask, const char* name, bool may_be_each) {
    if (*name == 0) return read_environment(mask);
    for (const char* at = name; may_be_each && *at != 0; ++at) {
      if (*at == ';') return read_each(mask, name);
    }
    for (int i = 0; i < categories; ++i) {
      if (is_in(mask, i)) each[i] = name;
    }
    return true;
  }

  /// Puts C.UTF-8 in the place of what is lacking. False when there is nothing to answer.
  bool replace_lacking() {
    const char* known = nullptr;  // one after the other has the same name as a rule, and the files come together
    bool is_known_lacking = false;
    bool any = false;
    for (int i = 0; i < categories; ++i) {
      const char* const name = each[i];
      if (name == nullptr || !is_utf8(name) || text::equal(name, answer)) continue;
      if (known == nullptr || !text::equal(known, name)) is_known_lacking = is_lacking(i, name);
      known = name;
      if (!is_known_lacking) continue;
      wanted[i] = name;
      each[i] = answer;
      any = true;
    }
    return any;
  }

  /// All as one name, as setlocale(LC_ALL) gives and takes it; null when there is no memory. What the call is not
  /// about is "C".
  const char* whole() {
    const char* only = each[0];
    for (const char*& name : each) {
      if (&name == &each[category_all]) continue;
      if (name == nullptr) name = "C";
      if (only != nullptr && !text::equal(name, only)) only = nullptr;
    }
    if (only != nullptr) return only;
    text::Writer out(nullptr, 0);
    for (int round = 0; round < 2; ++round) {  // to count, then to write
      for (int i = 0; i < categories; ++i) {
        if (i == category_all) continue;
        if (i != 0) out.put(';');
        out.put(category_names[i]);
        out.put('=');
        out.put(each[i]);
      }
      out.put('\0');
      if (round == 1) break;
      whole_ = static_cast<char*>(redirect::take_block(out.used));
      if (whole_ == nullptr) return nullptr;
      out = text::Writer(whole_, out.used);
    }
    return whole_;
  }

  const char* each[categories] = {};
  const char* wanted[categories] = {};  // where each is C.UTF-8 in its place

 private:
  bool read_environment(unsigned mask) {
    const char* const all = variable(category_names[category_all]);
    const char* const rest = variable("LANG");
    for (int i = 0; i < categories; ++i) {
      if (!is_in(mask, i)) continue;
      const char* const own = all != nullptr ? all : variable(category_names[i]);
      each[i] = own != nullptr ? own : rest != nullptr ? rest : "C";
    }
    return true;
  }

  /// "LC_CTYPE=en_US.UTF-8;LC_NUMERIC=C;…", in any order.
  bool read_each(unsigned mask, const char* name) {
    const size_t size = text::length(name) + 1;
    copy_ = static_cast<char*>(redirect::take_block(size));
    if (copy_ == nullptr) return false;
    memcpy(copy_, name, size);
    for (char* at = copy_; at != nullptr;) {
      char* const start = at;
      while (*at != 0 && *at != ';') ++at;
      char* const next = *at != 0 ? at + 1 : nullptr;
      *at = 0;
      at = next;
      for (int i = 0; i < categories; ++i) {
        if (!is_in(mask, i) || !text::begins(start, category_names[i])) continue;
        if (start[text::length(category_names[i])] == '=') each[i] = start + text::length(category_names[i]) + 1;
      }
    }
    for (int i = 0; i < categories; ++i) {
      if (is_in(mask, i) && each[i] == nullptr) return false;
    }
    return true;
  }

  static bool is_lacking(int category, const char* name) {
    auto* const free = reinterpret_cast<void (*)(void*)>(redirect::find_symbol("freelocale"));
    void* const locale = real<redirect::NewLocale>("newlocale")(1 << category, name, nullptr);
    if (locale != nullptr && free != nullptr) free(locale);
    return locale == nullptr;
  }

  char* copy_ = nullptr;
  char* whole_ = nullptr;
};

/// The name that was wanted where libc's own name for a category is `name`.
const char* wanted_name(int category, const char* name) {
  const char* const wanted = __atomic_load_n(&wanted_names[category], __ATOMIC_ACQUIRE);
  return wanted != nullptr && name != nullptr && text::equal(name, answer) ? wanted : name;
}

}  // namespace

namespace redirect {

char* set_locale(SetLocale* call, int category, const char* name) {
  if (category < 0 || category >= categories) return call(category, name);
  const unsigned mask = category == category_all ? every_category : 1U << category;
  char* result = call(category, name);
  Names all;
  if (result == nullptr) {
    if (!all.read(mask, name, category == category_all) || !all.replace_lacking()) return nullptr;
    // Kept before libc is asked, so that what it did can be told. The room is that of the names in use.
    for (const char*& wanted : all.wanted) {
      if (wanted != nullptr && (wanted = keep(wanted)) == nullptr) return nullptr;
    }
    const char* const whole = category == category_all ? all.whole() : all.each[category];
    result = whole != nullptr ? call(category, whole) : nullptr;
    if (result == nullptr) return nullptr;
  }
  for (int i = 0; i < categories; ++i) {
    if (is_in(mask, i)) __atomic_store_n(&wanted_names[i], all.wanted[i], __ATOMIC_RELEASE);
  }
  return told_locale(call, category, result);
}

char* told_locale(SetLocale* call, int category, char* name) {
  if (name == nullptr || category < 0 || category >= categories) return name;
  if (category != category_all) return const_cast<char*>(wanted_name(category, name));
  bool any = false;
  for (const char* const& wanted : wanted_names) any = any || __atomic_load_n(&wanted, __ATOMIC_RELAXED) != nullptr;
  if (!any) return name;
  Names all;
  for (int i = 0; i < categories; ++i) {
    if (i != category_all) all.each[i] = wanted_name(i, call(i, nullptr));
  }
  const char* const whole = all.whole();
  const char* const kept = whole != nullptr ? keep(whole) : nullptr;
  return kept != nullptr ? const_cast<char*>(kept) : name;
}

void* new_locale(NewLocale* call, int mask, const char* name, void* base) {
  void* const result = call(mask, name, base);
  const auto bits = static_cast<unsigned>(mask);
  const unsigned about = bits == 1U << category_all ? every_category : bits;
  if (result != nullptr || name == nullptr || (about & ~every_category) != 0) return result;
  Names all;
  if (!all.read(about, name, true) || !all.replace_lacking()) return nullptr;
  const char* const whole = all.whole();
  return whole != nullptr ? call(mask, whole, base) : nullptr;
}

}  // namespace redirect
