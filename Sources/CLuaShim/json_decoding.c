// JSON to Lua values (RFC 8259), as they are: integers of 64 bits stay integers, null stays as json.null, arrays are
// marked so that an empty one is an array again. Integers beyond 64 bits are an error unless asked for otherwise: to
// lose digits silently is what users of other decoders complain about most.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

enum { NUMBER_BYTES_MAX = 512, EXCERPT_BYTES = 24 };

int clua_json_fail(clua_json_reader *reader, const char *at, const char *what) {
    lua_Integer line = 1;
    const char *line_start = reader->start;
    for (const char *p = reader->start; p < at; p++) {
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        }
    }
    if (at >= reader->end) {
        return luaL_error(
            reader->L, "json: %s at the end of the text (line %I, column %I)", what, line,
            (lua_Integer)(at - line_start + 1));
    }
    char excerpt[EXCERPT_BYTES + 1];
    size_t n = 0;
    for (const char *p = at; p < reader->end && n < EXCERPT_BYTES && *p != '\n'; p++) {
        excerpt[n++] = (unsigned char)*p < 0x20 ? ' ' : *p;
    }
    excerpt[n] = '\0';
    return luaL_error(
        reader->L, "json: %s at line %I, column %I: '%s'", what, line, (lua_Integer)(at - line_start + 1), excerpt);
}

void clua_json_skip_space(clua_json_reader *reader) {
    while (reader->at < reader->end &&
           (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t')) {
        reader->at++;
    }
}

static int read_hex4(clua_json_reader *reader, const char *p) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int c = p + i < reader->end ? p[i] | 0x20 : 0;
        int digit = p + i < reader->end && p[i] >= '0' && p[i] <= '9' ? p[i] - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            clua_json_fail(reader, p - 2, "four hexadecimal digits expected");
        }
        value = value << 4 | digit;
    }
    return value;
}

