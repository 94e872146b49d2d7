// The part of calls.c that looks at the environment: that it is the caller's, and that what libc opens by itself (time
// zones, locales, gconv) is found all the same. Included by calls.c alone, which has the headers.
#pragma once

static void append(char* to, size_t room, char** list) {
  for (size_t used = strlen(to); *list != NULL && used < room; ++list)
    used += (size_t)snprintf(to + used, room - used, "%s\n", *list);
}

// The environment is the same list at the same place before, between and after what libc reads its variables for, and
// every way to start a child hands it on.
static int untouched(void) {
  static char before[1 << 17], after[1 << 17];
  char** const list = environ;
  append(before, sizeof before, environ);
  setlocale(LC_ALL, "");
  setlocale(LC_ALL, "xx_YY.UTF-8");
  iconv_open("UTF-16", "UTF-8");
  const time_t now = 0;
  struct tm* tm = localtime(&now);
  char text[64];
  strftime(text, sizeof text, "%Z", tm);
  append(after, sizeof after, environ);
  if (environ != list || strcmp(before, after) != 0) return puts("FAIL: the environment is another"), 1;
  for (int i = 0; i < 3; ++i) {
    int ends[2];
    if (pipe(ends) != 0) return 2;
    char* argv[] = {"env", NULL};
    const pid_t child = i == 0 ? fork() : 0;
    if (i == 0 && child == 0) {
      dup2(ends[1], 1);
      execvp("env", argv);
      _exit(9);
    }
    const int kept = dup(1);
    if (i > 0) dup2(ends[1], 1);
    pid_t spawned;
    if (i == 1 && posix_spawnp(&spawned, "env", NULL, NULL, argv, environ) != 0) return 2;
    if (i == 2) system("exec env");
    dup2(kept, 1);
    close(kept);
    close(ends[1]);
    FILE* output = fdopen(ends[0], "r");
    for (char line[8192]; fgets(line, sizeof line, output) != NULL;)
      if (strncmp(line, "GCONV_PATH=", 11) == 0 || strncmp(line, "LOCPATH=", 8) == 0 ||
          strncmp(line, "TZDIR=", 6) == 0 || strncmp(line, "RT_ADDED=", 9) == 0 || strcmp(line, "RT_SET=no\n") == 0)
        return printf("FAIL: child %d has %s", i, line), 1;
    fclose(output);
  }
  puts("untouched");
  return 0;
}

// The zone is found whichever function asks first, found anew when TZ changes, and found by none that need not look.
static int zone(const char* first) {
  const time_t noon = 1704067200;  // 2024-01-01 00:00 UTC: 09 in Tokyo, 19 the day before in New York
  struct tm tm;
  char text[64];
  wchar_t wide[64];
  memset(&tm, 0, sizeof tm);
  tm.tm_year = 124, tm.tm_mday = 1, tm.tm_isdst = -1;
  if (strcmp(first, "localtime") == 0) localtime(&noon);
  if (strcmp(first, "localtime_r") == 0) localtime_r(&noon, &tm);
  if (strcmp(first, "gmtime") == 0) gmtime(&noon);
  if (strcmp(first, "gmtime_r") == 0) gmtime_r(&noon, &tm);
  if (strcmp(first, "ctime") == 0) ctime(&noon);
  if (strcmp(first, "ctime_r") == 0) ctime_r(&noon, text);
  if (strcmp(first, "mktime") == 0 && mktime(&tm) != noon - 9 * 3600) puts("FAIL: mktime");
  if (strcmp(first, "timegm") == 0) timegm(&tm);
  if (strcmp(first, "strftime") == 0) strftime(text, sizeof text, "%Y", &tm);
  if (strcmp(first, "wcsftime") == 0) wcsftime(wide, 64, L"%Y", &tm);
  if (strcmp(first, "tzset") == 0) tzset();
  localtime_r(&noon, &tm);
  printf("%02d %s ", tm.tm_hour, tm.tm_zone);
  setenv("TZ", "Test/York", 1);
  tzset();
  printf("%03ld ", -timezone == -5 * 3600 ? -5L : 0L);
  localtime_r(&noon, &tm);
  printf("%s ", tm.tm_zone);
  putenv("TZ=Test/Nine");
  printf("%02d\n", localtime(&noon)->tm_hour);
  return 0;
}

// 64 threads in everything that reads or changes the environment. Each sets variables of its own, which must not get
// lost, and forks if asked to.
static int exchanges_fork;
static void* exchange_main(void* number) {
  const int mine = (int)(long)number;
  long wrong = 0;
  char key[32], value[32];
  snprintf(key, sizeof key, "RT_THREAD_%d", mine);
  for (int i = 0; i < 100; ++i) {
    snprintf(value, sizeof value, "%d", i);
    wrong += setenv(key, value, 1) != 0;
    locale_t locale = newlocale(LC_ALL_MASK, "xx_YY.UTF-8", (locale_t)0);
    if (locale == (locale_t)0)
      ++wrong;
    else
      freelocale(locale);
#ifdef __GLIBC__  // musl has its conversions built in
    iconv_t conversion = iconv_open("UTF-8", "REDIRECT-TEST");
    if (conversion == (iconv_t)-1)
      ++wrong;
    else
      iconv_close(conversion);
#endif
    struct tm tm;
    const time_t noon = 1704067200;
    mktime(localtime_r(&noon, &tm));
    wrong += tm.tm_hour != 9;
    if (exchanges_fork && mine < 8 && i % 25 == 0) {
      const pid_t child = fork();
      if (child == 0) _exit(strcmp(getenv(key), value) != 0 || getenv("TZDIR") != NULL);
      int status = 1;
      waitpid(child, &status, 0);
      wrong += status != 0;
    }
  }
  return (void*)wrong;
}
static int exchanges(void) {
  pthread_t threads[64];
  long wrong = 0;
  char first[32];  // every key is there before: libc's own getenv() bears no growing list
  for (int i = 0; i < 64; ++i) {
    snprintf(first, sizeof first, "RT_THREAD_%d", i);
    setenv(first, "", 1);
  }
  for (long i = 0; i < 64; ++i)
    if (pthread_create(&threads[i], NULL, exchange_main, (void*)i) != 0) return 2;
  for (int i = 0; i < 64; ++i) {
    void* result;
    pthread_join(threads[i], &result);
    wrong += (long)result;
    char key[32];
    snprintf(key, sizeof key, "RT_THREAD_%d", i);
    wrong += getenv(key) == NULL || strcmp(getenv(key), "99") != 0;
  }
  wrong += strcmp(getenv("TZ"), "Test/Nine") != 0 || getenv("TZDIR") != NULL || getenv("LOCPATH") != NULL || getenv("GCONV_PATH") != NULL;
  printf("%ld failures\n", wrong);
  return wrong != 0;
}
