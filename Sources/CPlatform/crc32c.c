// CRC-32C at the memory's speed.
//
// The CRC instruction takes eight bytes and has a latency of three cycles at a throughput of one, so three independent
// streams keep it busy:
//
//     | block A, L bytes | block B, L bytes | block C, L bytes |
//
// In the field GF(2)[x]/P, crc(A B C) = crc(A)·x^(16L) + crc(B)·x^(8L) + crc(C), with crc(B) and crc(C) started at 0.
// The multiplications by a constant are one carry-less product each. Operands are bit-reflected, so the 64-bit product
// stands for a·k·x, and feeding it to the CRC instruction multiplies by x^32 and reduces: for a factor x^n the constant
// is k = x^(n-33) mod P, reflected.

#include "CPlatform.h"

#include <string.h>

// P, reflected.
#define CASTAGNOLI 0x82f63b78u

// MARK: Tables

// slices[k][b]: the checksum of byte b followed by k zero bytes.
static uint32_t slices[8][256];

__attribute__((constructor)) static void fill_slices(void) {
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t c = b;
        for (int bit = 0; bit < 8; bit++) c = (c >> 1) ^ ((c & 1) ? CASTAGNOLI : 0);
        slices[0][b] = c;
    }
    for (int k = 1; k < 8; k++) {
        for (uint32_t b = 0; b < 256; b++) {
            uint32_t c = slices[k - 1][b];
            slices[k][b] = (c >> 8) ^ slices[0][c & 0xff];
        }
    }
}

uint32_t cplatform_crc32c_portable(uint32_t seed, const void *bytes, size_t n) {
    const uint8_t *p = bytes;
    uint32_t crc = ~seed;
    for (; n >= 8; p += 8, n -= 8) {
        crc = slices[7][(crc ^ p[0]) & 0xff] ^ slices[6][((crc >> 8) ^ p[1]) & 0xff] ^
              slices[5][((crc >> 16) ^ p[2]) & 0xff] ^ slices[4][(crc >> 24) ^ p[3]] ^
              slices[3][p[4]] ^ slices[2][p[5]] ^ slices[1][p[6]] ^ slices[0][p[7]];
    }
    for (; n > 0; p++, n--) crc = (crc >> 8) ^ slices[0][(crc ^ *p) & 0xff];
    return ~crc;
}

// MARK: x86-64

#if defined(__x86_64__)

#include <nmmintrin.h>
#include <wmmintrin.h>

#define ACCELERATED __attribute__((target("sse4.2,pclmul")))

static inline uint64_t load64(const uint8_t *p) {
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

// Takes as many triples of L-byte blocks as fit and leaves `p` and `n` at the rest.
// kOne is x^(8L-33), kTwo is x^(16L-33), both mod P and reflected.
#define THREE_STREAMS(L, kOne, kTwo)                                                                                   \
    while (n >= 3 * (L)) {                                                                                             \
        uint64_t a = crc, b = 0, c = 0;                                                                                \
        for (const uint8_t *end = p + (L); p < end; p += 8) {                                                          \
            a = _mm_crc32_u64(a, load64(p));                                                                           \
            b = _mm_crc32_u64(b, load64(p + (L)));                                                                     \
            c = _mm_crc32_u64(c, load64(p + 2 * (L)));                                                                 \
        }                                                                                                              \
        __m128i constants = _mm_set_epi64x((kOne), (kTwo));                                                            \
        __m128i shiftedA = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)a), constants, 0x00);                     \
        __m128i shiftedB = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)b), constants, 0x10);                     \
        crc = c ^ _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(_mm_xor_si128(shiftedA, shiftedB)));                    \
        p += 2 * (L);                                                                                                  \
        n -= 3 * (L);                                                                                                  \
    }

ACCELERATED static uint32_t crc32c_x86(uint32_t seed, const uint8_t *p, size_t n) {
    uint64_t crc = (uint32_t)~seed;
    // Long blocks make the joins rare; the shorter ones serve single batches and the ends of long ones.
    THREE_STREAMS(4096, 0x82f89c77, 0x54a86326)
    THREE_STREAMS(512, 0xdd7e3b0c, 0x170076fa)
    THREE_STREAMS(64, 0x9e4addf8, 0x0d3b6092)
    for (; n >= 8; p += 8, n -= 8) crc = _mm_crc32_u64(crc, load64(p));
    for (; n > 0; p++, n--) crc = _mm_crc32_u8((uint32_t)crc, *p);
    return ~(uint32_t)crc;
}

uint32_t cplatform_crc32c(uint32_t seed, const void *p, size_t n) {
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) return crc32c_x86(seed, p, n);
    return cplatform_crc32c_portable(seed, p, n);
}

// MARK: ARM64

#elif defined(__aarch64__)

#include <arm_acle.h>
#include <sys/auxv.h>

#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif

static int has_crc_instructions;

__attribute__((constructor)) static void detect_crc_instructions(void) {
    has_crc_instructions = (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
}

// One stream: the instruction's latency is two or three cycles here, and no ARM machine was at hand to measure more on.
__attribute__((target("crc"))) static uint32_t crc32c_arm(uint32_t seed, const uint8_t *p, size_t n) {
    uint32_t crc = ~seed;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t value;
        memcpy(&value, p, sizeof value);
        crc = __crc32cd(crc, value);
    }
    for (; n > 0; p++, n--) crc = __crc32cb(crc, *p);
    return ~crc;
}

uint32_t cplatform_crc32c(uint32_t seed, const void *p, size_t n) {
    if (has_crc_instructions) return crc32c_arm(seed, p, n);
    return cplatform_crc32c_portable(seed, p, n);
}

#else

uint32_t cplatform_crc32c(uint32_t seed, const void *p, size_t n) { return cplatform_crc32c_portable(seed, p, n); }

#endif
