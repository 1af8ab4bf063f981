/*
 * enter PID DIRECTORY PROGRAM [ARG...]: a runtime without any defence. It joins the namespaces of a process, clones a child there, which waits for a
 * byte or the end of standard input, and then runs a program. The tests attack it first, to see that an attack works.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void join(const char *pid, const char *kind) {
  char path[64], own[64];
  struct stat theirs, ours;
  snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, kind);
  snprintf(own, sizeof own, "/proc/self/ns/%s", kind);
  if (stat(path, &theirs) || stat(own, &ours)) { perror(path); _exit(2); }
  /* One's own user namespace cannot be joined. */
  if (theirs.st_ino == ours.st_ino) return;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, 0)) { perror(path); _exit(2); }
}

int main(int argc, char **argv) {
  if (argc < 4) { fprintf(stderr, "enter PID DIRECTORY PROGRAM [ARG...]\n"); return 2; }
  /* The procfs of the host is gone once the mount namespace is joined. */
  static const char *kinds[] = {"user", "pid", "mnt"};
  for (int i = 0; i < 3; i++) join(argv[1], kinds[i]);
  if (setgid(0) || setuid(0)) { perror("setuid"); return 2; }
  /* The change of identity has taken this away; a helper program that a runtime executes inside has it again. */
  prctl(PR_SET_DUMPABLE, 1);
  pid_t child = fork();
  if (child == 0) {
    char byte;
    if (read(0, &byte, 1) < 0) perror("read");
    if (chdir(argv[2])) { perror(argv[2]); _exit(1); }
    execv(argv[3], argv + 3);
    perror(argv[3]);
    _exit(1);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child) { perror("enter"); return 2; }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
