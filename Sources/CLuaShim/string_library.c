// The string library: liblua's, with bounded replacements of what can run or grow without end.

#define _GNU_SOURCE  // memmem

#include <ctype.h>
#include <string.h>

#include "pattern_matching.h"

/// Patterns whose compiled form is no longer than this are kept on the C stack.
enum { SMALL_PATTERN_BYTES = 2048 };

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
    size_t needed = clua_pattern_bytes(p, bytes);
    clua_pattern *pattern = needed <= SMALL_PATTERN_BYTES ? small : lua_newuserdatauv(L, needed, 0);
    clua_pattern_compile(L, p, bytes, true, pattern);
    return pattern;
}

static void begin(clua_match *match, lua_State *L, const clua_pattern *pattern, const char *s, size_t bytes) {
    match->L = L;
    match->pattern = pattern;
    match->start = s;
    match->end = s + bytes;
    match->steps_left = clua_vm_of(L)->limits.pattern_steps_max;
}

/// The first match at or behind `*s`, whose begin goes to `*s`; NULL if there is none.
static const char *search(clua_match *match, const char **s) {
    do {
        const char *end = clua_match_at(match, *s);
        if (end != NULL) {
            return end;
        }
        ++*s;
    } while (*s <= match->end && !match->pattern->is_anchored);
    return NULL;
}

static bool has_specials(const char *p, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (p[i] != '\0' && strchr("^$*+?.([%-", p[i]) != NULL) {
            return true;
        }
    }
    return false;
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
    if (is_find && (lua_toboolean(L, 4) || !has_specials(p, pattern_bytes))) {
        const char *found = pattern_bytes == 0 ? s + from : memmem(s + from, bytes - from, p, pattern_bytes);
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
    begin(&match, L, compile(L, 2, small), s, bytes);
    const char *start = s + from;
    const char *end = search(&match, &start);
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
    begin(&match, L, (clua_pattern *)at->pattern, s, bytes);
    for (size_t position = at->position; position <= bytes; position++) {
        const char *end = clua_match_at(&match, s + position);
        if (end != NULL && !(at->has_matched && (size_t)(end - s) == at->last_end)) {
            at->position = at->last_end = (size_t)(end - s);
            at->has_matched = true;
            return clua_push_captures(&match, s + position, end);
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
    iteration *at = lua_newuserdatauv(L, sizeof *at + clua_pattern_bytes(p, pattern_bytes), 0);
    at->position = from;
    at->last_end = 0;
    at->has_matched = false;
    clua_pattern *pattern = (clua_pattern *)at->pattern;
    clua_pattern_compile(L, p, pattern_bytes, false, pattern);
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

/// A growing result whose size is checked before it grows.
typedef struct result {
    luaL_Buffer buffer;
    uint64_t bytes;
} result;

static void add(lua_State *L, result *to, const char *bytes, size_t count) {
    to->bytes += count;
    clua_check_string_bytes(L, to->bytes);
    luaL_addlstring(&to->buffer, bytes, count);
}

/// Adds the replacement text with its captures.
static void add_template(clua_match *match, result *to, const char *s, const char *end) {
    lua_State *L = match->L;
    size_t bytes;
    const char *text = lua_tolstring(L, 3, &bytes);
    for (size_t i = 0; i < bytes;) {
        const char *percent = memchr(text + i, '%', bytes - i);
        size_t plain = percent == NULL ? bytes - i : (size_t)(percent - text) - i;
        add(L, to, text + i, plain);
        i += plain;
        if (percent == NULL) {
            return;
        }
        char c = i + 1 < bytes ? text[i + 1] : '\0';
        i += 2;
        if (c == '%') {
            add(L, to, "%", 1);
        } else if (c == '0') {
            add(L, to, s, (size_t)(end - s));
        } else if (isdigit((unsigned char)c)) {
            int index = c - '1';
            if (index >= (match->pattern->capture_count == 0 ? 1 : match->pattern->capture_count)) {
                luaL_error(L, "invalid capture index %%%d in replacement string", index + 1);
            }
            clua_push_capture(match, index, s, end);
            size_t count;
            luaL_tolstring(L, -1, &count);  // A position is a number.
            lua_remove(L, -2);
            to->bytes += count;
            clua_check_string_bytes(L, to->bytes);
            luaL_addvalue(&to->buffer);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
    }
}

/// Adds what stands for the match from `s` to `end`; true if that is something else than the match itself.
static bool add_replacement(clua_match *match, result *to, int type, const char *s, const char *end) {
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
        add(L, to, s, (size_t)(end - s));
        return false;
    }
    if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
    size_t count;
    lua_tolstring(L, -1, &count);
    to->bytes += count;
    clua_check_string_bytes(L, to->bytes);
    luaL_addvalue(&to->buffer);
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
    begin(&match, L, compile(L, 2, small), s, bytes);
    const char *last_end = NULL;
    lua_Integer count = 0;
    bool has_changed = false;
    result to = {.bytes = 0};
    luaL_buffinit(L, &to.buffer);
    while (count < count_max) {
        clua_tick(L);
        const char *end = clua_match_at(&match, s);
        if (end != NULL && end != last_end) {
            count++;
            has_changed |= add_replacement(&match, &to, type, s, end);
            s = last_end = end;
        } else if (s < match.end) {
            add(L, &to, s++, 1);
        } else {
            break;
        }
        if (match.pattern->is_anchored) {
            break;
        }
    }
    if (!has_changed) {
        lua_pushvalue(L, 1);
    } else {
        add(L, &to, s, (size_t)(match.end - s));
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
    unsigned __int128 total = (unsigned __int128)bytes * (lua_Unsigned)count +
        (unsigned __int128)separator_bytes * (lua_Unsigned)(count - 1);
    clua_check_string_bytes(L, total > UINT64_MAX ? UINT64_MAX : (uint64_t)total);
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, (size_t)total);
    for (lua_Integer i = 0; i < count; i++) {
        memcpy(to, s, bytes);
        to += bytes;
        if (i < count - 1) {
            memcpy(to, separator, separator_bytes);
            to += separator_bytes;
        }
    }
    luaL_pushresultsize(&buffer, (size_t)total);
    return 1;
}

int clua_open_string(lua_State *L) {
    luaopen_string(L);
    static const luaL_Reg replaced[] = {
        {"find", find}, {"match", match_string}, {"gmatch", gmatch}, {"gsub", gsub}, {"rep", rep}, {NULL, NULL},
    };
    luaL_setfuncs(L, replaced, 0);
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
