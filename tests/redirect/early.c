// A library whose constructor starts threads that open a bundled file, before the redirect library's own constructor has
// run: the loader runs those of the libraries that stand behind it first.
//
// All of them find that nothing is known yet. Of the two that first ask where the library lies, one gets the answer when
// the other has asked too, the other, when a file is open already, a wrong one: what is known by then has to stay.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { count = 8 };
static pthread_t threads[count];
static pthread_barrier_t together;
static int failures, asked, opened;

static void wait_for(int* value, int least) {
  for (int i = 0; i < 10000 && __atomic_load_n(value, __ATOMIC_ACQUIRE) < least; ++i) usleep(1000);
}

int dladdr(const void* address, Dl_info* info) {
  int (*real)(const void*, Dl_info*) = (int (*)(const void*, Dl_info*))dlsym(RTLD_NEXT, "dladdr");
  const int found = real(address, info);
  if (!found || strstr(info->dli_fname, "libredirect") == NULL) return found;
  const int number = __atomic_add_fetch(&asked, 1, __ATOMIC_ACQ_REL);
  if (number == 1) wait_for(&asked, 2);
  if (number == 2) {
    wait_for(&opened, 1);
    info->dli_fname = "/nowhere/libredirect.so";
  }
  return found;
}

static void* look(void* unused) {
  (void)unused;
  const char* path = getenv("REDIRECT_TEST_EARLY");
  pthread_barrier_wait(&together);
  for (int i = 0; path != NULL && i < 200; ++i) {
    const int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    close(descriptor);
    __atomic_store_n(&opened, 1, __ATOMIC_RELEASE);
  }
  return NULL;
}

__attribute__((constructor)) static void start(void) {
  pthread_barrier_init(&together, NULL, count);
  for (int i = 0; i < count; ++i) pthread_create(&threads[i], NULL, look, NULL);
}

int early_failures(void);
int early_failures(void) {
  for (int i = 0; i < count; ++i) pthread_join(threads[i], NULL);
  return failures;
}
