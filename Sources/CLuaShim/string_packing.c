// string.pack, packsize and unpack: liblua's, once their arguments are known to ask for no more than the limits.

#include "string_library.h"

/// Bytes of a format: liblua reads it without looking at the budget, a few milliseconds at this length.
enum { FORMAT_BYTES_MAX = 1 << 20 };

static int call_liblua(lua_State *L) {
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static const char *check_format(lua_State *L, size_t *bytes) {
    const char *format = luaL_checklstring(L, 1, bytes);
    if (*bytes > FORMAT_BYTES_MAX) {
        luaL_argerror(
            L, 1, lua_pushfstring(
                L, "a format of %I bytes is longer than the limit of %d bytes", (lua_Integer)*bytes, FORMAT_BYTES_MAX));
    }
    return format;
}

/// The number at `*p`, which goes behind it; 0 if there is none. Beyond the limit of strings it need not be exact.
static uint64_t read_number(const char **p, const char *end) {
    uint64_t number = 0;
    for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
        number = number > UINT32_MAX ? number : number * 10 + (uint64_t)(**p - '0');
    }
    return number;
}

/// Bytes of all that the format takes from strings, or fills up to a width: other options give at most 16 each. Ends
/// where the format is malformed: there liblua raises.
static uint64_t packed_bytes(lua_State *L, const char *p, const char *end) {
    uint64_t total = 0;
    int argument = 2;
    int top = lua_gettop(L);
    for (size_t count = 0; p < end && argument <= top; count++) {
        if ((count & 1023) == 0) {
            clua_tick(L);
        }
        char option = *p++;
        uint64_t number = read_number(&p, end);
        switch (option) {
        case 's':
        case 'z':
            total += lua_type(L, argument) == LUA_TSTRING ? lua_rawlen(L, argument) : 0;
            argument++;
            break;
        case 'c':
            total += number;
            argument++;
            break;
        case 'X':
            if (p < end) {
                p++;  // An option that only gives its alignment.
                read_number(&p, end);
            }
            break;
        case 'x':
        case '<':
        case '>':
        case '=':
        case '!':
        case ' ':
            break;
        default:
            argument++;
        }
    }
    return total;
}

int clua_string_pack(lua_State *L) {
    size_t bytes;
    const char *format = check_format(L, &bytes);
    clua_check_string_bytes(L, packed_bytes(L, format, format + bytes));
    int result_count = call_liblua(L);
    clua_check_string_bytes(L, lua_rawlen(L, -1));
    return result_count;
}

int clua_string_packsize(lua_State *L) {
    size_t bytes;
    check_format(L, &bytes);
    return call_liblua(L);
}

int clua_string_unpack(lua_State *L) {
    size_t bytes;
    check_format(L, &bytes);
    return call_liblua(L);
}
