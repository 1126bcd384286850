// `hash`: checksums and hash functions that are not cryptographic, for keys, partitions and comparing.
//
// Results of 32 bits are 0 to 2^32-1. Results of 64 bits are all the bits of a Lua integer, so half of them are
// negative: format them with "%016x", compare them with math.ult.
//
// Rule: a function goes through its input in windows of WINDOW_BYTES and ticks between them, so that hashing a long
// string can be stopped.

#include <string.h>

#include "vm.h"

/// Some 15 microseconds of the slowest of them. A multiple of 32, the longest block.
enum { WINDOW_BYTES = 16384 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the loads below read little-endian numbers");

static inline uint32_t load32(const uint8_t *p) {
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static inline uint64_t load64(const uint8_t *p) {
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static inline uint64_t rotate64(uint64_t value, int bits) {
    return value << bits | value >> (64 - bits);
}

static const uint8_t *check_bytes(lua_State *L, int argument, size_t *n) {
    return (const uint8_t *)luaL_checklstring(L, argument, n);
}

/// The bytes of the next window out of `n`.
static inline size_t next_window(lua_State *L, size_t n) {
    clua_tick(L);
    return n < WINDOW_BYTES ? n : WINDOW_BYTES;
}

static int push64(lua_State *L, uint64_t hash) {
    lua_pushinteger(L, (lua_Integer)hash);
    return 1;
}

// ---------------------------------------------------------------------------------------------------- CRC

/// [k][b]: the checksum of byte b followed by k zero bytes. With eight of them a step takes eight bytes.
typedef uint32_t crc_slices[8][256];

static crc_slices ieee_slices;
static crc_slices castagnoli_slices;

static void fill_slices(crc_slices slices, uint32_t reflected_polynomial) {
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? reflected_polynomial : 0);
        }
        slices[0][b] = crc;
    }
    for (int k = 1; k < 8; k++) {
        for (int b = 0; b < 256; b++) {
            uint32_t crc = slices[k - 1][b];
            slices[k][b] = crc >> 8 ^ slices[0][crc & 0xff];
        }
    }
}

/// Before main, as states are opened on many threads.
__attribute__((constructor)) static void fill_all_slices(void) {
    fill_slices(ieee_slices, 0xedb88320);        // IEEE 802.3, 3.2.9
    fill_slices(castagnoli_slices, 0x82f63b78);  // RFC 3720, 12.1
}

static int push_crc(lua_State *L, const crc_slices slices) {
    size_t n;
    const uint8_t *p = check_bytes(L, 1, &n);
    uint32_t crc = UINT32_MAX;
    while (n > 0) {
        size_t window = next_window(L, n);
        n -= window;
        for (; window >= 8; p += 8, window -= 8) {
            uint32_t low = load32(p) ^ crc;
            uint32_t high = load32(p + 4);
            crc = slices[7][low & 0xff] ^ slices[6][low >> 8 & 0xff] ^ slices[5][low >> 16 & 0xff] ^
                slices[4][low >> 24] ^ slices[3][high & 0xff] ^ slices[2][high >> 8 & 0xff] ^
                slices[1][high >> 16 & 0xff] ^ slices[0][high >> 24];
        }
        for (; window > 0; p++, window--) {
            crc = crc >> 8 ^ slices[0][(crc ^ *p) & 0xff];
        }
    }
    lua_pushinteger(L, ~crc);
    return 1;
}

/// `hash.crc32(s)`: that of Ethernet, gzip and zip.
static int crc32(lua_State *L) {
    return push_crc(L, ieee_slices);
}

/// `hash.crc32c(s)`: that of iSCSI and of Kafka's record batches.
static int crc32c(lua_State *L) {
    return push_crc(L, castagnoli_slices);
}

// ---------------------------------------------------------------------------------------------------- FNV-1a

/// `hash.fnv1a(s)`: FNV-1a in 64 bits, draft-eastlake-fnv.
static int fnv1a(lua_State *L) {
    size_t n;
    const uint8_t *p = check_bytes(L, 1, &n);
    uint64_t hash = 0xcbf29ce484222325;
    while (n > 0) {
        size_t window = next_window(L, n);
        n -= window;
        for (const uint8_t *end = p + window; p < end; p++) {
            hash = (hash ^ *p) * 0x100000001b3;
        }
    }
    return push64(L, hash);
}

