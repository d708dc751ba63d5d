/* Counts the calls by which a process changes files, and at the Nth does what EVOLVE_SHIM says:
 *
 *   kill:N   dies before the call
 *   half:N   writes half of what is to be written, or makes the call, and dies
 *   once:N   gives an I/O error instead, once
 *   ever:N   gives an I/O error instead, from then on
 *
 * Only regular files and folders count, so that what the process says does not. EVOLVE_SHIM_COUNT names a file into
 * which a process that ends by itself writes how many calls there were.
 *
 *   cc -shared -fPIC -o stop.so stop.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum mode { NOTHING, KILL, HALF, ONCE, EVER };

static enum mode mode = NOTHING;
static long nth = -1;
static long seen = 0;

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("EVOLVE_SHIM");
    if (!text) return;
    const char *colon = strchr(text, ':');
    if (!colon) return;
    nth = atol(colon + 1);
    if (!strncmp(text, "kill", 4)) mode = KILL;
    if (!strncmp(text, "half", 4)) mode = HALF;
    if (!strncmp(text, "once", 4)) mode = ONCE;
    if (!strncmp(text, "ever", 4)) mode = EVER;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("EVOLVE_SHIM_COUNT");
    if (!path) return;
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", __atomic_load_n(&seen, __ATOMIC_SEQ_CST));
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) return;
    syscall(SYS_write, fd, text, (size_t)length);
    syscall(SYS_close, fd);
}

static void die(void) {
    raise(SIGKILL);
}

static int is_file(int fd) {
    struct stat about;
    if (fd < 0 || syscall(SYS_fstat, fd, &about) != 0) return 0;
    return S_ISREG(about.st_mode) || S_ISDIR(about.st_mode);
}

/* What is to happen at this call: nothing unless it is the one. */
static enum mode now(void) {
    long count = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    if (mode == EVER && count >= nth) return EVER;
    return count == nth ? mode : NOTHING;
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* Calls that have no half: die before, die after, or fail. */
#define WHOLE(call)                                                     \
    switch (now()) {                                                    \
    case KILL: die(); break;                                            \
    case HALF: call; die(); break;                                      \
    case ONCE:                                                          \
    case EVER: errno = EIO; return -1;                                  \
    case NOTHING: break;                                                \
    }                                                                   \
    return call

/* Writes: half of them is written before death. */
#define WRITES(whole, half)                                             \
    if (!is_file(fd)) return whole;                                     \
    switch (now()) {                                                    \
    case KILL: die(); break;                                            \
    case HALF: (void)!half; die(); break;                               \
    case ONCE:                                                          \
    case EVER: errno = EIO; return -1;                                  \
    case NOTHING: break;                                                \
    }                                                                   \
    return whole

ssize_t write(int fd, const void *data, size_t count) {
    REAL(write);
    WRITES(real(fd, data, count), real(fd, data, count / 2));
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t at) {
    REAL(pwrite);
    WRITES(real(fd, data, count, at), real(fd, data, count / 2, at));
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t at) {
    REAL(pwrite64);
    WRITES(real(fd, data, count, at), real(fd, data, count / 2, at));
}

int fsync(int fd) {
    REAL(fsync);
    if (!is_file(fd)) return real(fd);
    WHOLE(real(fd));
}

int fdatasync(int fd) {
    REAL(fdatasync);
    if (!is_file(fd)) return real(fd);
    WHOLE(real(fd));
}

int ftruncate(int fd, off_t length) {
    REAL(ftruncate);
    WHOLE(real(fd, length));
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    WHOLE(real(fd, length));
}

int unlink(const char *path) {
    REAL(unlink);
    WHOLE(real(path));
}

int rename(const char *from, const char *to) {
    REAL(rename);
    WHOLE(real(from, to));
}

int link(const char *from, const char *to) {
    REAL(link);
    WHOLE(real(from, to));
}
