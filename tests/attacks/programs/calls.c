/* calls CALL...: makes each system call in a process of its own, and prints its result, negative error number or "signal N".
   CALL is NUMBER,A0,A1,...; with "i" before it, it goes through int 0x80; with "s", it is socketcall(NUMBER, {A0, A1, ...}) of that table. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKETCALL32 = 102 };

static long call64(long n, const long *a) {
  long r;
  register long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return r;
}

static long call32(long n, const long *a) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]) : "r8", "r9", "r10", "r11", "memory");
  return (int)r;
}

int main(int argc, char **argv) {
  volatile long *result = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  unsigned *low = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (result == MAP_FAILED || low == MAP_FAILED) return 2;
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  for (int i = 1; i < argc; i++) {
    char *p = argv[i], kind = *p == 'i' || *p == 's' ? *p++ : 0;
    long v[7] = {0};
    for (int n = 0; n < 7 && *p; n++) {
      v[n] = (long)strtoull(p, &p, 0);
      if (*p == ',') p++;
    }
    pid_t child = fork();
    if (child < 0) return 3;
    if (child == 0) {
      for (int n = 0; n < 6; n++) low[n] = (unsigned)v[n + 1];
      *result = kind == 's' ? call32(SOCKETCALL32, (long[6]){v[0], (long)low}) : kind ? call32(v[0], v + 1) : call64(v[0], v + 1);
      _exit(0);
    }
    int status;
    if (waitpid(child, &status, 0) < 0) return 4;
    if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
    else printf("%ld\n", *result);
  }
  return 0;
}
