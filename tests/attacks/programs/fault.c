/*
 * fault LOG MARK WHO N WHAT PROGRAM [ARG...]: runs a program and makes the Nth system call of one of its processes go wrong. ptrace(2).
 *
 *   LOG   file that gets "WHO ORDINAL NUMBER" for each counted call, and "hit NUMBER PATH" for the one that went wrong
 *   MARK  counting starts at the first call whose path contains this text; "" counts from the start
 *   WHO   r: the program's main thread; c: the processes it clones, until they become other programs
 *   N     1 is the first counted call; 0 only counts
 *   WHAT  an errno: the call is not made and fails with it. "kill": the program dies of SIGKILL instead of making the call
 *
 * The exit code is that of the program, 128 + n for a signal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reg.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX = 64 };
static struct tracee { pid_t pid; int thread, inside, fail; } tracees[MAX];
static pid_t runtime;
static int counted[2], counting, target, error;
static char who;
static FILE *record;

static struct tracee *find(pid_t pid) {
  struct tracee *free_one = 0;
  for (int i = 0; i < MAX; i++) {
    if (tracees[i].pid == pid) return &tracees[i];
    if (!tracees[i].pid && !free_one) free_one = &tracees[i];
  }
  if (!free_one) { fprintf(stderr, "fault: too many processes\n"); exit(2); }
  *free_one = (struct tracee){.pid = pid};
  return free_one;
}

/* The path that a call is about, or an empty text. */
static void path_of(pid_t pid, struct user_regs_struct *r, char *text, size_t size) {
  unsigned long long at;
  switch (r->orig_rax) {
    case SYS_openat: case SYS_openat2: case SYS_mkdirat: case SYS_newfstatat: case SYS_unlinkat: case SYS_readlinkat: case SYS_faccessat2: at = r->rsi; break;
    case SYS_open: case SYS_mkdir: case SYS_execve: case SYS_stat: case SYS_statfs: case SYS_readlink: at = r->rdi; break;
    default: *text = 0; return;
  }
  size_t n = 0;
  while (n + sizeof(long) < size) {
    errno = 0;
    long word = ptrace(PTRACE_PEEKDATA, pid, at + n, 0);
    if (errno) break;
    memcpy(text + n, &word, sizeof word);
    n += sizeof word;
    if (memchr(&word, 0, sizeof word)) return;
  }
  text[n] = 0;
}

/* At the entry of a call. Returns 0 when the runtime was killed. */
static int enter(struct tracee *t, const char *mark) {
  struct user_regs_struct r;
  char path[512];
  if (t->thread || ptrace(PTRACE_GETREGS, t->pid, 0, &r)) return 1;
  char role = t->pid == runtime ? 'r' : 'c';
  /* The end of a process cannot fail. */
  if (r.orig_rax == SYS_exit || r.orig_rax == SYS_exit_group) return 1;
  if (!counting) {
    path_of(t->pid, &r, path, sizeof path);
    if (role != 'r' || !strstr(path, mark)) return 1;
    counting = 1;
  }
  int ordinal = ++counted[role == 'c'];
  fprintf(record, "%c %d %lld\n", role, ordinal, r.orig_rax);
  if (role != who || ordinal != target) return 1;
  path_of(t->pid, &r, path, sizeof path);
  fprintf(record, "hit %lld %s\n", r.orig_rax, path);
  fflush(record);
  if (!error) { kill(runtime, SIGKILL); return 0; }
  /* close(2) gives the number free even when it fails. */
  if (r.orig_rax != SYS_close) r.orig_rax = -1;
  ptrace(PTRACE_SETREGS, t->pid, 0, &r);
  t->fail = 1;
  return 1;
}

static void leave(struct tracee *t) {
  struct user_regs_struct r;
  if (!t->fail || ptrace(PTRACE_GETREGS, t->pid, 0, &r)) return;
  r.rax = -error;
  ptrace(PTRACE_SETREGS, t->pid, 0, &r);
  t->fail = 0;
}

int main(int argc, char **argv) {
  if (argc < 7) return 2;
  record = fopen(argv[1], "we");
  counting = !*argv[2];
  who = *argv[3];
  target = atoi(argv[4]);
  error = strcmp(argv[5], "kill") ? atoi(argv[5]) : 0;
  runtime = fork();
  if (!runtime) { prctl(PR_SET_PDEATHSIG, SIGKILL); raise(SIGSTOP); execvp(argv[6], argv + 6); perror(argv[6]); _exit(2); }
  int status;
  waitpid(runtime, &status, WUNTRACED);
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
  if (ptrace(PTRACE_SEIZE, runtime, 0, options)) { perror("ptrace"); kill(runtime, SIGKILL); return 2; }
  find(runtime);
  kill(runtime, SIGCONT);
  for (int started = 0;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) return 2;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      find(pid)->pid = 0;
      if (pid != runtime) continue;
      fclose(record);
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    struct tracee *t = find(pid);
    int signal = WSTOPSIG(status), event = status >> 16, deliver = 0;
    if (signal == (SIGTRAP | 0x80)) {
      t->inside = !t->inside;
      if (!t->inside) leave(t);
      else if (!enter(t, argv[2])) continue;
    } else if (event == PTRACE_EVENT_EXEC) {
      /* The runtime's own start is the first one; a child that becomes another program is of no interest any more. */
      if (pid != runtime || started++) { t->pid = 0; ptrace(PTRACE_DETACH, pid, 0, 0); continue; }
    } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
      unsigned long made;
      ptrace(PTRACE_GETEVENTMSG, pid, 0, &made);
      struct user_regs_struct r;
      ptrace(PTRACE_GETREGS, pid, 0, &r);
      /* CLONE_THREAD: a thread of the program, not a process. */
      struct tracee *child = find(made);
      if (event == PTRACE_EVENT_CLONE && r.orig_rax == SYS_clone && r.rdi & 0x10000) child->thread = 1;
      if (event == PTRACE_EVENT_CLONE && r.orig_rax == SYS_clone3) {
        errno = 0;
        long flags = ptrace(PTRACE_PEEKDATA, pid, r.rdi, 0);
        if (!errno && flags & 0x10000) child->thread = 1;
      }
    } else if (event == 0) {
      deliver = signal;
    }
    ptrace(PTRACE_SYSCALL, pid, 0, deliver);
  }
}
