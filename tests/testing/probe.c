/* Says what a process inside a container sees of itself. Without arguments: one "name: value" a line; otherwise one action. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

struct sched_attribute {
  unsigned size, policy;
  unsigned long long flags;
  int nice;
  unsigned priority;
  unsigned long long runtime, deadline, period;
  unsigned util_min, util_max;
};

static void show_status(void) {
  static const char *wanted[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters", "SigBlk", "SigIgn", "Cpus_allowed_list"};
  char line[512];
  FILE *f = fopen("/proc/self/status", "r");
  while (f && fgets(line, sizeof line, f))
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
      size_t n = strlen(wanted[i]);
      if (!strncmp(line, wanted[i], n) && line[n] == ':') printf("%s: %s", wanted[i], line + n + 1 + strspn(line + n + 1, " \t"));
    }
  if (f) fclose(f);
}

static void show_limits(void) {
  static const char *names[] = {"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};
  for (int i = 0; i < 16; i++) {
    struct rlimit r;
    getrlimit(i, &r);
    printf("RLIMIT_%s: %lld %lld\n", names[i], (long long)r.rlim_cur, (long long)r.rlim_max);
  }
}

static void show_links(const char *label, const char *directory, int skip_own) {
  char path[512], target[512];
  DIR *d = opendir(directory);
  struct dirent *e;
  while (d && (e = readdir(d))) {
    if (*e->d_name == '.' || (skip_own && atoi(e->d_name) == dirfd(d))) continue;
    snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n >= 0) printf("%s%s: %.*s\n", label, e->d_name, (int)n, target);
  }
  if (d) closedir(d);
}

static void show(void) {
  uid_t r, e, s;
  gid_t groups[256];
  getresuid(&r, &e, &s);
  printf("uid: %u %u %u\n", r, e, s);
  getresgid(&r, &e, &s);
  printf("gid: %u %u %u\n", r, e, s);
  int n = getgroups(256, groups);
  printf("groups:");
  for (int i = 0; i < n; i++) printf(" %u", groups[i]);
  printf("\npid: %d\nppid: %d\nsid: %d\npgid: %d\n", getpid(), getppid(), getsid(0), getpgid(0));
  mode_t mask = umask(0);
  umask(mask);
  printf("umask: %04o\n", mask);
  printf("cwd: %s\n", getcwd((char[4096]){0}, 4096));
  show_status();
  show_limits();
  printf("securebits: %x\n", prctl(PR_GET_SECUREBITS));
  printf("personality: %x\n", personality(0xffffffff));
  printf("pdeathsig: %d\n", ({ int v = 0; prctl(PR_GET_PDEATHSIG, &v); v; }));
  printf("dumpable: %d\n", prctl(PR_GET_DUMPABLE));
  printf("keyring: %ld\n", syscall(SYS_keyctl, 0, -3, 0));
  struct sched_attribute a = {0};
  syscall(SYS_sched_getattr, 0, &a, sizeof a, 0);
  printf("scheduler: %u\nscheduler flags: %llx\nnice: %d\npriority: %u\ndeadline: %llu %llu %llu\n", a.policy, a.flags, a.nice, a.priority, a.runtime, a.deadline, a.period);
  long io = syscall(SYS_ioprio_get, 1, 0);
  printf("ioprio: %ld %ld\n", io >> 13, io & 0x1fff);
  int mode = -1;
  unsigned long nodes[16] = {0};
  syscall(SYS_get_mempolicy, &mode, nodes, 1024, 0, 0);
  printf("mempolicy: %x %lx\n", mode, nodes[0]);
  struct utsname u;
  uname(&u);
  printf("hostname: %s\ndomainname: %s\nmachine: %s\n", u.nodename, u.domainname, u.machine);
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  printf("monotonic: %lld\n", (long long)t.tv_sec);
  clock_gettime(CLOCK_BOOTTIME, &t);
  printf("boottime: %lld\n", (long long)t.tv_sec);
  char oom[32] = {0};
  int fd = open("/proc/self/oom_score_adj", O_RDONLY);
  if (fd >= 0) { if (read(fd, oom, 31) > 0) printf("oom_score_adj: %s", oom); close(fd); }
  for (int i = 0; i < 3; i++) {
    struct winsize w;
    if (isatty(i) && !ioctl(i, TIOCGWINSZ, &w)) printf("tty%d: %s %dx%d\n", i, ttyname(i), w.ws_col, w.ws_row);
  }
  int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
  printf("controlling terminal: %s\n", tty >= 0 ? "yes" : strerror(errno));
  if (tty >= 0) close(tty);
  show_links("ns/", "/proc/self/ns", 0);
  show_links("fd/", "/proc/self/fd", 1);
}

/* call NUMBER [ARG...]: one system call; says its result or the error. */
static int call(int argc, char **argv) {
  long a[7] = {0};
  for (int i = 0; i < argc && i < 7; i++) a[i] = strtol(argv[i], 0, 0);
  long r = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
  printf("%ld %s\n", r, r < 0 ? strerrorname_np(errno) : "ok");
  return 0;
}

