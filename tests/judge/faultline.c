// Stands between a program and the system calls that touch files (LD_PRELOAD): counts them, and at one of them, or at
// all, does what a kill, a full disk, a failing disk, a signal or a slow pipe would do.
//
//   FAULT_LOG=FILE   one line a call: its number, its name, the file; the numbers are those that FAULT_AT takes
//   FAULT_AT=N       the call to disturb, counted from 1; 0 or none: every call that FAULT can disturb
//   FAULT=kill       killed before the call      tear  after half of a write
//         CODE       the call fails with this errno, given as a number; EINTR once, then the call is done
//         short      reads and writes take no more than 7 bytes, or half
//         term, int, stop  a signal arrives before the call; FAULT_AGAIN=M calls later SIGTERM
//
// fsync does nothing here: a kill leaves the page cache alone, and the order of fsyncs is for order.py to see.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum Fault { None, Kill, Tear, Fail, Short, Signal };
static enum Fault fault;
static long at, again, calls;
static int code, logFile = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char names[1024][256]; // by descriptor
static _Thread_local int canWait; // the call may be interrupted

__attribute__((constructor)) static void readOrders(void) {
  const char *log = getenv("FAULT_LOG"), *what = getenv("FAULT");
  if (log)
    logFile = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
  again = getenv("FAULT_AGAIN") ? atol(getenv("FAULT_AGAIN")) : 0;
  if (!what)
    return;
  code = atoi(what);
  fault = !strcmp(what, "kill")   ? Kill
          : !strcmp(what, "tear") ? Tear
          : !strcmp(what, "short") ? Short
          : !strcmp(what, "term") ? (code = SIGTERM, Signal)
          : !strcmp(what, "int")  ? (code = SIGINT, Signal)
          : !strcmp(what, "stop") ? (code = SIGSTOP, Signal)
          : code > 0              ? Fail
                                  : (abort(), None);
}

static const char *within(int folder, const char *path, char joined[512]) {
  if (folder < 0 || folder >= 1024 || path[0] == '/')
    return path;
  snprintf(joined, 512, "%s/%s", names[folder], path);
  return joined;
}

static const char *nameOf(int fd) {
  return fd == 0 ? "<stdin>" : fd == 1 ? "<stdout>" : fd == 2 ? "<stderr>" : fd > 0 && fd < 1024 ? names[fd] : "?";
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;)
    pause();
}

/// Counts a call; true where it is the one to disturb. What comes before it happens here.
static int meets(const char *call, const char *path) {
  canWait = !!strstr(" open create read pread write fsync ftruncate close stat ", call);
  int saved = errno;
  pthread_mutex_lock(&mutex);
  long number = ++calls;
  if (logFile >= 0) {
    char line[512];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
    syscall(SYS_write, logFile, line, length < 511 ? length : 511);
  }
  pthread_mutex_unlock(&mutex);
  int isIt = fault != None && (at == 0 || number == at);
  if (isIt && fault == Kill)
    die();
  if (fault == Signal && (number == at || (again && number == at + again)))
    raise(number == at ? code : SIGTERM);
  errno = saved;
  return isIt;
}

/// Where every call is disturbed by EINTR, every second one is: whoever tries again gets through.
static int fails(int isIt) {
  static _Thread_local int turn;
  if (!isIt || fault != Fail || (at == 0 && (!canWait || (turn = !turn) == 0)))
    return 0;
  errno = code;
  return 1;
}

static size_t part(int isIt, size_t bytes) {
  if (!isIt || (fault != Short && fault != Tear) || bytes < 2)
    return bytes;
  return at != 0 || bytes / 2 > 4096 ? bytes / 2 : bytes < 7 ? 1 : 7;
}

#define REAL(type, name, ...)                                                                                          \
  static type (*real)(__VA_ARGS__);                                                                                    \
  if (!real)                                                                                                           \
    real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define DISTURBED(call, path, onFailure, doing)                                                                        \
  int isIt = meets(call, path);                                                                                        \
  if (fails(isIt))                                                                                                     \
    return onFailure;                                                                                                  \
  return doing