/// The bytes of an escape after the backslash at `p`, which goes behind it.
static size_t read_escape(clua_json_reader *reader, const char **cursor, char out[4]) {
    const char *p = *cursor + 1;
    char c = p < reader->end ? *p : '\0';
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    const char *name = c == '\0' ? NULL : strchr(names, c);
    if (name != NULL) {
        out[0] = values[name - names];
        *cursor = p + 1;
        return 1;
    }
    if (c != 'u') {
        clua_json_fail(reader, *cursor, "no such escape");
    }
    unsigned code = (unsigned)read_hex4(reader, p + 1);
    p += 5;
    if (code >= 0xd800 && code < 0xe000) {
        unsigned low = 0;
        if (code < 0xdc00 && reader->end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
            low = (unsigned)read_hex4(reader, p + 2);
        }
        if (low < 0xdc00 || low > 0xdfff) {
            clua_json_fail(reader, *cursor, "half of a surrogate pair");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    *cursor = p;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

void clua_json_push_string(clua_json_reader *reader) {
    lua_State *L = reader->L;
    const char *opening = reader->at;
    const char *from = opening + 1;
    const char *p = from;
    while (p < reader->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) {
        p++;
    }
    if (p < reader->end && *p == '"') {
        lua_pushlstring(L, from, (size_t)(p - from));
        reader->at = p + 1;
        return;
    }
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (;;) {
        if (p >= reader->end) {
            clua_json_fail(reader, opening, "string without end");
        }
        if ((unsigned char)*p < 0x20) {
            clua_json_fail(reader, p, "control character in a string: it has to be escaped");
        }
        luaL_addlstring(&buffer, from, (size_t)(p - from));
        if (*p == '"') {
            break;
        }
        char bytes[4];
        size_t count = read_escape(reader, &p, bytes);
        luaL_addlstring(&buffer, bytes, count);
        from = p;
        while (p < reader->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) {
            p++;
        }
    }
    luaL_pushresult(&buffer);
    reader->at = p + 1;
}

static bool is_digit(const clua_json_reader *reader, const char *p) {
    return p < reader->end && *p >= '0' && *p <= '9';
}

static void push_number(clua_json_reader *reader) {
    const char *first = reader->at;
    const char *p = first;
    bool is_negative = *p == '-';
    p += is_negative;
    if (!is_digit(reader, p)) {
        clua_json_fail(reader, first, "a value expected");
    }
    const char *digits = p;
    uint64_t value = 0;
    bool is_big = false;
    for (; is_digit(reader, p); p++) {
        is_big |= __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *p - '0', &value);
    }
    if (*digits == '0' && p - digits > 1) {
        clua_json_fail(reader, first, "a number must not begin with 0");
    }
    bool is_integer = true;
    if (p < reader->end && *p == '.') {
        is_integer = false;
        if (!is_digit(reader, ++p)) {
            clua_json_fail(reader, first, "digits expected after the point");
        }
        while (is_digit(reader, p)) {
            p++;
        }
    }
    if (p < reader->end && (*p == 'e' || *p == 'E')) {
        is_integer = false;
        p++;
        p += p < reader->end && (*p == '+' || *p == '-');
        if (!is_digit(reader, p)) {
            clua_json_fail(reader, first, "digits expected in the exponent");
        }
        while (is_digit(reader, p)) {
            p++;
        }
    }
    reader->at = p;
    is_big |= value > (uint64_t)INT64_MAX + is_negative;
    if (is_integer && !is_big) {
        lua_pushinteger(reader->L, (lua_Integer)(is_negative ? 0 - value : value));
        return;
    }
    if (is_integer && reader->big == CLUA_JSON_BIG_ERROR) {
        clua_json_fail(reader, first, "integer beyond 64 bits (decode with {big = \"string\"} or {big = \"float\"})");
    }
    if (is_integer && reader->big == CLUA_JSON_BIG_STRING) {
        lua_pushlstring(reader->L, first, (size_t)(p - first));
        return;
    }
    char text[NUMBER_BYTES_MAX + 1];
    size_t n = (size_t)(p - first);
    if (n > NUMBER_BYTES_MAX) {
        clua_json_fail(reader, first, "number of more than 512 characters");
    }
    memcpy(text, first, n);
    text[n] = '\0';
    lua_pushnumber(reader->L, strtod(text, NULL));
}

static void check_depth(clua_json_reader *reader, int depth) {
    if (depth >= reader->depth_max) {
        char what[80];
        snprintf(what, sizeof what, "nesting deeper than %d (max_depth)", reader->depth_max);
        clua_json_fail(reader, reader->at, what);
    }
    luaL_checkstack(reader->L, 8, "json: nested too deep");
}

static void push_object(clua_json_reader *reader, int depth) {
    lua_State *L = reader->L;
    reader->at++;
    lua_createtable(L, 0, 4);
    clua_json_skip_space(reader);
    if (reader->at < reader->end && *reader->at == '}') {
        reader->at++;
        return;
    }
    for (;;) {
        if (reader->at >= reader->end || *reader->at != '"') {
            clua_json_fail(reader, reader->at, "a key in quotes expected");
        }
        clua_json_push_string(reader);
        clua_json_skip_space(reader);
        if (reader->at >= reader->end || *reader->at != ':') {
            clua_json_fail(reader, reader->at, "':' expected");
        }
        reader->at++;
        clua_json_push_value(reader, depth);
        lua_rawset(L, -3);
        clua_json_skip_space(reader);
        char c = reader->at < reader->end ? *reader->at : '\0';
        if (c == '}') {
            reader->at++;
            return;
        }
        if (c != ',') {
            clua_json_fail(reader, reader->at, "',' or '}' expected");
        }
        reader->at++;
        clua_json_skip_space(reader);
    }
}

static void push_array(clua_json_reader *reader, int depth) {
    lua_State *L = reader->L;
    reader->at++;
    lua_createtable(L, 4, 0);
    clua_mark_top_as_array(L);
    clua_json_skip_space(reader);
    if (reader->at < reader->end && *reader->at == ']') {
        reader->at++;
        return;
    }
    for (lua_Integer i = 1;; i++) {
        clua_json_push_value(reader, depth);
        lua_rawseti(L, -2, i);
        clua_json_skip_space(reader);
        char c = reader->at < reader->end ? *reader->at : '\0';
        if (c == ']') {
            reader->at++;
            return;
        }
        if (c != ',') {
            clua_json_fail(reader, reader->at, "',' or ']' expected");
        }
        reader->at++;
    }
}

static bool take_word(clua_json_reader *reader, const char *word, size_t bytes) {
    if ((size_t)(reader->end - reader->at) < bytes || memcmp(reader->at, word, bytes) != 0) {
        return false;
    }
    reader->at += bytes;
    return true;
}

void clua_json_push_value(clua_json_reader *reader, int depth) {
    clua_json_skip_space(reader);
    if ((++reader->step_count & 255) == 0) {
        clua_tick(reader->L);
    }
    char c = reader->at < reader->end ? *reader->at : '\0';
    switch (c) {
    case '"':
        clua_json_push_string(reader);
        return;
    case '{':
        check_depth(reader, depth);
        push_object(reader, depth + 1);
        return;
    case '[':
        check_depth(reader, depth);
        push_array(reader, depth + 1);
        return;
    case 't':
        if (take_word(reader, "true", 4)) {
            lua_pushboolean(reader->L, true);
            return;
        }
        break;
    case 'f':
        if (take_word(reader, "false", 5)) {
            lua_pushboolean(reader->L, false);
            return;
        }
        break;
    case 'n':
        if (take_word(reader, "null", 4)) {
            clua_push_null(reader->L);
            return;
        }
        break;
    default:
        if (c == '-' || (c >= '0' && c <= '9')) {
            push_number(reader);
            return;
        }
        break;
    }
    clua_json_fail(reader, reader->at, "a value expected");
}

static int decode(lua_State *L) {
    size_t bytes;
    const char *text = luaL_checklstring(L, 1, &bytes);
    clua_json_reader reader = {
        .L = L, .start = text, .end = text + bytes, .at = text, .depth_max = CLUA_JSON_DEPTH,
        .big = CLUA_JSON_BIG_ERROR,
    };
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        if (lua_getfield(L, 2, "max_depth") != LUA_TNIL) {
            lua_Integer depth = luaL_checkinteger(L, -1);
            luaL_argcheck(L, depth >= 1 && depth <= CLUA_JSON_DEPTH_MAX, 2, "max_depth has to be from 1 to 1000");
            reader.depth_max = (int)depth;
        }
        static const char *const names[] = {"error", "string", "float", NULL};
        lua_getfield(L, 2, "big");
        reader.big = (clua_json_big)luaL_checkoption(L, lua_gettop(L), "error", names);
    }
    clua_json_push_value(&reader, 0);
    clua_json_skip_space(&reader);
    if (reader.at != reader.end) {
        clua_json_fail(&reader, reader.at, "text after the value");
    }
    return 1;
}

// --- arrays' marker: a metatable that only says what the table is

static char array_marker_key;

void clua_mark_top_as_array(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_marker_key);
    lua_setmetatable(L, -2);
}