/* open PATH FLAGS(r,w,rw): says "ok" or the error. */
static int try_open(const char *path, const char *how) {
  int fd = open(path, !strcmp(how, "r") ? O_RDONLY : !strcmp(how, "w") ? O_WRONLY : O_RDWR);
  printf("%s\n", fd < 0 ? strerrorname_np(errno) : "ok");
  return 0;
}

/* mknod PATH TYPE MAJOR MINOR: says "ok" or the error. */
static int try_mknod(char **a) {
  int r = mknod(a[0], 0600 | (*a[1] == 'b' ? S_IFBLK : *a[1] == 'p' ? S_IFIFO : S_IFCHR), makedev(atoi(a[2]), atoi(a[3])));
  printf("%s\n", r < 0 ? strerrorname_np(errno) : "ok");
  return 0;
}

/* eat MIB: touches that much memory and says when it has it. */
static int eat(long mib) {
  for (long i = 0; i < mib; i++) {
    char *p = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) { printf("%s\n", strerrorname_np(errno)); return 1; }
    memset(p, 1, 1 << 20);
  }
  printf("ate %ld\n", mib);
  return 0;
}

/* forks N: holds up to N children at once; says how many there were and the error that ended it. */
static int forks(int n) {
  int made = 0;
  const char *why = "ok";
  pid_t pids[1024];
  for (; made < n && made < 1024; made++) {
    pid_t p = fork();
    if (p < 0) { why = strerrorname_np(errno); break; }
    if (!p) { pause(); _exit(0); }
    pids[made] = p;
  }
  printf("%d %s\n", made, why);
  for (int i = 0; i < made; i++) kill(pids[i], SIGKILL);
  return 0;
}

/* notify TEXT: one datagram to $NOTIFY_SOCKET. */
static int notify(const char *text) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  if (!path) { printf("no NOTIFY_SOCKET\n"); return 1; }
  strncpy(to.sun_path, path, sizeof to.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (sendto(s, text, strlen(text), 0, (struct sockaddr *)&to, sizeof to) < 0) { printf("%s\n", strerrorname_np(errno)); return 1; }
  printf("sent\n");
  return 0;
}

static volatile sig_atomic_t caught;
static void on_signal(int n) { caught = n; }

/* signals: says "ready", then the number of each signal that comes; SIGTERM ends it. */
static int signals(void) {
  sigset_t all, none;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, 0);
  sigemptyset(&none);
  for (int i = 1; i <= 64; i++) { struct sigaction a = {.sa_handler = on_signal}; sigaction(i, &a, 0); }
  printf("ready\n");
  fflush(stdout);
  do { sigsuspend(&none); printf("%d\n", caught); fflush(stdout); } while (caught != SIGTERM);
  return 0;
}

/* winch: says the size of the terminal, then again at each SIGWINCH; SIGTERM ends it. */
static int winch(void) {
  sigset_t all, none;
  struct winsize w;
  struct sigaction a = {.sa_handler = on_signal};
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, 0);
  sigemptyset(&none);
  sigaction(SIGWINCH, &a, 0);
  sigaction(SIGTERM, &a, 0);
  do { ioctl(0, TIOCGWINSZ, &w); printf("size %dx%d\n", w.ws_col, w.ws_row); fflush(stdout); sigsuspend(&none); } while (caught != SIGTERM);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) show();
  else if (!strcmp(argv[1], "call") && argc > 2) return call(argc - 2, argv + 2);
  else if (!strcmp(argv[1], "open") && argc == 4) return try_open(argv[2], argv[3]);
  else if (!strcmp(argv[1], "mknod") && argc == 6) return try_mknod(argv + 2);
  else if (!strcmp(argv[1], "eat") && argc == 3) return eat(atol(argv[2]));
  else if (!strcmp(argv[1], "forks") && argc == 3) return forks(atoi(argv[2]));
  else if (!strcmp(argv[1], "notify") && argc == 3) return notify(argv[2]);
  else if (!strcmp(argv[1], "signals")) return signals();
  else if (!strcmp(argv[1], "winch")) return winch();
  else { fprintf(stderr, "probe: no such action: %s\n", argv[1]); return 2; }
  return 0;
}
