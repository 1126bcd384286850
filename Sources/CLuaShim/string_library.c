// The string library: liblua's, with bounded replacements of what can run or grow without end.

#define _GNU_SOURCE  // memmem

#include <ctype.h>
#include <string.h>

#include "pattern_matching.h"
#include "string_library.h"

/// Patterns whose compiled form is no longer than this are kept on the C stack.
enum { SMALL_PATTERN_BYTES = 2048 };

/// Bytes that are worked on between two looks at the budget.
enum { CHUNK_BYTES = 1 << 16 };

/// 0-based start from a 1-based position that may count from the end; beyond the end: bytes + 1.
static size_t start_position(lua_Integer position, size_t bytes) {
    if (position > 0) {
        return (lua_Unsigned)position - 1 > bytes ? bytes + 1 : (size_t)position - 1;
    }
    if (position == 0 || position < -(lua_Integer)bytes) {
        return 0;
    }
    return bytes - (size_t)(-position);
}

/// The pattern at `index`, compiled into `small` or, pushed, into a userdata.
static clua_pattern *compile(lua_State *L, int index, void *small) {
    size_t bytes;
    const char *p = luaL_checklstring(L, index, &bytes);
    size_t needed = clua_pattern_bytes(L, p, bytes);
    clua_pattern *pattern = needed <= SMALL_PATTERN_BYTES ? small : lua_newuserdatauv(L, needed, 0);
    clua_pattern_compile(L, p, bytes, true, pattern);
    return pattern;
}

static bool has_specials(lua_State *L, const char *p, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if ((i & (CHUNK_BYTES - 1)) == 0) {
            clua_tick(L);
        }
        switch (p[i]) {
        case '^':
        case '$':
        case '*':
        case '+':
        case '?':
        case '.':
        case '(':
        case '[':
        case '%':
        case '-':
            return true;
        }
    }
    return false;
}

/// Where the `n` bytes at `p` come first from `s` on, NULL if nowhere.
static const char *find_bytes(lua_State *L, const char *s, size_t bytes, const char *p, size_t n) {
    if (n == 0) {
        return s;
    }
    // Chunks overlap by what could be the begin of the bytes looked for. Those may be long too: a chunk is at least
    // as long, so that the work stays linear.
    size_t step = n > CHUNK_BYTES ? n : CHUNK_BYTES;
    while (bytes >= n) {
        clua_tick(L);
        size_t chunk = bytes - n < step ? bytes : step + n - 1;
        const char *found = memmem(s, chunk, p, n);
        if (found != NULL) {
            return found;
        }
        if (chunk == bytes) {
            return NULL;
        }
        s += step;
        bytes -= step;
    }
    return NULL;
}

static int find_or_match(lua_State *L, bool is_find) {
    size_t bytes, pattern_bytes;
    const char *s = luaL_checklstring(L, 1, &bytes);
    const char *p = luaL_checklstring(L, 2, &pattern_bytes);
    size_t from = start_position(luaL_optinteger(L, 3, 1), bytes);
    if (from > bytes) {
        luaL_pushfail(L);
        return 1;
    }
    if (is_find && (lua_toboolean(L, 4) || !has_specials(L, p, pattern_bytes))) {
        const char *found = find_bytes(L, s + from, bytes - from, p, pattern_bytes);
        if (found == NULL) {
            luaL_pushfail(L);
            return 1;
        }
        lua_pushinteger(L, found - s + 1);
        lua_pushinteger(L, found - s + (lua_Integer)pattern_bytes);
        return 2;
    }
    _Alignas(clua_pattern) char small[SMALL_PATTERN_BYTES];
    clua_match match;
    clua_match_begin(&match, L, compile(L, 2, small), s, bytes);
    const char *start = s + from;
    const char *end = clua_match_search(&match, &start);
    if (end == NULL) {
        luaL_pushfail(L);
        return 1;
    }
    if (!is_find) {
        return clua_push_captures(&match, start, end);
    }
    lua_pushinteger(L, start - s + 1);
    lua_pushinteger(L, end - s);
    return clua_push_captures(&match, NULL, NULL) + 2;
}

static int find(lua_State *L) {
    return find_or_match(L, true);
}

static int match_string(lua_State *L) {
    return find_or_match(L, false);
}

