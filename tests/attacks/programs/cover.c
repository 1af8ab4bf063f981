/* cover place DECOY PLACE PROGRAM [ARG...]: mounts DECOY on PLACE, a symbolic link itself where either is one, and runs a program.
   cover process DECOY FILE PROGRAM [ARG...]: runs a program, and mounts DECOY on /proc/PID/FILE of each process that it makes before that process
   runs: an attacker who wins every race. Both want a mount namespace of their own, whose mounts spread nowhere. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLONE_TREE = 1, BOTH_EMPTY = 0x44 };

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static void cover(const char *decoy, const char *place) {
  int tree = syscall(SYS_open_tree, AT_FDCWD, decoy, CLONE_TREE | O_CLOEXEC | AT_SYMLINK_NOFOLLOW);
  int at = open(place, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (tree < 0) fail(decoy);
  if (at < 0) fail(place);
  if (syscall(SYS_move_mount, tree, "", at, "", BOTH_EMPTY)) fail("move_mount");
  close(tree);
  close(at);
}

static int is_thread(pid_t pid) {
  char path[64], line[256];
  int group = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *f = fopen(path, "re");
  if (!f) fail(path);
  while (fgets(line, sizeof line, f))
    if (sscanf(line, "Tgid: %d", &group) == 1) break;
  fclose(f);
  return group != pid;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  if (!strcmp(argv[1], "place")) {
    cover(argv[2], argv[3]);
    execvp(argv[4], argv + 4);
    fail(argv[4]);
  }
  pid_t first = fork();
  if (!first) { raise(SIGSTOP); execvp(argv[4], argv + 4); fail(argv[4]); }
  int status;
  waitpid(first, &status, WUNTRACED);
  if (ptrace(PTRACE_SEIZE, first, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)) fail("ptrace");
  kill(first, SIGCONT);
  for (;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) fail("wait");
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (pid != first) continue;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    int event = status >> 16, signal = WSTOPSIG(status);
    /* The first stop of what was made comes before its first instruction. */
    if (event == PTRACE_EVENT_STOP && pid != first && signal == SIGTRAP && !is_thread(pid)) {
      char place[256];
      snprintf(place, sizeof place, "/proc/%d/%s", pid, argv[3]);
      cover(argv[2], place);
    }
    ptrace(PTRACE_CONT, pid, 0, event ? 0 : signal);
  }
}
