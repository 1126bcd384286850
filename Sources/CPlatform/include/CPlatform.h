// What Swift cannot say: the processor's CRC instructions and a few Linux calls that its C library import lacks.

#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/// CRC-32C (Castagnoli, RFC 3720 B.4) of `n` bytes that follow bytes of checksum `seed`; 0 seeds an empty prefix.
/// Both are finalised checksums: crc32c(crc32c(0, a), b) == crc32c(0, a + b).
uint32_t cplatform_crc32c(uint32_t seed, const void *p, size_t n);

/// The same by tables alone, for processors without CRC instructions. Here for the tests.
uint32_t cplatform_crc32c_portable(uint32_t seed, const void *p, size_t n);

// The calls below return what the system call returns, or the negated errno.

/// Reads from the page cache only: -EAGAIN if a byte would have to come from the device, -EOPNOTSUPP if the file
/// system cannot tell. May return fewer bytes than asked for at the edge of what is cached.
ssize_t cplatform_preadv2_nowait(int fd, void *buffer, size_t n, off_t offset);

/// Counts the cached pages of a range (Linux 6.5); `length` 0 means to the end of the file. -ENOSYS where absent.
int cplatform_cachestat(int fd, uint64_t offset, uint64_t length, uint64_t *cached_pages);

/// Reserves blocks up to `length` from `offset` without moving the end of the file.
int cplatform_fallocate_keep_size(int fd, off_t offset, off_t length);

/// Makes the whole file system of `fd` durable; reports earlier write-back errors since Linux 5.8.
int cplatform_syncfs(int fd);

/// Makes the file's bytes, and its size if that changed, durable. Not retried: see `DiskFile.sync`.
int cplatform_fdatasync(int fd);

/// Takes the exclusive advisory lock of an open file: -EWOULDBLOCK if another open file holds it.
int cplatform_flock_exclusive_nonblocking(int fd);

/// Names the calling thread, at most 15 characters, as `top -H` and profiles show it.
void cplatform_set_thread_name(const char *name);

#ifdef __cplusplus
}
#endif

#endif