void clua_mark_array(lua_State *L, int index) {
    index = lua_absindex(L, index);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_marker_key);
    lua_setmetatable(L, index);
}

bool clua_is_array(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) {
        return false;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_marker_key);
    bool is_array = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    return is_array;
}

static int mark_array(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_getmetatable(L, 1) && !clua_is_array(L, 1)) {
        return luaL_argerror(L, 1, "it has a metatable already");
    }
    lua_settop(L, 1);
    clua_mark_top_as_array(L);
    return 1;
}

static int is_array(lua_State *L) {
    lua_pushboolean(L, clua_is_array(L, 1));
    return 1;
}

static int get(lua_State *L) {
    size_t bytes, path_bytes;
    const char *text = luaL_checklstring(L, 1, &bytes);
    const char *path = luaL_checklstring(L, 2, &path_bytes);
    clua_json_push_path(L, text, bytes, path, path_bytes);
    return 1;
}

int clua_open_json(lua_State *L) {
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &array_marker_key);
    static const luaL_Reg functions[] = {
        {"decode", decode}, {"encode", clua_json_encode}, {"array", mark_array}, {"is_array", is_array},
        {"get", get},       {NULL, NULL},
    };
    luaL_newlib(L, functions);
    clua_push_null(L);
    lua_setfield(L, -2, "null");
    return 1;
}
