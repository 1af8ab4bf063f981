/* Stands for criu: "criu swrk FD" speaks its protocol, notes in $FAKE_CRIU what it was asked and where it ran, and saves or continues nothing.
   A dump kills the process that it names, unless it is to be left running; a restore starts "sleep 1000" as a sibling.
   $FAKE_CRIU/fail holds the message of a failure. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *directory;
static int connection;

static void note(const char *name, const void *data, size_t length, int flags) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  int fd = open(path, O_WRONLY | O_CREAT | flags, 0644);
  if (fd < 0 || write(fd, data, length) != (ssize_t)length) exit(90);
  close(fd);
}

static void copy(const char *from, const char *name) {
  static char text[1 << 18];
  int fd = open(from, O_RDONLY);
  size_t length = 0;
  ssize_t n;
  while ((n = read(fd, text + length, sizeof text - length)) > 0) length += n;
  close(fd);
  note(name, text, length, O_TRUNC);
}

static unsigned long varint(const unsigned char **at) {
  unsigned long value = 0;
  for (int shift = 0;; shift += 7) {
    unsigned char byte = *(*at)++;
    value |= (unsigned long)(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

/* The number of a field, or -1. With "bytes" the place of a message and, as the result, its length. */
static long field(const unsigned char *at, size_t length, unsigned wanted, const unsigned char **bytes) {
  const unsigned char *end = at + length;
  while (at < end) {
    unsigned long tag = varint(&at), value = varint(&at);
    if (tag >> 3 == wanted) {
      if (bytes) *bytes = at;
      return value;
    }
    if ((tag & 7) == 2) at += value;
  }
  return -1;
}

static void put(unsigned char **at, unsigned number, unsigned long value) {
  *(*at)++ = number << 3;
  for (; value > 127; value >>= 7) *(*at)++ = value | 128;
  *(*at)++ = value;
}

static void put_bytes(unsigned char **at, unsigned number, const void *bytes, size_t length) {
  *(*at)++ = number << 3 | 2;
  *(*at)++ = length;
  memcpy(*at, bytes, length);
  *at += length;
}

static void send_message(const void *bytes, size_t length, int descriptor) {
  struct iovec vector = {(void *)bytes, length};
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  if (sendmsg(connection, &message, 0) < 0) exit(91);
}

/* Tells of a point and waits for the answer: whether to go on. */
static int notice(const char *script, int pid, int descriptor) {
  unsigned char inner[128], outer[256], answer[64], *at = inner, *end = outer;
  put_bytes(&at, 1, script, strlen(script));
  put(&at, 2, pid);
  put(&end, 1, 6);
  put(&end, 2, 1);
  put_bytes(&end, 5, inner, at - inner);
  note("notices", script, strlen(script), O_APPEND);
  note("notices", "\n", 1, O_APPEND);
  send_message(outer, end - outer, descriptor);
  ssize_t n = recv(connection, answer, sizeof answer, 0);
  return n > 0 && field(answer, n, 1, 0) == 6 && field(answer, n, 3, 0) == 1;
}

static void answer(int kind, int success, int pid, const char *message) {
  unsigned char inner[16], outer[512], *at = inner, *end = outer;
  put(&end, 1, kind);
  put(&end, 2, success);
  if (pid) {
    put(&at, 1, pid);
    put_bytes(&end, 4, inner, at - inner);
  }
  if (message) put_bytes(&end, 9, message, strlen(message));
  send_message(outer, end - outer, -1);
}

int main(int argc, char **argv) {
  static unsigned char request[1 << 16];
  char failure[100] = {0}, path[512];
  const unsigned char *options = 0;
  directory = getenv("FAKE_CRIU");
  if (argc != 3 || strcmp(argv[1], "swrk") || !directory) return 92;
  connection = atoi(argv[2]);
  ssize_t length = recv(connection, request, sizeof request, 0);
  if (length <= 0) return 93;
  note("request", request, length, O_TRUNC);
  copy("/proc/self/cgroup", "cgroup");
  copy("/proc/self/mountinfo", "mountinfo");
  int kind = field(request, length, 1, 0), pid = 0, ok = 1;
  size_t size = field(request, length, 2, &options);

  snprintf(path, sizeof path, "%s/fail", directory);
  int fd = open(path, O_RDONLY);
  if (fd >= 0 && read(fd, failure, sizeof failure - 1) > 0) {
    answer(kind, 0, 0, failure);
    return 1;
  }
  if (kind == 1) {
    ok = notice("network-lock", 0, -1) && notice("post-dump", 0, -1);
    if (ok && field(options, size, 3, 0) != 1) kill(field(options, size, 2, 0), SIGKILL);
    int status = field(options, size, 49, 0);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", getppid(), status);
    if (status > 0 && (fd = open(path, O_WRONLY)) >= 0) { if (write(fd, "", 1) != 1) return 94; }
  } else if (kind == 2) {
    pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
      execlp("sleep", "sleep", "1000", (char *)0);
      _exit(95);
    }
    int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    ok = notice("setup-namespaces", pid, -1) && notice("orphan-pts-master", pid, terminal) && notice("post-restore", pid, -1);
    if (!ok) {
      kill(pid, SIGKILL);
      answer(kind, 0, 0, "stopped by the caller");
      return 1;
    }
  } else if (kind == 4) {
    answer(kind, 1, 0, 0);
    /* A pre-dump waits for the next request. */
    recv(connection, request, sizeof request, 0);
    return 1;
  }
  answer(kind, ok, pid, 0);
  return 0;
}