/// Where an iterator of gmatch stands; the compiled pattern follows.
typedef struct iteration {
    size_t position;
    /// End of the latest match: an empty match there would be a repetition.
    size_t last_end;
    bool has_matched;
    _Alignas(clua_pattern) char pattern[];
} iteration;

static int next_match(lua_State *L) {
    size_t bytes;
    const char *s = lua_tolstring(L, lua_upvalueindex(1), &bytes);
    iteration *at = lua_touserdata(L, lua_upvalueindex(3));
    clua_match match;
    clua_match_begin(&match, L, (clua_pattern *)at->pattern, s, bytes);
    for (const char *start = s + at->position; start <= match.end; start++) {
        const char *end = clua_match_search(&match, &start);
        if (end == NULL) {
            break;
        }
        if (!at->has_matched || (size_t)(end - s) != at->last_end) {
            at->position = at->last_end = (size_t)(end - s);
            at->has_matched = true;
            return clua_push_captures(&match, start, end);
        }
    }
    at->position = bytes + 1;
    return 0;
}

static int gmatch(lua_State *L) {
    size_t bytes, pattern_bytes;
    luaL_checklstring(L, 1, &bytes);
    const char *p = luaL_checklstring(L, 2, &pattern_bytes);
    size_t from = start_position(luaL_optinteger(L, 3, 1), bytes);
    lua_settop(L, 2);
    iteration *at = lua_newuserdatauv(L, sizeof *at + clua_pattern_bytes(L, p, pattern_bytes), 0);
    at->position = from;
    at->last_end = 0;
    at->has_matched = false;
    clua_pattern *pattern = (clua_pattern *)at->pattern;
    clua_pattern_compile(L, p, pattern_bytes, false, pattern);
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

/// Adds the replacement text with its captures.
static void add_template(clua_match *match, clua_result *to, const char *s, const char *end) {
    lua_State *L = match->L;
    size_t bytes;
    const char *text = lua_tolstring(L, 3, &bytes);
    for (size_t i = 0; i < bytes;) {
        clua_tick(L);
        const char *percent = memchr(text + i, '%', bytes - i);
        size_t plain = percent == NULL ? bytes - i : (size_t)(percent - text) - i;
        clua_result_add(L, to, text + i, plain);
        i += plain;
        if (percent == NULL) {
            return;
        }
        char c = i + 1 < bytes ? text[i + 1] : '\0';
        i += 2;
        if (c == '%') {
            clua_result_add(L, to, "%", 1);
        } else if (c == '0') {
            clua_result_add(L, to, s, (size_t)(end - s));
        } else if (isdigit((unsigned char)c)) {
            int index = c - '1';
            if (index >= (match->pattern->capture_count == 0 ? 1 : match->pattern->capture_count)) {
                luaL_error(L, "invalid capture index %%%d in replacement string", index + 1);
            }
            clua_push_capture(match, index, s, end);
            clua_result_add_value(L, to);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
    }
}

/// Adds what stands for the match from `s` to `end`; false, and nothing is added, if it is to be kept.
static bool add_replacement(clua_match *match, clua_result *to, int type, const char *s, const char *end) {
    lua_State *L = match->L;
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, clua_push_captures(match, s, end), 1);
    } else if (type == LUA_TTABLE) {
        clua_push_capture(match, 0, s, end);
        lua_gettable(L, 3);
    } else {
        add_template(match, to, s, end);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
    clua_result_add_value(L, to);
    return true;
}

static int gsub(lua_State *L) {
    size_t bytes;
    const char *s = luaL_checklstring(L, 1, &bytes);
    luaL_checkstring(L, 2);
    int type = lua_type(L, 3);
    luaL_argexpected(
        L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
        "string/function/table");
    lua_Integer count_max = luaL_optinteger(L, 4, (lua_Integer)bytes + 1);
    if (type == LUA_TNUMBER) {
        lua_tolstring(L, 3, NULL);
    }
    _Alignas(clua_pattern) char small[SMALL_PATTERN_BYTES];
    clua_match match;
    clua_match_begin(&match, L, compile(L, 2, small), s, bytes);
    const char *kept = s;  // The result ends with what stands before this.
    const char *last_end = NULL;
    lua_Integer count = 0;
    bool has_changed = false;
    clua_result to;
    clua_result_begin(L, &to);
    while (count < count_max && s <= match.end) {
        clua_tick(L);
        const char *end = clua_match_search(&match, &s);
        if (end == NULL) {
            break;
        }
        if (end == last_end) {
            s++;  // An empty match right behind the latest one.
            continue;
        }
        count++;
        clua_result_add(L, &to, kept, (size_t)(s - kept));
        bool is_replaced = add_replacement(&match, &to, type, s, end);
        kept = is_replaced ? end : s;
        has_changed |= is_replaced;
        s = last_end = end;
        if (match.pattern->is_anchored) {
            break;
        }
    }
    if (!has_changed) {
        lua_pushvalue(L, 1);
    } else {
        clua_result_add(L, &to, kept, (size_t)(match.end - kept));
        luaL_pushresult(&to.buffer);
    }
    lua_pushinteger(L, count);
    return 2;
}

static int rep(lua_State *L) {
    size_t bytes, separator_bytes;
    const char *s = luaL_checklstring(L, 1, &bytes);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_bytes);
    if (count <= 0 || (bytes == 0 && separator_bytes == 0)) {
        lua_pushliteral(L, "");
        return 1;
    }
    unsigned __int128 wanted = (unsigned __int128)bytes * (lua_Unsigned)count +
        (unsigned __int128)separator_bytes * (lua_Unsigned)(count - 1);
    clua_check_string_bytes(L, wanted > UINT64_MAX ? UINT64_MAX : (uint64_t)wanted);
    size_t total = (size_t)wanted;
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, total);
    memcpy(to, s, bytes);
    if (count > 1) {
        memcpy(to + bytes, separator, separator_bytes);
        // What is there is copied behind itself, in whole units.
        size_t unit = bytes + separator_bytes;
        size_t copied_max = unit > CHUNK_BYTES ? unit : CHUNK_BYTES - CHUNK_BYTES % unit;
        for (size_t filled = unit; filled < total;) {
            clua_tick(L);
            size_t n = filled < copied_max ? filled : copied_max;
            n = n < total - filled ? n : total - filled;
            memcpy(to + filled, to, n);
            filled += n;
        }
    }
    luaL_pushresultsize(&buffer, total);
    return 1;
}

