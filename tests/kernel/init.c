// The first process of the test's machine: runs each command of /commands, one a line, its words separated by
// tabs, and prints what it says and how it ends between markers that run.py knows. Linked statically: the
// machine has nothing else.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(char* line) {
  char* words[64];
  int count = 0;
  for (char* word = strtok(line, "\t\n"); word != NULL && count < 63; word = strtok(NULL, "\t\n"))
    words[count++] = word;
  words[count] = NULL;
  pid_t child = fork();
  if (child == 0) {
    char* const environment[] = {"PATH=/opt/bin", "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/opt/lib",
                                 "HOME=/tmp", NULL};
    if (setgid(1000) != 0 || setuid(1000) != 0) _exit(99);
    dup2(1, 2);
    execve(words[0], words, environment);
    perror(words[0]);
    _exit(98);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("\n<<end %d>>\n", WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status));
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  mkdir("/proc", 0755);
  mkdir("/dev", 0755);
  mkdir("/tmp", 0777);
  chmod("/tmp", 01777);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("dev", "/dev", "devtmpfs", 0, NULL);
  struct utsname name;
  uname(&name);
  printf("\n<<kernel %s>>\n", name.release);
  FILE* commands = fopen("/commands", "r");
  char line[65536];
  while (commands != NULL && fgets(line, sizeof line, commands) != NULL) {
    printf("<<begin>>\n");
    run(line);
  }
  printf("<<done>>\n");
  reboot(RB_AUTOBOOT);
  return 0;
}
