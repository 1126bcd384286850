// MessagePack (specification of 2013, with str, bin and ext). Integers take their shortest form; an unsigned one beyond
// 2^63 - 1 is an error in decoding, as Lua's integers are signed. nil is `platform.null`. Arrays are marked as JSON's are.
// A string is written as str if it is UTF-8, else as bin; `msgpack.bin` has it written as bin always.

#include "json.h"
#include "writer.h"

static char bin_key;
static char ext_key;

/// Whether the table at `index` is marked by the metatable under `key`.
static bool has_marker(lua_State *L, int index, const void *key) {
    if (!lua_getmetatable(L, index)) {
        return false;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, key);
    bool result = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    return result;
}

// --- encoding

/// A lead byte and `width` bytes of a number, big-endian.
static void add_number(clua_writer *to, unsigned lead, uint64_t value, int width) {
    unsigned char bytes[9] = {(unsigned char)lead};
    for (int i = 0; i < width; i++) {
        bytes[width - i] = (unsigned char)(value >> 8 * i);
    }
    clua_writer_add(to, bytes, (size_t)width + 1);
}

/// A length: in the lead byte itself below `fix_count`, else in 8 (if `lead8` is not 0), 16 or 32 bits.
static void add_length(
    clua_writer *to, uint64_t count, unsigned fix, uint64_t fix_count, unsigned lead8, unsigned lead16) {
    if (count < fix_count) {
        add_number(to, fix | (unsigned)count, 0, 0);
    } else if (lead8 != 0 && count <= UINT8_MAX) {
        add_number(to, lead8, count, 1);
    } else if (count <= UINT16_MAX) {
        add_number(to, lead16, count, 2);
    } else if (count <= UINT32_MAX) {
        add_number(to, lead16 + 1, count, 4);
    } else {
        luaL_error(to->L, "msgpack: %I elements or bytes; at most 4294967295 can be written", (lua_Integer)count);
    }
}

static void add_integer(clua_writer *to, int64_t value) {
    if (value >= 0) {
        uint64_t number = (uint64_t)value;
        if (number < 128) {
            add_number(to, (unsigned)number, 0, 0);
        } else {
            int size = number <= UINT8_MAX ? 0 : number <= UINT16_MAX ? 1 : number <= UINT32_MAX ? 2 : 3;
            add_number(to, 0xcc + (unsigned)size, number, 1 << size);
        }
    } else if (value >= -32) {
        add_number(to, (unsigned)(value & 0xff), 0, 0);
    } else {
        int size = value >= INT8_MIN ? 0 : value >= INT16_MIN ? 1 : value >= INT32_MIN ? 2 : 3;
        add_number(to, 0xd0 + (unsigned)size, (uint64_t)value, 1 << size);
    }
}

static bool is_utf8(const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n;) {
        if (p[i] < 0x80) {
            i++;
            continue;
        }
        size_t bytes = clua_utf8_sequence_bytes(p + i, p + n);
        if (bytes == 0) {
            return false;
        }
        i += bytes;
    }
    return true;
}

static void add_bytes(clua_writer *to, const char *bytes, size_t n, bool is_binary) {
    if (is_binary) {
        add_length(to, n, 0, 0, 0xc4, 0xc5);
    } else {
        add_length(to, n, 0xa0, 32, 0xd9, 0xda);
    }
    clua_writer_add(to, bytes, n);
}

/// The string field `name` of the marked table at `index`.
static const char *push_data(lua_State *L, int index, size_t *n) {
    lua_pushliteral(L, "data");
    lua_rawget(L, index);
    if (lua_type(L, -1) != LUA_TSTRING) {
        luaL_error(L, "msgpack: data of a bin or ext has to be a string, got %s", luaL_typename(L, -1));
    }
    return lua_tolstring(L, -1, n);
}

static void add_ext(clua_writer *to, int index) {
    lua_State *L = to->L;
    lua_pushliteral(L, "type");
    lua_rawget(L, index);
    lua_Integer type = lua_tointeger(L, -1);
    if (!lua_isinteger(L, -1) || type < INT8_MIN || type > INT8_MAX) {
        luaL_error(L, "msgpack: the type of an ext has to be an integer from -128 to 127");
    }
    size_t n;
    const char *data = push_data(L, index, &n);
    if (n == 1 || n == 2 || n == 4 || n == 8 || n == 16) {
        unsigned lead = 0xd4;
        for (size_t i = n; i > 1; i >>= 1) {
            lead++;
        }
        add_number(to, lead, 0, 0);
    } else {
        add_length(to, n, 0, 0, 0xc7, 0xc8);
    }
    add_number(to, (unsigned)(type & 0xff), 0, 0);
    clua_writer_add(to, data, n);
    lua_pop(L, 2);
}

static void add_value(clua_writer *to, int index, int depth);