// ---------------------------------------------------------------------------------------------------- murmur2

enum { MURMUR2_FACTOR = 0x5bd1e995 };
/// As Kafka's Java client has it.
#define MURMUR2_SEED 0x9747b28c

/// Takes `n` bytes, a multiple of four.
static inline uint32_t murmur2_blocks(uint32_t hash, const uint8_t *p, size_t n) {
    for (const uint8_t *end = p + n; p < end; p += 4) {
        uint32_t block = load32(p) * MURMUR2_FACTOR;
        block = (block ^ block >> 24) * MURMUR2_FACTOR;
        hash = hash * MURMUR2_FACTOR ^ block;
    }
    return hash;
}

/// Takes the last zero to three bytes.
static inline uint32_t murmur2_finish(uint32_t hash, const uint8_t *p, size_t n) {
    if (n > 0) {
        uint32_t block = 0;
        for (size_t i = 0; i < n; i++) {
            block |= (uint32_t)p[i] << 8 * i;
        }
        hash = (hash ^ block) * MURMUR2_FACTOR;
    }
    hash = (hash ^ hash >> 13) * MURMUR2_FACTOR;
    return hash ^ hash >> 15;
}

uint32_t clua_murmur2(const void *bytes, size_t n) {
    size_t whole = n - n % 4;
    uint32_t hash = murmur2_blocks(MURMUR2_SEED ^ (uint32_t)n, bytes, whole);
    return murmur2_finish(hash, (const uint8_t *)bytes + whole, n - whole);
}

/// `clua_murmur2` of the first argument, in windows.
static uint32_t check_murmur2(lua_State *L) {
    size_t n;
    const uint8_t *p = check_bytes(L, 1, &n);
    uint32_t hash = MURMUR2_SEED ^ (uint32_t)n;
    while (n >= 4) {
        size_t window = next_window(L, n - n % 4);
        hash = murmur2_blocks(hash, p, window);
        p += window;
        n -= window;
    }
    return murmur2_finish(hash, p, n);
}

/// `hash.murmur2(s)`: as Kafka's Java client computes it, which shows it as a signed number.
static int murmur2(lua_State *L) {
    lua_pushinteger(L, check_murmur2(L));
    return 1;
}

/// `hash.partition(s, n)`: the partition, 0 to n-1, to which Kafka's default partitioner sends a record of key `s`.
static int partition(lua_State *L) {
    lua_Integer count = luaL_checkinteger(L, 2);
    // Kafka counts partitions in 32 bits.
    if (count < 1 || count > INT32_MAX) {
        lua_pushfstring(L, "a count of partitions has to be 1 to %d, got %I", INT32_MAX, count);
        return luaL_argerror(L, 2, lua_tostring(L, -1));
    }
    lua_pushinteger(L, (lua_Integer)(check_murmur2(L) & INT32_MAX) % count);
    return 1;
}

// ---------------------------------------------------------------------------------------------------- XXH64
// "xxHash fast digest algorithm", section "XXH64 algorithm description"; the steps below are numbered there.

#define XXH_PRIME_1 UINT64_C(0x9e3779b185ebca87)
#define XXH_PRIME_2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define XXH_PRIME_3 UINT64_C(0x165667b19e3779f9)
#define XXH_PRIME_4 UINT64_C(0x85ebca77c2b2ae63)
#define XXH_PRIME_5 UINT64_C(0x27d4eb2f165667c5)

static inline uint64_t xxh64_round(uint64_t accumulator, uint64_t lane) {
    return rotate64(accumulator + lane * XXH_PRIME_2, 31) * XXH_PRIME_1;
}

