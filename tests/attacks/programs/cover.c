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

enum { CLONE_TREE = 1, BOTH_EMPTY = 0x44, MAX = 256 };

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

/* Once for each process: its maker stops because of it, and it stops itself, in any order. */
static void cover_process(const char *decoy, pid_t pid, const char *file) {
  static pid_t covered[MAX];
  static int count;
  for (int i = 0; i < count; i++)
    if (covered[i] == pid) return;
  if (count == MAX) { fprintf(stderr, "cover: too many processes\n"); exit(2); }
  covered[count++] = pid;
  if (is_thread(pid)) return;
  char place[256];
  snprintf(place, sizeof place, "/proc/%d/%s", pid, file);
  cover(decoy, place);
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
    /* The maker goes on only when the place is covered: it may tell others of the process, who then write for it. */
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
      unsigned long made;
      if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &made)) fail("ptrace");
      cover_process(argv[2], (pid_t)made, argv[3]);
    } else if (event == PTRACE_EVENT_STOP && pid != first && signal == SIGTRAP) {
      cover_process(argv[2], pid, argv[3]);
    }
    ptrace(PTRACE_CONT, pid, 0, event ? 0 : signal);
  }
}
