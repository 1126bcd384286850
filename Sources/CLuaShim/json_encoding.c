// Lua values to JSON (RFC 8259). What JSON cannot say is an error that names the place: NaN, infinities, functions,
// tables with holes or with both positions and names, strings that are not UTF-8.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "writer.h"

/// Where the value that is being written stands, for errors: a list on the C stack.
typedef struct place {
    const struct place *outer;
    const char *key;
    lua_Integer index;
} place;

typedef struct writer {
    lua_State *L;
    clua_writer text;
    int depth_max;
    bool is_pretty;
    bool is_sorted;
    uint32_t step_count;
} writer;

static void push_place(lua_State *L, const place *at) {
    if (at == NULL) {
        lua_pushliteral(L, "");
        return;
    }
    luaL_checkstack(L, 4, "json");
    push_place(L, at->outer);
    if (at->key != NULL) {
        bool is_top = lua_rawlen(L, -1) == 0;
        lua_pushfstring(L, is_top ? "%s%s" : "%s.%s", lua_tostring(L, -1), at->key);
    } else {
        lua_pushfstring(L, "%s[%I]", lua_tostring(L, -1), at->index);
    }
    lua_remove(L, -2);
}

static int fail(writer *to, const place *at, const char *what) {
    lua_State *L = to->L;
    lua_pushstring(L, what);
    push_place(L, at);
    const char *path = lua_tostring(L, -1);
    return luaL_error(L, "json: %s cannot be encoded (at %s)", lua_tostring(L, -2), *path == '\0' ? "the top" : path);
}

static void add(writer *to, const char *bytes, size_t count) {
    clua_writer_add(&to->text, bytes, count);
}

static void add_line(writer *to, int depth) {
    if (to->is_pretty) {
        add(to, "\n", 1);
        for (int i = 0; i < depth; i++) {
            add(to, "  ", 2);
        }
    }
}

size_t clua_utf8_sequence_bytes(const unsigned char *p, const unsigned char *end) {
    size_t n = *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
    if (n == 0 || (size_t)(end - p) < n) {
        return 0;
    }
    unsigned char low = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
    unsigned char high = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

static void add_string(writer *to, int index, const place *at) {
    size_t n;
    const unsigned char *p = (const unsigned char *)lua_tolstring(to->L, index, &n);
    const unsigned char *end = p + n;
    clua_writer_reserve(&to->text, n + 2);
    add(to, "\"", 1);
    while (p < end) {
        const unsigned char *from = p;
        while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\') {
            p++;
        }
        add(to, (const char *)from, (size_t)(p - from));
        if (p == end) {
            break;
        }
        if (*p >= 0x80) {
            size_t bytes = clua_utf8_sequence_bytes(p, end);
            if (bytes == 0) {
                fail(to, at, "a string that is not UTF-8");
            }
            add(to, (const char *)p, bytes);
            p += bytes;
            continue;
        }
        static const char escaped[] = "\"\\\b\f\n\r\t";
        static const char letters[] = "\"\\bfnrt";
        const char *found = *p == 0 ? NULL : strchr(escaped, *p);
        char text[8];
        int count = found != NULL ? snprintf(text, sizeof text, "\\%c", letters[found - escaped])
                                  : snprintf(text, sizeof text, "\\u%04x", *p);
        add(to, text, (size_t)count);
        p++;
    }
    add(to, "\"", 1);
}

static void add_number(writer *to, int index, const place *at) {
    char text[40];
    if (lua_isinteger(to->L, index)) {
        // Digits from the end; the magnitude is unsigned, as the smallest integer has none that is not.
        lua_Integer value = lua_tointeger(to->L, index);
        uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        char *p = text + sizeof text;
        do {
            *--p = (char)('0' + magnitude % 10);
            magnitude /= 10;
        } while (magnitude != 0);
        if (value < 0) {
            *--p = '-';
        }
        add(to, p, (size_t)(text + sizeof text - p));
        return;
    }
    double value = lua_tonumber(to->L, index);
    if (!isfinite(value)) {
        fail(to, at, isnan(value) ? "NaN" : "an infinite number");
    }
    int count = 0;
    for (int digits = 15; digits <= 17; digits++) {
        count = snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    add(to, text, (size_t)count);
    if (strpbrk(text, ".e") == NULL) {
        add(to, ".0", 2);  // So that it is a float again when it is decoded.
    }
}

static void add_value(writer *to, int index, int depth, const place *at);

static void add_array(writer *to, int index, lua_Integer count, int depth, const place *at) {
    lua_State *L = to->L;
    // Every key has to be one of 1..count.
    lua_Integer key_count = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        clua_tick(L);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1 || lua_tointeger(L, -1) > count) {
            fail(to, at, lua_isinteger(L, -1) ? "a table with holes" : "a table with both positions and names");
        }
        key_count++;
    }
    if (key_count != count) {
        fail(to, at, "a table with holes");
    }
    add(to, "[", 1);
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1) {
            add(to, ",", 1);
        }
        add_line(to, depth + 1);
        lua_rawgeti(L, index, i);
        place here = {.outer = at, .index = i};
        add_value(to, lua_gettop(L), depth + 1, &here);
        lua_pop(L, 1);
    }
    if (count > 0) {
        add_line(to, depth);
    }
    add(to, "]", 1);
}

