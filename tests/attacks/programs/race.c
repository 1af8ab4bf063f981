/* race A B [C D...]: swaps the names of each pair again and again until it is killed or its starter ends. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3 || argc % 2 == 0) return 2;
  pid_t starter = getppid();
  for (unsigned n = 0;; n++) {
    for (int i = 1; i < argc; i += 2)
      if (renameat2(AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1], RENAME_EXCHANGE)) { perror(argv[i]); return 1; }
    if (n == 0) { puts("racing"); fflush(stdout); }
    if (n % 4096 == 0 && getppid() != starter) return 0;
  }
}