static void add_table(clua_writer *to, int index, int depth) {
    lua_State *L = to->L;
    if (depth >= CLUA_JSON_DEPTH) {
        luaL_error(L, "msgpack: a table nested deeper than %d, or in itself, cannot be encoded", CLUA_JSON_DEPTH);
    }
    luaL_checkstack(L, 8, "msgpack: nested too deep");
    if (has_marker(L, index, &bin_key)) {
        size_t n;
        const char *data = push_data(L, index, &n);
        add_bytes(to, data, n, true);
        lua_pop(L, 1);
        return;
    }
    if (has_marker(L, index, &ext_key)) {
        add_ext(to, index);
        return;
    }
    uint64_t pair_count = 0;
    lua_Integer length = (lua_Integer)lua_rawlen(L, index);
    bool is_array = length > 0 || clua_is_array(L, index);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        clua_tick(L);
        pair_count++;
        is_array = is_array && lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= length;
    }
    // Anything but exactly 1..n is a map, which may have integers as keys.
    if (is_array && pair_count == (uint64_t)length) {
        add_length(to, pair_count, 0x90, 16, 0, 0xdc);
        for (lua_Integer i = 1; i <= length; i++) {
            lua_rawgeti(L, index, i);
            add_value(to, lua_gettop(L), depth + 1);
            lua_pop(L, 1);
        }
        return;
    }
    add_length(to, pair_count, 0x80, 16, 0, 0xde);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        int top = lua_gettop(L);
        add_value(to, top - 1, depth + 1);
        add_value(to, top, depth + 1);
        lua_pop(L, 1);
    }
}

static void add_value(clua_writer *to, int index, int depth) {
    lua_State *L = to->L;
    clua_tick(L);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        add_number(to, 0xc0, 0, 0);
        break;
    case LUA_TBOOLEAN:
        add_number(to, lua_toboolean(L, index) ? 0xc3 : 0xc2, 0, 0);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            add_integer(to, lua_tointeger(L, index));
        } else {
            double value = lua_tonumber(L, index);
            uint64_t bits;
            memcpy(&bits, &value, sizeof bits);
            add_number(to, 0xcb, bits, 8);
        }
        break;
    case LUA_TSTRING: {
        size_t n;
        const char *bytes = lua_tolstring(L, index, &n);
        add_bytes(to, bytes, n, !is_utf8((const unsigned char *)bytes, n));
        break;
    }
    case LUA_TTABLE:
        add_table(to, index, depth);
        break;
    default:
        if (!clua_is_null(L, index)) {
            luaL_error(L, "msgpack: a %s cannot be encoded", luaL_typename(L, index));
        }
        add_number(to, 0xc0, 0, 0);
        break;
    }
}

static int encode(lua_State *L) {
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    clua_writer to;
    clua_writer_begin(&to, L);
    add_value(&to, 1, 0);
    return clua_writer_push(&to);
}

// --- decoding

typedef struct reader {
    lua_State *L;
    const unsigned char *start;
    const unsigned char *end;
    const unsigned char *at;
} reader;

static int fail(reader *from, const unsigned char *at, const char *what) {
    return luaL_error(from->L, "msgpack: %s at byte %I", what, (lua_Integer)(at - from->start) + 1);
}

/// `width` bytes as an unsigned number.
static uint64_t take_number(reader *from, int width) {
    if (from->end - from->at < width) {
        fail(from, from->at, "the input ends within a value,");
    }
    uint64_t value = 0;
    for (int i = 0; i < width; i++) {
        value = value << 8 | *from->at++;
    }
    return value;
}

static const char *take_bytes(reader *from, uint64_t count) {
    if ((uint64_t)(from->end - from->at) < count) {
        fail(from, from->at, "the input ends within a value,");
    }
    const char *bytes = (const char *)from->at;
    from->at += count;
    return bytes;
}

static void push_value(reader *from, int depth);

/// Room to reserve for `count` elements that the input announces: no more than it has bytes for.
static int size_hint(const reader *from, uint64_t count) {
    uint64_t left = (uint64_t)(from->end - from->at);
    uint64_t hint = count < left ? count : left;
    return hint > 1024 ? 1024 : (int)hint;
}

static void check_depth(reader *from, int depth) {
    if (depth >= CLUA_JSON_DEPTH) {
        fail(from, from->at, "nesting deeper than 64");
    }
    luaL_checkstack(from->L, 8, "msgpack: nested too deep");
}

static void push_array(reader *from, uint64_t count, int depth) {
    check_depth(from, depth);
    lua_createtable(from->L, size_hint(from, count), 0);
    clua_mark_top_as_array(from->L);
    for (uint64_t i = 1; i <= count; i++) {
        push_value(from, depth + 1);
        lua_rawseti(from->L, -2, (lua_Integer)i);
    }
}

static void push_map(reader *from, uint64_t count, int depth) {
    check_depth(from, depth);
    lua_createtable(from->L, 0, size_hint(from, count));
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *key = from->at;
        push_value(from, depth + 1);
        bool is_nan = lua_type(from->L, -1) == LUA_TNUMBER && lua_tonumber(from->L, -1) != lua_tonumber(from->L, -1);
        if (is_nan) {
            fail(from, key, "NaN as a key");
        }
        push_value(from, depth + 1);
        lua_rawset(from->L, -3);
    }
}