/// Steps 1 to 3: the stripes of 32 bytes, then the accumulators become one. `*p` and `*n` are left at the rest.
static uint64_t xxh64_stripes(lua_State *L, const uint8_t **p, size_t *n, uint64_t seed) {
    uint64_t a[4] = {seed + XXH_PRIME_1 + XXH_PRIME_2, seed + XXH_PRIME_2, seed, seed - XXH_PRIME_1};
    while (*n >= 32) {
        size_t window = next_window(L, *n - *n % 32);
        for (const uint8_t *end = *p + window; *p < end; *p += 32) {
            for (int i = 0; i < 4; i++) {
                a[i] = xxh64_round(a[i], load64(*p + 8 * i));
            }
        }
        *n -= window;
    }
    uint64_t hash = rotate64(a[0], 1) + rotate64(a[1], 7) + rotate64(a[2], 12) + rotate64(a[3], 18);
    for (int i = 0; i < 4; i++) {
        hash = (hash ^ xxh64_round(0, a[i])) * XXH_PRIME_1 + XXH_PRIME_4;
    }
    return hash;
}

/// `hash.xxh64(s [, seed])`
static int xxh64(lua_State *L) {
    size_t n;
    const uint8_t *p = check_bytes(L, 1, &n);
    uint64_t seed = (uint64_t)luaL_optinteger(L, 2, 0);
    uint64_t total = n;
    uint64_t hash = n >= 32 ? xxh64_stripes(L, &p, &n, seed) : seed + XXH_PRIME_5;
    hash += total;
    for (; n >= 8; p += 8, n -= 8) {
        hash = rotate64(hash ^ xxh64_round(0, load64(p)), 27) * XXH_PRIME_1 + XXH_PRIME_4;
    }
    if (n >= 4) {
        hash = rotate64(hash ^ load32(p) * XXH_PRIME_1, 23) * XXH_PRIME_2 + XXH_PRIME_3;
        p += 4;
        n -= 4;
    }
    for (; n > 0; p++, n--) {
        hash = rotate64(hash ^ *p * XXH_PRIME_5, 11) * XXH_PRIME_1;
    }
    hash = (hash ^ hash >> 33) * XXH_PRIME_2;
    hash = (hash ^ hash >> 29) * XXH_PRIME_3;
    return push64(L, hash ^ hash >> 32);
}

// ---------------------------------------------------------------------------------------------------- SipHash
// Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012: SipHash-2-4.

typedef struct sip_state {
    uint64_t v0, v1, v2, v3;
} sip_state;

static inline void sip_round(sip_state *s) {
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate64(s->v1, 13) ^ s->v0;
    s->v3 = rotate64(s->v3, 16) ^ s->v2;
    s->v0 = rotate64(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate64(s->v1, 17) ^ s->v2;
    s->v3 = rotate64(s->v3, 21) ^ s->v0;
    s->v2 = rotate64(s->v2, 32);
}

static inline void sip_absorb(sip_state *s, uint64_t word) {
    s->v3 ^= word;
    sip_round(s);
    sip_round(s);
    s->v0 ^= word;
}

/// `hash.siphash(s, key)`: keyed, so that who does not know the 16 bytes cannot make inputs collide.
static int siphash(lua_State *L) {
    size_t n, key_bytes;
    const uint8_t *p = check_bytes(L, 1, &n);
    const uint8_t *key = check_bytes(L, 2, &key_bytes);
    if (key_bytes != 16) {
        lua_pushfstring(L, "a key of 16 bytes expected, got %I bytes", (lua_Integer)key_bytes);
        return luaL_argerror(L, 2, lua_tostring(L, -1));
    }
    uint64_t k0 = load64(key), k1 = load64(key + 8);
    // "somepseudorandomlygeneratedbytes"
    sip_state s = {
        k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
    uint64_t last = (uint64_t)n << 56;
    while (n >= 8) {
        size_t window = next_window(L, n - n % 8);
        for (const uint8_t *end = p + window; p < end; p += 8) {
            sip_absorb(&s, load64(p));
        }
        n -= window;
    }
    for (size_t i = 0; i < n; i++) {
        last |= (uint64_t)p[i] << 8 * i;
    }
    sip_absorb(&s, last);
    s.v2 ^= 0xff;
    for (int i = 0; i < 4; i++) {
        sip_round(&s);
    }
    return push64(L, s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}

/// Pushes the module `hash`. Inside.
int clua_open_hash(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"crc32", crc32},   {"crc32c", crc32c},       {"fnv1a", fnv1a},
        {"xxh64", xxh64},   {"siphash", siphash},     {"murmur2", murmur2},
        {"partition", partition}, {NULL, NULL},
    };
    luaL_newlib(L, functions);
    return 1;
}