ssize_t write(int fd, const void *from, size_t bytes) {
  REAL(ssize_t, "write", int, const void *, size_t);
  int isIt = meets("write", nameOf(fd));
  if (fails(isIt))
    return -1;
  ssize_t put = real(fd, from, part(isIt, bytes));
  if (isIt && fault == Tear)
    die();
  return put;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  DISTURBED("writev", nameOf(fd), -1, real(fd, parts, count));
}

ssize_t read(int fd, void *into, size_t bytes) {
  REAL(ssize_t, "read", int, void *, size_t);
  DISTURBED("read", nameOf(fd), -1, real(fd, into, part(isIt, bytes)));
}

ssize_t pread(int fd, void *into, size_t bytes, off_t offset) {
  REAL(ssize_t, "pread", int, void *, size_t, off_t);
  DISTURBED("pread", nameOf(fd), -1, real(fd, into, part(isIt, bytes), offset));
}

static int opened(int fd, const char *path) {
  if (fd >= 0 && fd < 1024)
    snprintf(names[fd], sizeof names[fd], "%s", path);
  return fd;
}

int open(const char *path, int flags, ...) {
  REAL(int, "open", const char *, int, ...);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  DISTURBED(flags & O_CREAT ? "create" : "open", path, -1, opened(real(path, flags, mode), path));
}

int openat(int folder, const char *path, int flags, ...) {
  REAL(int, "openat", int, const char *, int, ...);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  char joined[512];
  DISTURBED("openat", within(folder, path, joined), -1,
            opened(real(folder, path, flags, mode), within(folder, path, joined)));
}

FILE *fopen64(const char *path, const char *mode) {
  REAL(FILE *, "fopen64", const char *, const char *);
  DISTURBED("fopen", path, NULL, real(path, mode));
}

int close(int fd) {
  REAL(int, "close", int);
  int isIt = meets("close", nameOf(fd));
  int result = real(fd); // the descriptor is gone, whatever close says
  return fails(isIt) ? -1 : result;
}

int fsync(int fd) {
  DISTURBED("fsync", nameOf(fd), -1, 0);
}

int ftruncate(int fd, off_t bytes) {
  REAL(int, "ftruncate", int, off_t);
  DISTURBED("ftruncate", nameOf(fd), -1, real(fd, bytes));
}

int flock(int fd, int operation) {
  REAL(int, "flock", int, int);
  DISTURBED("flock", nameOf(fd), -1, real(fd, operation));
}

int stat(const char *path, struct stat *info) {
  REAL(int, "stat", const char *, struct stat *);
  DISTURBED("stat", path, -1, real(path, info));
}

int fstat(int fd, struct stat *info) {
  REAL(int, "fstat", int, struct stat *);
  DISTURBED("fstat", nameOf(fd), -1, real(fd, info));
}

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  DISTURBED("mkdir", path, -1, real(path, mode));
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  DISTURBED("rename", to, -1, real(from, to));
}

int renameat2(int fromFolder, const char *from, int toFolder, const char *to, unsigned flags) {
  REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
  DISTURBED("renameat2", to, -1, real(fromFolder, from, toFolder, to, flags));
}

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  DISTURBED("unlink", path, -1, real(path));
}

int unlinkat(int folder, const char *path, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  char joined[512];
  DISTURBED("unlinkat", within(folder, path, joined), -1, real(folder, path, flags));
}

int remove(const char *path) {
  REAL(int, "remove", const char *);
  DISTURBED("remove", path, -1, real(path));
}

struct dirent *readdir(DIR *folder) {
  REAL(struct dirent *, "readdir", DIR *);
  DISTURBED("readdir", nameOf(dirfd(folder)), NULL, real(folder));
}
