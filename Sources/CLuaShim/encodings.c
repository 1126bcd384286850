// `base64` and `hex`: RFC 4648, sections 4, 5 and 8.
//
// Rule: a decoder takes what has exactly one meaning. No white space, no partial padding, and no bits beyond the data,
// so that two different texts are two different byte strings (but for the choice of alphabet, padding and case).
// Bad input is an answer (nil and a message), not an error: it comes from outside. Positions are those of Lua, from 1.

#include <string.h>

#include "vm.h"

/// Bytes of output between two looks at the budget. A multiple of 12: whole groups of either side of base64.
enum { WINDOW_BYTES = 12288 };

static const char standard_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_digits[] = "0123456789abcdef";

/// What stands in the tables below for a byte that is no digit.
enum { NO_DIGIT = 0xff };
static uint8_t base64_values[256];
static uint8_t hex_values[256];

/// Before main, as states are opened on many threads.
__attribute__((constructor)) static void fill_values(void) {
    memset(base64_values, NO_DIGIT, sizeof base64_values);
    for (uint8_t i = 0; i < 64; i++) {
        base64_values[(uint8_t)standard_alphabet[i]] = i;
        base64_values[(uint8_t)url_alphabet[i]] = i;
    }
    memset(hex_values, NO_DIGIT, sizeof hex_values);
    for (uint8_t i = 0; i < 16; i++) {
        hex_values[(uint8_t)hex_digits[i]] = i;
        hex_values[(uint8_t)"0123456789ABCDEF"[i]] = i;
    }
}

static const uint8_t *check_bytes(lua_State *L, int argument, size_t *n) {
    return (const uint8_t *)luaL_checklstring(L, argument, n);
}

/// Answers nil and that byte `index` (from 0) of the input is not `wanted`.
static int refuse_byte(lua_State *L, const char *encoding, const char *wanted, uint8_t byte, size_t index) {
    luaL_pushfail(L);
    // lua_pushfstring knows no %02x.
    if (byte > 0x20 && byte < 0x7f) {
        lua_pushfstring(L, "%s: byte %I ('%c') is not %s", encoding, (lua_Integer)index + 1, byte, wanted);
    } else {
        lua_pushfstring(
            L, "%s: byte %I (0x%c%c) is not %s", encoding, (lua_Integer)index + 1, hex_digits[byte >> 4],
            hex_digits[byte & 15], wanted);
    }
    return 2;
}

// ---------------------------------------------------------------------------------------------------- base64

typedef struct base64_options {
    const char *alphabet;
    bool is_padded;
} base64_options;

/// Reads the table of options at index 2, by raw access; an option of another name is a mistake.
static base64_options check_options(lua_State *L) {
    base64_options options = {standard_alphabet, true};
    if (lua_isnoneornil(L, 2)) {
        return options;
    }
    luaL_checktype(L, 2, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
        bool is_url = strcmp(name, "url") == 0;
        if (!is_url && strcmp(name, "pad") != 0) {
            lua_pushfstring(L, "unknown option '%s': there are 'url' and 'pad'", name);
            luaL_argerror(L, 2, lua_tostring(L, -1));
        }
        if (lua_type(L, -1) != LUA_TBOOLEAN) {
            lua_pushfstring(L, "option '%s' has to be true or false, got %s", name, luaL_typename(L, -1));
            luaL_argerror(L, 2, lua_tostring(L, -1));
        }
        bool value = lua_toboolean(L, -1) != 0;
        if (is_url) {
            options.alphabet = value ? url_alphabet : standard_alphabet;
        } else {
            options.is_padded = value;
        }
    }
    return options;
}

/// Encodes a number of whole groups of three bytes.
static char *encode_groups(char *out, const uint8_t *p, size_t n, const char *alphabet) {
    for (const uint8_t *end = p + n; p < end; p += 3) {
        uint32_t group = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = alphabet[group >> 6 & 63];
        *out++ = alphabet[group & 63];
    }
    return out;
}

/// `base64.encode(s [, {url = false, pad = true}])`
static int base64_encode(lua_State *L) {
    size_t n;
    const uint8_t *p = check_bytes(L, 1, &n);
    base64_options options = check_options(L);
    const char *alphabet = options.alphabet;
    bool is_padded = options.is_padded;
    size_t rest = n % 3;
    uint64_t count = (uint64_t)(n / 3) * 4 + (rest == 0 ? 0 : is_padded ? 4 : rest + 1);
    clua_check_string_bytes(L, count);
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, (size_t)count);
    for (n -= rest; n > 0;) {
        clua_tick(L);
        size_t window = n < WINDOW_BYTES ? n : WINDOW_BYTES;
        out = encode_groups(out, p, window, alphabet);
        p += window;
        n -= window;
    }
    if (rest > 0) {
        uint32_t group = (uint32_t)p[0] << 16 | (rest == 2 ? (uint32_t)p[1] << 8 : 0);
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        if (rest == 2) {
            *out++ = alphabet[group >> 6 & 63];
        } else if (is_padded) {
            *out++ = '=';
        }
        if (is_padded) {
            *out++ = '=';
        }
    }
    luaL_pushresultsize(&buffer, (size_t)count);
    return 1;
}

