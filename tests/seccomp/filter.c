// Tries seccomp programs on the running kernel. A program is a count of 32 bits and its instructions.
//   filter check FILE                    installs each program of FILE in a child of its own; prints 0 or the error number, a line each
//   filter call FILE FLAGS CALL...       makes each call in a child of its own under the first program of FILE (none when FILE is empty);
//                                        prints its result, negative error number or "signal N". CALL is NUMBER,A0,A1,...;
//                                        with "i" before it, it is made through int 0x80.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEVER 0x7fffffff

// The child reports here: a filter may forbid it every call.
static volatile long *result;

static long raw(long n, const long *a) {
  long r;
  register long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return r;
}

static long raw32(long n, const long *a) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]) : "r8", "r9", "r10", "r11", "memory");
  return (int)r;
}

static int install(const uint32_t *program, unsigned flags) {
  struct sock_fprog f = {.len = (unsigned short)program[0], .filter = (struct sock_filter *)(program + 1)};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (program[0] > 0xffff) return EINVAL;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &f) < 0 ? errno : 0;
}

static int ended(pid_t child) {
  int status;
  if (waitpid(child, &status, 0) < 0) abort();
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  FILE *f = fopen(argv[2], "r");
  if (!f) return 3;
  static uint32_t data[16 << 20];
  size_t words = fread(data, 4, sizeof data / 4, f);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  result = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!strcmp(argv[1], "check")) {
    for (size_t at = 0; at < words; at += 1 + 2 * data[at]) {
      *result = NEVER;
      pid_t child = fork();
      if (child == 0) {
        *result = install(data + at, 0);
        raw(SYS_exit_group, (long[6]){0});
        __builtin_trap();
      }
      ended(child);
      // A program that lets no call happen is installed all the same.
      printf("%ld\n", *result == NEVER ? 0 : *result);
    }
    return 0;
  }
  unsigned flags = (unsigned)strtoul(argv[3], 0, 0);
  for (int i = 4; i < argc; i++) {
    char *p = argv[i];
    int is32 = *p == 'i';
    long v[7] = {0};
    p += is32;
    for (int n = 0; n < 7 && *p; n++) {
      v[n] = (long)strtoull(p, &p, 0);
      if (*p == ',') p++;
    }
    *result = NEVER;
    pid_t child = fork();
    if (child == 0) {
      if (words) {
        int e = install(data, flags);
        if (e) {
          *result = -100000 - e;
          _exit(1);
        }
      }
      long r = is32 ? raw32(v[0], v + 1) : raw(v[0], v + 1);
      *result = r;
      // Dies even when no call is allowed any more.
      raw(SYS_exit_group, (long[6]){0});
      __builtin_trap();
    }
    int signal = ended(child);
    if (*result == NEVER) printf("signal %d\n", signal);
    else printf("%ld\n", *result);
  }
  return 0;
}
