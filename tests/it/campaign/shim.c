/* Stands between the program and the C library, and counts the calls that change the shop's files.
 *
 * RENTDESK_SHIM_DIR    only files below this folder count
 * RENTDESK_SHIM_KILL   the process kills itself at this call
 * RENTDESK_SHIM_FAIL   this call fails, RENTDESK_SHIM_MORE further ones too, with RENTDESK_SHIM_ERRNO
 * RENTDESK_SHIM_ONLY   "sync": only calls that make something durable count
 * RENTDESK_SHIM_COUNT  the number of calls is written here at the end
 * RENTDESK_SHIM_LOG    every call is written here with its bytes, and every line that was printed
 * RENTDESK_SHIM_SILENT but no lines
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096
static char *paths[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls;
static int record = -1;

static const char *folder(void) { return getenv("RENTDESK_SHIM_DIR"); }

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static ssize_t plain_write(int fd, const void *bytes, size_t count) {
    static ssize_t (*next)(int, const void *, size_t);
    if (!next) next = dlsym(RTLD_NEXT, "write");
    return next(fd, bytes, count);
}

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("RENTDESK_SHIM_LOG");
    static int (*next)(const char *, int, ...);
    next = dlsym(RTLD_NEXT, "open64");
    if (log) record = next(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

__attribute__((destructor)) static void end(void) {
    const char *count = getenv("RENTDESK_SHIM_COUNT");
    if (count) {
        FILE *file = fopen(count, "w");
        if (file) {
            fprintf(file, "%ld\n", calls);
            fclose(file);
        }
    }
}

static int ours(const char *path) {
    const char *dir = folder();
    return dir && path && strncmp(path, dir, strlen(dir)) == 0;
}

static const char *path_of(int fd) {
    return fd >= 0 && fd < FILES ? paths[fd] : NULL;
}

static void tell(char what, const char *path, uint64_t at, const void *bytes, uint64_t count) {
    if (record < 0) return;
    uint32_t length = path ? strlen(path) : 0;
    pthread_mutex_lock(&lock);
    plain_write(record, &what, 1);
    plain_write(record, &length, 4);
    if (length) plain_write(record, path, length);
    plain_write(record, &at, 8);
    plain_write(record, &count, 8);
    if (count && bytes) plain_write(record, bytes, count);
    pthread_mutex_unlock(&lock);
}

/* Counts a call; 1: it is to fail. */
static int counts(int is_sync) {
    const char *only = getenv("RENTDESK_SHIM_ONLY");
    if (only && !is_sync) return 0;
    long now = __sync_add_and_fetch(&calls, 1);
    if (number("RENTDESK_SHIM_KILL") == now) kill(getpid(), SIGKILL);
    long from = number("RENTDESK_SHIM_FAIL");
    if (from && now >= from && now <= from + number("RENTDESK_SHIM_MORE")) {
        long error = number("RENTDESK_SHIM_ERRNO");
        errno = error ? (int)error : EIO;
        return 1;
    }
    return 0;
}

static void opened(int fd, const char *path) {
    if (fd < 0 || fd >= FILES) return;
    char whole[PATH_MAX];
    free(paths[fd]);
    paths[fd] = NULL;
    if (realpath(path, whole) && ours(whole)) paths[fd] = strdup(whole);
}

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...) {                       \
        static int (*next)(const char *, int, ...);                    \
        if (!next) next = dlsym(RTLD_NEXT, #name);                     \
        mode_t mode = 0;                                               \
        if (flags & (O_CREAT | O_TMPFILE)) {                           \
            va_list more;                                              \
            va_start(more, flags);                                     \
            mode = va_arg(more, mode_t);                               \
            va_end(more);                                              \
        }                                                              \
        int made = (flags & O_CREAT) && access(path, F_OK) != 0;       \
        if (made && ours(path) && counts(0)) return -1;                \
        int fd = next(path, flags, mode);                              \
        opened(fd, path);                                              \
        if (made && path_of(fd)) tell('C', path_of(fd), 0, NULL, 0);   \
        return fd;                                                     \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "close");
    if (fd >= 0 && fd < FILES) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
    return next(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (fd == 1 && !getenv("RENTDESK_SHIM_SILENT")) tell('A', "", 0, bytes, count);
    if (!path_of(fd)) return plain_write(fd, bytes, count);
    if (counts(0)) return -1;
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = plain_write(fd, bytes, count);
    if (done > 0) tell('W', path_of(fd), at, bytes, done);
    return done;
}

#define PWRITE(name, offset)                                                   \
    ssize_t name(int fd, const void *bytes, size_t count, offset at) {         \
        static ssize_t (*next)(int, const void *, size_t, offset);             \
        if (!next) next = dlsym(RTLD_NEXT, #name);                             \
        if (!path_of(fd)) return next(fd, bytes, count, at);                   \
        if (counts(0)) return -1;                                              \
        ssize_t done = next(fd, bytes, count, at);                             \
        if (done > 0) tell('W', path_of(fd), at, bytes, done);                 \
        return done;                                                           \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(name, offset)                                                 \
    int name(int fd, offset size) {                                            \
        static int (*next)(int, offset);                                       \
        if (!next) next = dlsym(RTLD_NEXT, #name);                             \
        if (!path_of(fd)) return next(fd, size);                               \
        if (counts(0)) return -1;                                              \
        int done = next(fd, size);                                             \
        if (done == 0) tell('T', path_of(fd), size, NULL, 0);                  \
        return done;                                                           \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                                                             \
    int name(int fd) {                                                         \
        static int (*next)(int);                                               \
        if (!next) next = dlsym(RTLD_NEXT, #name);                             \
        if (!path_of(fd)) return next(fd);                                     \
        if (counts(1)) return -1;                                              \
        int done = next(fd);                                                   \
        if (done == 0) tell('S', path_of(fd), 0, NULL, 0);                     \
        return done;                                                           \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    static int (*next)(const char *);
    if (!next) next = dlsym(RTLD_NEXT, "unlink");
    if (ours(path) && counts(0)) return -1;
    int done = next(path);
    if (done == 0 && ours(path)) tell('U', path, 0, NULL, 0);
    return done;
}

int rename(const char *from, const char *to) {
    static int (*next)(const char *, const char *);
    if (!next) next = dlsym(RTLD_NEXT, "rename");
    if (ours(from) && counts(0)) return -1;
    int done = next(from, to);
    if (done == 0 && ours(from)) tell('R', from, 0, to, strlen(to));
    return done;
}
