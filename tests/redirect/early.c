// A library whose constructor starts threads that open a bundled file, before the redirect library's own constructor has
// run: the loader runs those of the libraries that stand behind it first. Each thread looks for what the first one finds.
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { count = 8 };
static pthread_t threads[count];
static pthread_barrier_t together;
static int failures;

static void* look(void* unused) {
  (void)unused;
  const char* path = getenv("REDIRECT_TEST_EARLY");
  pthread_barrier_wait(&together);
  for (int i = 0; path != NULL && i < 200; ++i) {
    const int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    close(descriptor);
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
