// string.format: liblua's, a stretch of the format at a time, so that what a stretch makes is known before it is made
// and is little more than the strings that go into it.

#include <ctype.h>
#include <string.h>

#include "string_library.h"

/// What one stretch may hold. A number gives at most 99 digits before and behind the point, besides those of 1e308.
enum { STRETCH_CONVERSION_COUNT_MAX = 100, STRETCH_BYTES_MAX = 1 << 16 };

/// A format while it is read.
typedef struct reading {
    lua_State *L;
    const char *p;
    const char *end;
    /// The stack index of the latest conversion's argument, and of the last there is.
    int argument;
    int argument_max;
} reading;

/// One stretch of a format.
typedef struct stretch {
    const char *begin;
    int first_argument;
    int argument_count;
    /// Bytes it gives at least: plain text, and strings of which all is shown.
    uint64_t bytes;
    /// It is `%q` of a long string, and nothing else.
    bool is_long_quote;
} stretch;

/// Writes what stands for `byte` in a string that Lua can read back; at most four bytes, their count.
static inline int quote_byte(char *to, unsigned char byte, bool does_digit_follow) {
    if (byte == '"' || byte == '\\' || byte == '\n') {
        to[0] = '\\';
        to[1] = (char)byte;
        return 2;
    }
    if (!iscntrl(byte)) {
        to[0] = (char)byte;
        return 1;
    }
    int count = 0;
    to[count++] = '\\';
    if (byte >= 100 || does_digit_follow) {
        to[count++] = (char)('0' + byte / 100);
    }
    if (byte >= 10 || does_digit_follow) {
        to[count++] = (char)('0' + byte / 10 % 10);
    }
    to[count++] = (char)('0' + byte % 10);
    return count;
}

/// Bytes of the quoted form of a string; adds it to `to` unless that is NULL.
static uint64_t quote(lua_State *L, const char *s, size_t bytes, clua_result *to) {
    uint64_t total = 2;
    if (to != NULL) {
        clua_result_add(L, to, "\"", 1);
    }
    for (size_t i = 0; i < bytes;) {
        clua_tick(L);
        char quoted[4 * 256];
        int count = 0;
        for (size_t chunk_end = bytes - i > 256 ? i + 256 : bytes; i < chunk_end; i++) {
            bool does_digit_follow = i + 1 < bytes && isdigit((unsigned char)s[i + 1]);
            count += quote_byte(quoted + count, (unsigned char)s[i], does_digit_follow);
        }
        total += (uint64_t)count;
        if (to != NULL) {
            clua_result_add(L, to, quoted, (size_t)count);
        }
    }
    if (to != NULL) {
        clua_result_add(L, to, "\"", 1);
    }
    return total;
}

/// Bytes of the string that `%s` shows at `index`. What is no string becomes one here, by `__tostring` too.
static uint64_t shown_bytes(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TSTRING) {
        luaL_tolstring(L, index, NULL);
        lua_replace(L, index);
    }
    return lua_rawlen(L, index);
}

/// Reads one conversion, `p` behind its `%`; false where the stretch has to end before it.
static bool read_conversion(reading *at, stretch *to) {
    const char *percent = at->p - 1;
    bool has_precision = false;
    for (; at->p < at->end && *at->p != '\0' && strchr("-+ #0123456789.", *at->p) != NULL; at->p++) {
        has_precision |= *at->p == '.';
    }
    if (at->p == at->end || at->argument == at->argument_max) {
        at->p = at->end;  // There liblua raises.
        return true;
    }
    char conversion = *at->p++;
    int index = at->argument + 1;
    if (conversion == 's') {
        uint64_t bytes = shown_bytes(at->L, index);
        to->bytes += has_precision ? 0 : bytes;
    } else if (conversion == 'q' && lua_type(at->L, index) == LUA_TSTRING) {
        size_t bytes;
        const char *s = lua_tolstring(at->L, index, &bytes);
        bool is_long = bytes > STRETCH_BYTES_MAX && at->p - percent == 2;
        if (is_long && percent > to->begin) {
            at->p = percent;
            return false;
        }
        to->is_long_quote = is_long;
        to->bytes += quote(at->L, s, bytes, NULL);
    }
    at->argument = index;
    return true;
}

static stretch read_stretch(reading *at) {
    stretch to = {.begin = at->p, .first_argument = at->argument + 1};
    for (int count = 0; count < STRETCH_CONVERSION_COUNT_MAX && at->p - to.begin < STRETCH_BYTES_MAX;) {
        if (to.is_long_quote || at->p == at->end) {
            break;
        }
        size_t left = (size_t)(at->end - at->p);
        left = left < STRETCH_BYTES_MAX ? left : STRETCH_BYTES_MAX;
        const char *percent = memchr(at->p, '%', left);
        size_t plain = percent == NULL ? left : (size_t)(percent - at->p);
        to.bytes += plain;
        at->p += plain;
        if (percent == NULL) {
            continue;
        }
        at->p++;
        if (at->p < at->end && *at->p == '%') {
            at->p++;
            to.bytes++;
        } else if (read_conversion(at, &to)) {
            count++;
        } else {
            break;
        }
    }
    to.argument_count = at->argument + 1 - to.first_argument;
    return to;
}

static void add_stretch(reading *at, const stretch *from, clua_result *to) {
    lua_State *L = at->L;
    clua_check_string_bytes(L, to->bytes + from->bytes);
    if (from->is_long_quote) {
        size_t bytes;
        const char *s = lua_tolstring(L, from->first_argument, &bytes);
        quote(L, s, bytes, to);
        return;
    }
    luaL_checkstack(L, STRETCH_CONVERSION_COUNT_MAX + 2, NULL);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushlstring(L, from->begin, (size_t)(at->p - from->begin));
    for (int i = 0; i < from->argument_count; i++) {
        lua_pushvalue(L, from->first_argument + i);
    }
    lua_call(L, 1 + from->argument_count, 1);
    clua_result_add_value(L, to);
}

int clua_string_format(lua_State *L) {
    size_t bytes;
    const char *format = luaL_checklstring(L, 1, &bytes);
    reading at = {.L = L, .p = format, .end = format + bytes, .argument = 1, .argument_max = lua_gettop(L)};
    stretch from = read_stretch(&at);
    if (at.p == at.end && !from.is_long_quote) {
        clua_check_string_bytes(L, from.bytes);
        int result_count = lua_tocfunction(L, lua_upvalueindex(1))(L);
        clua_check_string_bytes(L, lua_rawlen(L, -1));
        return result_count;
    }
    clua_result to;
    clua_result_begin(L, &to);
    for (;;) {
        clua_tick(L);
        add_stretch(&at, &from, &to);
        if (at.p == at.end) {
            break;
        }
        from = read_stretch(&at);
    }
    luaL_pushresult(&to.buffer);
    return 1;
}