typedef enum transformation { LOWER, UPPER, REVERSE } transformation;

/// The letters of ASCII, as in the C locale.
static inline void transform_chunk(char *to, const char *s, size_t bytes, transformation kind) {
    unsigned char first = kind == LOWER ? 'A' : 'a';
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)s[i];
        to[i] = (char)((unsigned char)(byte - first) < 26 ? byte ^ 0x20 : byte);
    }
}

static inline void reverse_chunk(char *to, const char *s_end, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        to[i] = *--s_end;
    }
}

static int transform(lua_State *L, transformation kind) {
    size_t bytes;
    const char *s = luaL_checklstring(L, 1, &bytes);
    clua_check_string_bytes(L, bytes);
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, bytes);
    for (size_t i = 0; i < bytes;) {
        clua_tick(L);
        size_t n = bytes - i < CHUNK_BYTES ? bytes - i : CHUNK_BYTES;
        if (kind == REVERSE) {
            reverse_chunk(to + i, s + bytes - i, n);
        } else {
            transform_chunk(to + i, s + i, n, kind);
        }
        i += n;
    }
    luaL_pushresultsize(&buffer, bytes);
    return 1;
}

static int lower(lua_State *L) {
    return transform(L, LOWER);
}

static int upper(lua_State *L) {
    return transform(L, UPPER);
}

static int reverse(lua_State *L) {
    return transform(L, REVERSE);
}

int clua_open_string(lua_State *L) {
    luaopen_string(L);
    static const luaL_Reg replaced[] = {
        {"find", find}, {"match", match_string}, {"gmatch", gmatch}, {"gsub", gsub},       {"rep", rep},
        {"lower", lower}, {"upper", upper},      {"reverse", reverse}, {NULL, NULL},
    };
    luaL_setfuncs(L, replaced, 0);
    // These look at their arguments, and leave the work to liblua's.
    static const luaL_Reg wrapped[] = {
        {"format", clua_string_format},
        {"pack", clua_string_pack},
        {"packsize", clua_string_packsize},
        {"unpack", clua_string_unpack},
    };
    for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++) {
        lua_getfield(L, -1, wrapped[i].name);
        lua_pushcclosure(L, wrapped[i].func, 1);
        lua_setfield(L, -2, wrapped[i].name);
    }
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    // Strings' own metatable: `("x"):rep(3)`.
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
    return 1;
}
