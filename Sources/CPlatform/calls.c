#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

// The number is the same on all architectures that Linux added it for; older headers lack it.
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

ssize_t cplatform_preadv2_nowait(int fd, void *buffer, size_t n, off_t offset) {
    struct iovec vector = {.iov_base = buffer, .iov_len = n};
    ssize_t count = preadv2(fd, &vector, 1, offset, RWF_NOWAIT);
    return count < 0 ? -errno : count;
}

int cplatform_cachestat(int fd, uint64_t offset, uint64_t length, uint64_t *cached_pages) {
    // Layouts of linux/mman.h, spelled out because headers before 6.5 lack them.
    struct { uint64_t offset, length; } range = {offset, length};
    struct { uint64_t cached, dirty, writeback, evicted, recently_evicted; } state = {0};
    if (syscall(SYS_cachestat, fd, &range, &state, 0) != 0) return -errno;
    *cached_pages = state.cached;
    return 0;
}

int cplatform_fallocate_keep_size(int fd, off_t offset, off_t length) {
    while (fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length) != 0) {
        if (errno != EINTR) return -errno;
    }
    return 0;
}

int cplatform_syncfs(int fd) { return syncfs(fd) == 0 ? 0 : -errno; }

int cplatform_fdatasync(int fd) { return fdatasync(fd) == 0 ? 0 : -errno; }

int cplatform_flock_exclusive_nonblocking(int fd) {
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EINTR) return -errno;
    }
    return 0;
}

void cplatform_set_thread_name(const char *name) {
    pthread_setname_np(pthread_self(), name);
}