/// Writes the pair of key and value on top of the stack.
static void add_pair(writer *to, bool is_first, int depth, const place *at) {
    lua_State *L = to->L;
    int top = lua_gettop(L);
    if (lua_type(L, top - 1) != LUA_TSTRING) {
        fail(
            to, at,
            lua_isinteger(L, top - 1) ? "a table with holes, or integers as keys (use strings)"
                                      : "a table with keys that are no strings");
    }
    if (!is_first) {
        add(to, ",", 1);
    }
    add_line(to, depth + 1);
    place here = {.outer = at, .key = lua_tostring(L, top - 1)};
    add_string(to, top - 1, &here);
    add(to, ": ", to->is_pretty ? 2 : 1);
    add_value(to, top, depth + 1, &here);
}

static int compare_keys(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_sorted_pairs(writer *to, int index, int depth, const place *at) {
    lua_State *L = to->L;
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) {
            fail(to, at, "a table with keys that are no strings");
        }
        clua_tick(L);
        count++;
    }
    // The table keeps its keys' bytes where they are.
    const char **keys = lua_newuserdatauv(L, count * sizeof *keys, 0);
    size_t i = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        keys[i++] = lua_tostring(L, -1);
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (i = 0; i < count; i++) {
        lua_pushstring(L, keys[i]);
        lua_pushvalue(L, -1);
        lua_rawget(L, index);
        add_pair(to, i == 0, depth, at);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
}

static void add_table(writer *to, int index, int depth, const place *at) {
    lua_State *L = to->L;
    if (depth >= to->depth_max) {
        char what[80];
        snprintf(what, sizeof what, "a table nested deeper than %d, or in itself,", to->depth_max);
        fail(to, at, what);
    }
    luaL_checkstack(L, 8, "json: nested too deep");
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    if (count > 0 || clua_is_array(L, index)) {
        add_array(to, index, count, depth, at);
        return;
    }
    add(to, "{", 1);
    bool is_first = true;
    if (to->is_sorted) {
        lua_pushnil(L);
        is_first = !lua_next(L, index);
        lua_pop(L, is_first ? 0 : 2);
        add_sorted_pairs(to, index, depth, at);
    } else {
        lua_pushnil(L);
        while (lua_next(L, index)) {
            add_pair(to, is_first, depth, at);
            is_first = false;
            lua_pop(L, 1);
        }
    }
    if (!is_first) {
        add_line(to, depth);
    }
    add(to, "}", 1);
}

static void add_value(writer *to, int index, int depth, const place *at) {
    lua_State *L = to->L;
    if ((++to->step_count & 255) == 0) {
        clua_tick(L);
    }
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        add(to, "null", 4);
        break;
    case LUA_TBOOLEAN:
        if (lua_toboolean(L, index)) {
            add(to, "true", 4);
        } else {
            add(to, "false", 5);
        }
        break;
    case LUA_TNUMBER:
        add_number(to, index, at);
        break;
    case LUA_TSTRING:
        add_string(to, index, at);
        break;
    case LUA_TTABLE:
        add_table(to, index, depth, at);
        break;
    default:
        if (clua_is_null(L, index)) {
            add(to, "null", 4);
        } else {
            lua_pushfstring(L, "a %s", luaL_typename(L, index));
            fail(to, at, lua_tostring(L, -1));
        }
        break;
    }
}

int clua_json_encode(lua_State *L) {
    luaL_checkany(L, 1);
    writer to = {.L = L, .depth_max = CLUA_JSON_DEPTH};
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        lua_getfield(L, 2, "pretty");
        to.is_pretty = lua_toboolean(L, -1);
        lua_getfield(L, 2, "sort_keys");
        to.is_sorted = lua_toboolean(L, -1);
        if (lua_getfield(L, 2, "max_depth") != LUA_TNIL) {
            lua_Integer depth = luaL_checkinteger(L, -1);
            luaL_argcheck(L, depth >= 1 && depth <= CLUA_JSON_DEPTH_MAX, 2, "max_depth has to be from 1 to 1000");
            to.depth_max = (int)depth;
        }
    }
    lua_settop(L, 1);
    clua_writer_begin(&to.text, L);
    add_value(&to, 1, 0, NULL);
    return clua_writer_push(&to.text);
}