/// Decodes whole groups of four digits until one holds something else, or `n` is used up; returns the bytes read.
static size_t decode_groups(char *out, const uint8_t *p, size_t n) {
    size_t read = 0;
    for (; read < n; read += 4, p += 4) {
        uint8_t a = base64_values[p[0]], b = base64_values[p[1]], c = base64_values[p[2]], d = base64_values[p[3]];
        // Values have six bits, NO_DIGIT has eight.
        if ((a | b | c | d) > 63) {
            break;
        }
        uint32_t group = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | d;
        *out++ = (char)(group >> 16);
        *out++ = (char)(group >> 8);
        *out++ = (char)group;
    }
    return read;
}

/// `base64.decode(s)`: the bytes, or nil and a message. Either alphabet; padding may be absent.
static int base64_decode(lua_State *L) {
    size_t total;
    const uint8_t *p = check_bytes(L, 1, &total);
    size_t n = total;
    // Padding fills a group of four up, and two is the most there can be.
    if (n > 0 && n % 4 == 0 && p[n - 1] == '=') {
        n -= p[n - 2] == '=' ? 2 : 1;
    }
    size_t rest = n % 4;
    size_t count = n / 4 * 3 + (rest == 0 ? 0 : rest - 1);
    clua_check_string_bytes(L, count);
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, count + 1);
    size_t index = 0;
    while (index < n - rest) {
        clua_tick(L);
        size_t window = n - rest - index < WINDOW_BYTES ? n - rest - index : WINDOW_BYTES;
        size_t read = decode_groups(out, p + index, window);
        out += read / 4 * 3;
        index += read;
        if (read < window) {
            break;
        }
    }
    // The rest, or the group with the bad byte.
    uint32_t group = 0;
    for (size_t i = index; i < n; i++) {
        uint8_t value = base64_values[p[i]];
        if (value == NO_DIGIT) {
            if (p[i] == '=') {
                luaL_pushfail(L);
                lua_pushfstring(
                    L, "base64: byte %I is '=', which may only fill the last group of four up", (lua_Integer)i + 1);
                return 2;
            }
            return refuse_byte(L, "base64", "in the alphabet", p[i], i);
        }
        group = group << 6 | value;
    }
    if (rest == 1) {
        luaL_pushfail(L);
        lua_pushfstring(
            L, "base64: cut off: byte %I is a single digit, and a byte takes at least two", (lua_Integer)n);
        return 2;
    }
    if (rest != 0) {
        uint32_t unused = rest == 2 ? group & 15 : group & 3;
        if (unused != 0) {
            luaL_pushfail(L);
            lua_pushfstring(L, "base64: byte %I has bits set beyond the end of the data", (lua_Integer)n);
            return 2;
        }
        group >>= rest == 2 ? 4 : 2;
        if (rest == 3) {
            *out++ = (char)(group >> 8);
        }
        *out++ = (char)group;
    }
    luaL_pushresultsize(&buffer, count);
    return 1;
}

/// Pushes the module `base64`. Inside.
int clua_open_base64(lua_State *L) {
    static const luaL_Reg functions[] = {{"encode", base64_encode}, {"decode", base64_decode}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

// ---------------------------------------------------------------------------------------------------- hex

/// `hex.encode(s)`: lower case.
static int hex_encode(lua_State *L) {
    size_t n;
    const uint8_t *p = check_bytes(L, 1, &n);
    clua_check_string_bytes(L, (uint64_t)n * 2);
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, n * 2);
    for (size_t i = 0; i < n; i++) {
        if (i % WINDOW_BYTES == 0) {
            clua_tick(L);
        }
        out[2 * i] = hex_digits[p[i] >> 4];
        out[2 * i + 1] = hex_digits[p[i] & 15];
    }
    luaL_pushresultsize(&buffer, n * 2);
    return 1;
}

/// `hex.decode(s)`: the bytes, or nil and a message. Either case.
static int hex_decode(lua_State *L) {
    size_t n;
    const uint8_t *p = check_bytes(L, 1, &n);
    luaL_Buffer buffer;
    clua_check_string_bytes(L, n / 2);
    char *out = luaL_buffinitsize(L, &buffer, n / 2);
    for (size_t i = 0; i < n / 2; i++) {
        if (i % WINDOW_BYTES == 0) {
            clua_tick(L);
        }
        uint8_t high = hex_values[p[2 * i]], low = hex_values[p[2 * i + 1]];
        if ((high | low) > 15) {
            size_t bad = high == NO_DIGIT ? 2 * i : 2 * i + 1;
            return refuse_byte(L, "hex", "a hexadecimal digit", p[bad], bad);
        }
        out[i] = (char)(high << 4 | low);
    }
    if (n % 2 == 1) {
        if (hex_values[p[n - 1]] == NO_DIGIT) {
            return refuse_byte(L, "hex", "a hexadecimal digit", p[n - 1], n - 1);
        }
        luaL_pushfail(L);
        lua_pushfstring(L, "hex: cut off: byte %I is a single digit, and a byte takes two", (lua_Integer)n);
        return 2;
    }
    luaL_pushresultsize(&buffer, n / 2);
    return 1;
}

/// Pushes the module `hex`. Inside.
int clua_open_hex(lua_State *L) {
    static const luaL_Reg functions[] = {{"encode", hex_encode}, {"decode", hex_decode}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