static void push_ext(reader *from, uint64_t count) {
    lua_State *L = from->L;
    int8_t type = (int8_t)take_number(from, 1);
    const char *data = take_bytes(from, count);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, type);
    lua_setfield(L, -2, "type");
    lua_pushlstring(L, data, count);
    lua_setfield(L, -2, "data");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ext_key);
    lua_setmetatable(L, -2);
}

static void push_float(reader *from, int width) {
    uint64_t bits = take_number(from, width);
    if (width == 8) {
        double value;
        memcpy(&value, &bits, sizeof value);
        lua_pushnumber(from->L, value);
    } else {
        uint32_t half = (uint32_t)bits;
        float value;
        memcpy(&value, &half, sizeof value);
        lua_pushnumber(from->L, value);
    }
}

static void push_string(reader *from, uint64_t count) {
    const char *bytes = take_bytes(from, count);
    lua_pushlstring(from->L, bytes, count);
}

static void push_value(reader *from, int depth) {
    lua_State *L = from->L;
    clua_tick(L);
    const unsigned char *at = from->at;
    unsigned lead = (unsigned)take_number(from, 1);
    if (lead < 0x80) {
        lua_pushinteger(L, lead);
    } else if (lead < 0x90) {
        push_map(from, lead & 15, depth);
    } else if (lead < 0xa0) {
        push_array(from, lead & 15, depth);
    } else if (lead < 0xc0) {
        push_string(from, lead & 31);
    } else if (lead >= 0xe0) {
        lua_pushinteger(L, (int8_t)lead);
    } else {
        switch (lead) {
        case 0xc0:
            clua_push_null(L);
            break;
        case 0xc2:
        case 0xc3:
            lua_pushboolean(L, lead == 0xc3);
            break;
        case 0xc4:
        case 0xc5:
        case 0xc6:
            push_string(from, take_number(from, 1 << (lead - 0xc4)));
            break;
        case 0xc7:
        case 0xc8:
        case 0xc9:
            push_ext(from, take_number(from, 1 << (lead - 0xc7)));
            break;
        case 0xca:
            push_float(from, 4);
            break;
        case 0xcb:
            push_float(from, 8);
            break;
        case 0xcc:
        case 0xcd:
        case 0xce:
        case 0xcf: {
            uint64_t value = take_number(from, 1 << (lead - 0xcc));
            if (value > INT64_MAX) {
                fail(from, at, "an unsigned integer beyond 2^63 - 1");
            }
            lua_pushinteger(L, (lua_Integer)value);
            break;
        }
        case 0xd0:
            lua_pushinteger(L, (int8_t)take_number(from, 1));
            break;
        case 0xd1:
            lua_pushinteger(L, (int16_t)take_number(from, 2));
            break;
        case 0xd2:
            lua_pushinteger(L, (int32_t)take_number(from, 4));
            break;
        case 0xd3:
            lua_pushinteger(L, (int64_t)take_number(from, 8));
            break;
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8:
            push_ext(from, UINT64_C(1) << (lead - 0xd4));
            break;
        case 0xd9:
        case 0xda:
        case 0xdb:
            push_string(from, take_number(from, 1 << (lead - 0xd9)));
            break;
        case 0xdc:
        case 0xdd:
            push_array(from, take_number(from, lead == 0xdc ? 2 : 4), depth);
            break;
        case 0xde:
        case 0xdf:
            push_map(from, take_number(from, lead == 0xde ? 2 : 4), depth);
            break;
        default:
            fail(from, at, "0xc1, which begins no value,");
            break;
        }
    }
}

/// `decode(bytes [, position])`: the value and the position behind it.
static int decode(lua_State *L) {
    size_t n;
    const unsigned char *bytes = (const unsigned char *)luaL_checklstring(L, 1, &n);
    lua_Integer position = luaL_optinteger(L, 2, 1);
    luaL_argcheck(L, position >= 1 && (lua_Unsigned)position <= (lua_Unsigned)n + 1, 2, "position out of bounds");
    reader from = {.L = L, .start = bytes, .end = bytes + n, .at = bytes + position - 1};
    push_value(&from, 0);
    lua_pushinteger(L, from.at - from.start + 1);
    return 2;
}

static int make_bin(lua_State *L) {
    luaL_checkstring(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "data");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bin_key);
    lua_setmetatable(L, -2);
    return 1;
}

static int make_ext(lua_State *L) {
    luaL_checkinteger(L, 1);
    luaL_checkstring(L, 2);
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "type");
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "data");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ext_key);
    lua_setmetatable(L, -2);
    return 1;
}

static void make_marker(lua_State *L, const char *name, const void *key) {
    lua_createtable(L, 0, 2);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

int clua_open_msgpack(lua_State *L) {
    make_marker(L, "msgpack.bin", &bin_key);
    make_marker(L, "msgpack.ext", &ext_key);
    static const luaL_Reg functions[] = {
        {"encode", encode}, {"decode", decode}, {"bin", make_bin}, {"ext", make_ext}, {NULL, NULL},
    };
    luaL_newlib(L, functions);
    clua_push_null(L);
    lua_setfield(L, -2, "null");
    return 1;
}
