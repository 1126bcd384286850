// What the files of the string library share.

#ifndef CLUASHIM_STRING_LIBRARY_H
#define CLUASHIM_STRING_LIBRARY_H

#include "vm.h"

/// A growing string whose size is checked before it grows. Has a place on the stack, as luaL_Buffer does.
typedef struct clua_result {
    luaL_Buffer buffer;
    uint64_t bytes;
} clua_result;

static inline void clua_result_begin(lua_State *L, clua_result *to) {
    to->bytes = 0;
    luaL_buffinit(L, &to->buffer);
}

static inline void clua_result_add(lua_State *L, clua_result *to, const char *bytes, size_t count) {
    to->bytes += count;
    clua_check_string_bytes(L, to->bytes);
    luaL_addlstring(&to->buffer, bytes, count);
}

/// Adds the string or number on top of the stack, and pops it.
static inline void clua_result_add_value(lua_State *L, clua_result *to) {
    size_t count;
    lua_tolstring(L, -1, &count);
    to->bytes += count;
    clua_check_string_bytes(L, to->bytes);
    luaL_addvalue(&to->buffer);
}

// These have liblua's function of the same name as their upvalue.

int clua_string_format(lua_State *L);
int clua_string_pack(lua_State *L);
int clua_string_packsize(lua_State *L);
int clua_string_unpack(lua_State *L);

#endif
