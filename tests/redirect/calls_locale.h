// The part of calls.c that asks for locales, those that are nowhere among them. Included by calls.c alone, which has the
// headers.
#pragma once

#ifdef __GLIBC__
static const char* libcs_name(int category) { return nl_langinfo(_NL_LOCALE_NAME(category)); }
#else
static const char* libcs_name(int category) { return category == LC_CTYPE ? "unknown" : ""; }
#endif

static int category_of(const char* name, size_t length) {
  static const struct {
    const char* name;
    int category;
  } known[] = {{"ALL", LC_ALL}, {"CTYPE", LC_CTYPE}, {"NUMERIC", LC_NUMERIC}, {"TIME", LC_TIME}, {"MESSAGES", LC_MESSAGES}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
    if (strlen(known[i].name) == length && strncmp(known[i].name, name, length) == 0) return known[i].category;
  return -1;
}

// What a locale_t of that name can: its codeset, and that of a thread which uses it.
static void new_one(int mask, const char* name) {
  locale_t locale = newlocale(mask, name, (locale_t)0);
  if (locale == (locale_t)0) {
    puts("(none)");
    return;
  }
  const locale_t before = uselocale(locale);
  wchar_t wide[8];
  printf("%s %d\n", nl_langinfo(CODESET), (int)mbstowcs(wide, "\xc3\xa4\xe2\x82\xac", 8));
  uselocale(before);
  freelocale(locale);
}

// Each argument is a call: CATEGORY=NAME sets, CATEGORY? asks, CATEGORY! is what libc itself says, new=NAME and
// new-ctype=NAME make one, keep and restore are a program's, codeset, wide and child look at what has become of it.
static int locales(char** arguments) {
  char kept[1024] = "";
  for (char** at = arguments; *at != NULL; ++at) {
    const size_t length = strcspn(*at, "=?!");
    const char* name = (*at)[length] != 0 ? *at + length + 1 : "";
    const int category = category_of(*at, length);
    if (category >= 0) {
      const char* said = (*at)[length] == '!'   ? libcs_name(category)
                         : (*at)[length] == '?' ? setlocale(category, NULL)
                                                : setlocale(category, name);
      puts(said != NULL ? said : "(none)");
    } else if (strncmp(*at, "new=", 4) == 0) {
      new_one(LC_ALL_MASK, name);
    } else if (strncmp(*at, "new-ctype=", 10) == 0) {
      new_one(LC_CTYPE_MASK, name);
    } else if (strcmp(*at, "keep") == 0) {
      snprintf(kept, sizeof kept, "%s", setlocale(LC_ALL, NULL));
    } else if (strcmp(*at, "restore") == 0) {
      const char* said = setlocale(LC_ALL, kept);
      puts(said == NULL ? "(none)" : strcmp(said, kept) == 0 ? "restored" : said);
    } else if (strcmp(*at, "codeset") == 0) {
      puts(nl_langinfo(CODESET));
    } else if (strcmp(*at, "wide") == 0) {
      char text[8];
      printf("%ls %d\n", L"\u20ac", (int)wcstombs(text, L"\u00e4", sizeof text));
    } else if (strcmp(*at, "child") == 0) {
      fflush(stdout);
      const pid_t child = fork();
      if (child == 0) {
        execlp("env", "env", (char*)NULL);
        _exit(9);
      }
      waitpid(child, NULL, 0);
    } else {
      return 2;
    }
  }
  return 0;
}

// One thread sets the locale to and fro, the others make theirs, ask for the one there is, and change the environment.
static void* locale_main(void* number) {
  long wrong = 0;
  char key[32];
  snprintf(key, sizeof key, "RT_THREAD_%ld", (long)number);
  for (int i = 0; i < 200; ++i) {
    if ((long)number == 0) {
      const char* said = setlocale(LC_ALL, i % 2 == 0 ? "" : "C");
      wrong += said == NULL || strcmp(said, i % 2 == 0 ? "en_US.UTF-8" : "C") != 0;
    }
    const char* name = setlocale(LC_CTYPE, NULL);
    wrong += strcmp(name, "C") != 0 && strcmp(name, "en_US.UTF-8") != 0;
    locale_t locale = newlocale(LC_ALL_MASK, i % 3 == 0 ? "" : "fr_FR.UTF-8", (locale_t)0);
    if (locale == (locale_t)0) return (void*)1;
    uselocale(locale);
    wchar_t wide[4];
    wrong += mbstowcs(wide, "\xc3\xa4", 4) != 1;
    uselocale(LC_GLOBAL_LOCALE);
    freelocale(locale);
    wrong += setenv(key, "set", 1) != 0;
  }
  return (void*)wrong;
}
static int locale_threads(void) {
  pthread_t threads[32];
  long wrong = 0;
  for (long i = 0; i < 32; ++i)
    if (pthread_create(&threads[i], NULL, locale_main, (void*)i) != 0) return 2;
  for (int i = 0; i < 32; ++i) {
    void* result;
    pthread_join(threads[i], &result);
    wrong += (long)result;
  }
  printf("%ld failures\n", wrong);
  return wrong != 0;
}
