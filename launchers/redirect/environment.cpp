// See environment.h. What each function reads, and when, is glibc's own way (2.17 to 2.40): GCONV_PATH once,
// ahead of the first conversion; LOCPATH in every setlocale() and newlocale(); TZDIR whenever TZ has another
// value than when it was last looked at, which localtime_r() and its kin do in their first call alone.
// musl reads MUSL_LOCPATH as glibc does LOCPATH. Its folders of time zones are built in, but it takes a zone's file by
// its whole path (src/time/__tz.c, do_tzset): so TZ=Europe/Berlin is TZ=/…/Europe/Berlin for as long as it looks, in
// every call, for it compares TZ each time with what it was.
//
// Not covered: another thread's system() or popen() that falls into the microseconds of an exchange. None of the
// functions here is async-signal-safe in libc either.
#include "environment.h"

#include "../system.h"
#include "../text.h"
#include "functions.h"
#include "locale.h"
#include "lock.h"
#include "place.h"

using redirect::place;
using redirect::real;
using redirect::Strings;

namespace {

char*** environ_address = nullptr;
char** copy = nullptr;  // what environ points to in an exchange; its last slot is always null
size_t copy_slots = 0;
char** callers = nullptr;     // what it pointed to before
const char* added = nullptr;  // the table's variables, expanded, one behind the other
redirect::Lock environment_lock;

bool has_table() {
  redirect::prepare();
  return place().table.header() != nullptr;
}

bool has_variables() { return has_table() && place().table.header()->environment_count != 0; }

void* room_for(size_t size) {
  const long at = sys::map(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return sys::failed(at) ? nullptr : reinterpret_cast<void*>(at);
}

/// The table's variables with @root@ replaced. They stay for good: libc keeps GCONV_PATH by its address.
bool expand() {
  if (added != nullptr) return true;
  environ_address = static_cast<char***>(redirect::find_symbol("__environ"));
  if (environ_address == nullptr) return false;
  text::Writer out(nullptr, 0);
  for (int round = 0; round < 2; ++round) {  // to count, then to write
    const char* from = place().table.string(place().table.header()->environment);
    for (uint32_t i = 0; i < place().table.header()->environment_count; ++i, ++from) {
      while (*from != 0) {
        if (text::begins(from, "@root@")) {
          out.put(place().root);
          from += 6;
        } else {
          out.put(*from++);
        }
      }
      out.put('\0');
    }
    if (round == 1) break;
    auto* memory = static_cast<char*>(room_for(out.used));
    if (memory == nullptr) return false;
    out = text::Writer(memory, out.used);
  }
  added = out.out;
  return true;
}

bool same_key(const char* a, const char* b) {
  for (; *a == *b && *a != 0; ++a, ++b) {
    if (*a == '=') return true;
  }
  return false;
}

/// glibc alone tells its version (gnu_get_libc_version(3)).
bool is_musl() {
  enum Libc { not_known, glibc, musl };
  static Libc known = not_known;
  Libc libc = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (libc == not_known) {
    libc = redirect::find_symbol("gnu_get_libc_version") == nullptr ? musl : glibc;
    __atomic_store_n(&known, libc, __ATOMIC_RELAXED);
  }
  return libc == musl;
}

/// "TZ=FILE" in the place of the caller's "TZ=ZONE"; null where that names no zone of the bundle. One caller at a time.
const char* whole_zone(const char* zone) {
  static const char* asked = nullptr;  // kept, and what was found for it
  static const char* found = nullptr;
  if (*zone == ':') ++zone;
  for (const char* at = zone; *at != 0; ++at) {
    if (*at == '.' || *at == ',') return nullptr;  // a path, or a rule: "CET-1CEST,M3.5.0,M10.5.0/3"
  }
  if (*zone == 0 || *zone == '/') return nullptr;
  if (asked != nullptr && text::equal(asked, zone)) return found;
  const char* folder = added;
  for (uint32_t i = 0; !text::begins(folder, "TZDIR="); folder += text::length(folder) + 1) {
    if (++i == place().table.header()->environment_count) return nullptr;
  }
  folder += 6;
  const size_t size = 3 + text::length(folder) + 1 + text::length(zone) + 1;
  auto* const whole = static_cast<char*>(redirect::take_block(size));
  if (whole == nullptr) return nullptr;
  text::Writer out(whole, size);
  out.put("TZ=");
  out.put(folder);
  out.put('/');
  out.put(zone);
  out.put('\0');
  const long file = sys::open_for_reading(whole + 3);
  if (!sys::failed(file)) sys::close(file);
  found = sys::failed(file) ? nullptr : redirect::keep(whole);
  asked = redirect::keep(zone);
  redirect::give_back(whole);
  return found;
}

/// The caller's variable, or what libc sees in its place.
char* as_seen(char* variable) {
  if (!is_musl() || !text::begins(variable, "TZ=")) return variable;
  const char* const whole = whole_zone(variable + 3);
  return whole != nullptr ? const_cast<char*>(whole) : variable;
}

/// Refills the copy. A thread that still reads the last one comes to an end: no slot is ever left unset
/// behind the strings.
bool fill_copy(Strings from) {
  const uint32_t more = place().table.header()->environment_count;
  size_t count = 0;
  while (from != nullptr && from[count] != nullptr) ++count;
  if (count + more + 1 > copy_slots) {
    const size_t slots = 2 * (count + more + 1);
    auto* memory = static_cast<char**>(room_for(slots * sizeof(char*)));
    if (memory == nullptr) return false;
    copy = memory;  // the old one may still be read
    copy_slots = slots;
  }
  size_t used = 0;
  for (; used < count; ++used) copy[used] = as_seen(from[used]);
  const char* variable = added;
  for (uint32_t i = 0; i < more; ++i) {
    bool is_set = false;
    for (size_t k = 0; k < count && !is_set; ++k) is_set = same_key(from[k], variable);
    if (!is_set) copy[used++] = const_cast<char*>(variable);
    variable += text::length(variable) + 1;
  }
  while (used < copy_slots && copy[used] != nullptr) copy[used++] = nullptr;
  return true;
}

/// While one lives, libc sees the variables and no other thread changes the environment.
class Exchange {
 public:
  Exchange() {
    environment_lock.lock();
    if (!has_variables() || !expand()) return;
    callers = __atomic_load_n(environ_address, __ATOMIC_ACQUIRE);
    if (!fill_copy(callers)) return;
    __atomic_store_n(environ_address, copy, __ATOMIC_RELEASE);
  }
  ~Exchange() {
    // A program that assigned to environ meanwhile keeps what it assigned.
    if (copy != nullptr && __atomic_load_n(environ_address, __ATOMIC_ACQUIRE) == copy)
      __atomic_store_n(environ_address, callers, __ATOMIC_RELEASE);
    environment_lock.unlock();
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
};

/// Has libc read where the conversions are, in an exchange: by a conversion that is built in, so that it
/// loads nothing, for a module's constructors may want the environment.
void read_conversions() {
  static bool done = false;
  if (!has_variables() || __atomic_load_n(&done, __ATOMIC_ACQUIRE)) return;
  int* const error = redirect::errno_location();
  const int before = *error;
  void* const conversion = real<void*(const char*, const char*)>("iconv_open")("UTF-8", "UTF-8");
  auto* close = reinterpret_cast<int (*)(void*)>(redirect::find_symbol("iconv_close"));
  if (conversion != reinterpret_cast<void*>(-1L) && close != nullptr) close(conversion);
  *error = before;
  __atomic_store_n(&done, true, __ATOMIC_RELEASE);
}

void prepare_conversions() {
  static bool done = false;
  if (!has_variables() || __atomic_load_n(&done, __ATOMIC_ACQUIRE)) return;
  {
    const Exchange exchange;
    read_conversions();
  }
  __atomic_store_n(&done, true, __ATOMIC_RELEASE);
}

bool needs_files(const char* locale) {
  return locale != nullptr && !text::equal(locale, "C") && !text::equal(locale, "POSIX") && has_table();
}

/// The value of TZ that libc knows: kept text, `unset`, or null before its first look.
const char* known_zone = nullptr;
constexpr char unset[] = "";  // by its address

const char* current_zone() {
  for (Strings variable = redirect::caller_environment(); variable != nullptr && *variable != nullptr; ++variable) {
    const char* text = *variable;
    if (text[0] == 'T' && text[1] == 'Z' && text[2] == '=') return text + 3;
  }
  return unset;
}

bool same_zone(const char* known, const char* current) {
  if (known == nullptr || known == unset || current == unset) return known == current;
  return text::equal(known, current);
}

/// Has libc look at TZ now, in an exchange; it does not look again while TZ stays the same.
[[gnu::noinline]] void read_zone() {
  const Exchange exchange;
  real<void()>("tzset")();
  const char* zone = current_zone();
  if (zone != unset) zone = redirect::keep(zone);  // null when there is no more room: then each call looks
  __atomic_store_n(&known_zone, zone, __ATOMIC_RELEASE);
}

/// call() of a function that looks at TZ each time.
template <class Call>
auto looking_at_zone(const Call& call) {
  if (!has_variables()) return call();
  if (is_musl()) {
    const char zone = *current_zone();
    if (zone == 0 || zone == '/') return call();
    const Exchange exchange;
    return call();
  }
  if (!same_zone(__atomic_load_n(&known_zone, __ATOMIC_ACQUIRE), current_zone())) read_zone();
  return call();
}

/// call() of a function that looks at TZ when nothing has yet; of musl's, each time or never.
template <class Call>
auto looking_at_first_zone(const Call& call, bool looks_in_musl) {
  if (has_variables() && is_musl()) return looks_in_musl ? looking_at_zone(call) : call();
  if (has_variables() && __atomic_load_n(&known_zone, __ATOMIC_ACQUIRE) == nullptr) read_zone();
  return call();
}

/// call() of a function that changes the environment, or the locale.
template <class Call>
auto changing(const Call& call) {
  if (!has_table()) return call();
  environment_lock.lock();
  const auto result = call();
  environment_lock.unlock();
  return result;
}

}  // namespace

namespace redirect {

Strings caller_environment() {
  static char*** variable = nullptr;
  char*** known = __atomic_load_n(&variable, __ATOMIC_RELAXED);
  if (known == nullptr) {
    known = static_cast<char***>(find_symbol("__environ"));
    if (known == nullptr) return nullptr;
    __atomic_store_n(&variable, known, __ATOMIC_RELAXED);
  }
  return caller_environment(__atomic_load_n(known, __ATOMIC_ACQUIRE));
}

Strings caller_environment(Strings given) { return given != nullptr && given == copy ? callers : given; }

void before_stream(const char* mode) {
  for (; mode != nullptr && *mode != 0; ++mode) {
    if (*mode == ',') return prepare_conversions();
  }
}

}  // namespace redirect

#pragma GCC visibility push(default)
extern "C" {

int setenv(const char* key, const char* value, int overwrite) {
  return changing([=] { return real<int(const char*, const char*, int)>("setenv")(key, value, overwrite); });
}
int unsetenv(const char* key) {
  return changing([=] { return real<int(const char*)>("unsetenv")(key); });
}
int putenv(char* variable) {
  return changing([=] { return real<int(char*)>("putenv")(variable); });
}
int clearenv() {
  return changing([] { return real<int()>("clearenv")(); });
}
/// Another thread's exchange is not finished by anyone in the child. No lock here: handlers of
/// pthread_atfork() may call what is above.
int fork() {
  const int child = [] {
    redirect::prepare();
    return real<int()>("fork")();
  }();
  if (child == 0) redirect::after_fork();
  if (child == 0 && environment_lock.is_held()) {
    if (copy != nullptr && *environ_address == copy) *environ_address = callers;
    environment_lock.reset();
  }
  return child;
}

void* iconv_open(const char* to, const char* from) {
  prepare_conversions();
  return real<void*(const char*, const char*)>("iconv_open")(to, from);
}

/// iconv(1) of glibc goes past iconv_open(). Three arguments since 2.32, four before.
int __gconv_open(long a, long b, long c, long d) {
  prepare_conversions();
  return real<int(long, long, long, long)>("__gconv_open")(a, b, c, d);
}

/// One thread at a time, also to be told a name: libc frees it when another thread sets another, and here it is read.
char* setlocale(int category, const char* name) {
  redirect::prepare();
  auto* const call = real<redirect::SetLocale>("setlocale");
  if (!needs_files(name)) {
    return changing([=] {
      char* const result = call(category, name);
      return name == nullptr ? redirect::told_locale(call, category, result) : result;
    });
  }
  const Exchange exchange;
  char* const result = redirect::set_locale(call, category, name);
  if (result != nullptr && !text::equal(result, "C")) read_conversions();
  return result;
}
static void* new_locale(redirect::NewLocale* call, int mask, const char* name, void* base) {
  if (!needs_files(name)) return call(mask, name, base);
  const Exchange exchange;
  void* const result = redirect::new_locale(call, mask, name, base);
  if (result != nullptr) read_conversions();
  return result;
}
void* newlocale(int mask, const char* name, void* base) {
  redirect::prepare();
  return new_locale(real<redirect::NewLocale>("newlocale"), mask, name, base);
}
void* __newlocale(int mask, const char* name, void* base) {
  redirect::prepare();
  return new_locale(real<redirect::NewLocale>("__newlocale"), mask, name, base);
}

void tzset() {
  return looking_at_zone([=] { return real<void()>("tzset")(); });
}
using ToTime = void*(const void*);
using ToTimeAt = void*(const void*, void*);
void* localtime(const void* time) {
  return looking_at_zone([=] { return real<ToTime>("localtime")(time); });
}
void* localtime_r(const void* time, void* out) {
  return looking_at_first_zone([=] { return real<ToTimeAt>("localtime_r")(time, out); }, true);
}
void* gmtime(const void* time) {
  return looking_at_first_zone([=] { return real<ToTime>("gmtime")(time); }, false);
}
void* gmtime_r(const void* time, void* out) {
  return looking_at_first_zone([=] { return real<ToTimeAt>("gmtime_r")(time, out); }, false);
}
void* ctime(const void* time) {
  return looking_at_zone([=] { return real<ToTime>("ctime")(time); });
}
void* ctime_r(const void* time, void* out) {
  return looking_at_first_zone([=] { return real<ToTimeAt>("ctime_r")(time, out); }, true);
}
long mktime(void* time) {
  return looking_at_zone([=] { return real<long(void*)>("mktime")(time); });
}
long timelocal(void* time) {
  return looking_at_zone([=] { return real<long(void*)>("timelocal")(time); });
}
long timegm(void* time) {
  return looking_at_first_zone([=] { return real<long(void*)>("timegm")(time); }, false);
}
using Format = size_t(void*, size_t, const void*, const void*);
using FormatIn = size_t(void*, size_t, const void*, const void*, void*);
size_t strftime(void* out, size_t room, const void* format, const void* time) {
  return looking_at_zone([=] { return real<Format>("strftime")(out, room, format, time); });
}
size_t wcsftime(void* out, size_t room, const void* format, const void* time) {
  return looking_at_zone([=] { return real<Format>("wcsftime")(out, room, format, time); });
}
size_t strftime_l(void* out, size_t room, const void* format, const void* time, void* locale) {
  return looking_at_zone([=] { return real<FormatIn>("strftime_l")(out, room, format, time, locale); });
}
size_t __strftime_l(void* out, size_t room, const void* format, const void* time, void* locale) {
  return looking_at_zone([=] { return real<FormatIn>("__strftime_l")(out, room, format, time, locale); });
}
size_t wcsftime_l(void* out, size_t room, const void* format, const void* time, void* locale) {
  return looking_at_zone([=] { return real<FormatIn>("wcsftime_l")(out, room, format, time, locale); });
}
size_t __wcsftime_l(void* out, size_t room, const void* format, const void* time, void* locale) {
  return looking_at_zone([=] { return real<FormatIn>("__wcsftime_l")(out, room, format, time, locale); });
}

}  // extern "C"
#pragma GCC visibility pop
