/* naive mount|mkdir ROOT PATH NAME OUTSIDE: what a runtime without the defence does, until an attacker wins or 20 s are over. It looks whether PATH
   leads out of ROOT, and if not, mounts a tmpfs on PATH/NAME or makes that directory. Ends with 0 once that has happened at OUTSIDE/NAME instead.
   For mount it wants a mount namespace of its own. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int is_inside(const char *root, const char *path) {
  char real[PATH_MAX];
  size_t n = strlen(root);
  return realpath(path, real) && !strncmp(real, root, n) && (real[n] == '/' || !real[n]);
}

static dev_t device(const char *path) {
  struct stat s;
  return stat(path, &s) ? 0 : s.st_dev;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  const char *root = argv[2], *path = argv[3], *outside = argv[5];
  char target[PATH_MAX], victim[PATH_MAX];
  snprintf(target, sizeof target, "%s/%s", path, argv[4]);
  snprintf(victim, sizeof victim, "%s/%s", outside, argv[4]);
  int mounts = !strcmp(argv[1], "mount");
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int tries = 1;; tries++) {
    if (is_inside(root, path)) {
      int failed = mounts ? mount("tmpfs", target, "tmpfs", 0, 0) : mkdir(target, 0755);
      if (!failed && (mounts ? device(victim) != device(outside) : !access(victim, F_OK))) {
        printf("escaped at the %dth try\n", tries);
        return mounts ? umount2(victim, MNT_DETACH) : rmdir(victim);
      }
      /* The name leads to it at every other moment. */
      if (!failed && mounts) while (umount2(target, MNT_DETACH)) continue;
      if (!failed && !mounts) while (rmdir(target)) continue;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec - start.tv_sec > 20) { printf("never in %d tries\n", tries); return 1; }
  }
}
