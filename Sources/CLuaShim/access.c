// What Swift may do to a stack: functions of the C API that cannot raise, and macros, which Swift cannot see.
//
// Outside, an allocation is refused by the system alone, so pushing does not raise; the caller makes room first.

#include <string.h>

#include "vm.h"

clua_type clua_type_at(lua_State *L, int index) {
    return (clua_type)lua_type(L, index);
}

int clua_top(lua_State *L) {
    return lua_gettop(L);
}

void clua_set_top(lua_State *L, int top) {
    lua_settop(L, top);
}

void clua_pop(lua_State *L, int count) {
    lua_pop(L, count);
}

int clua_absolute_index(lua_State *L, int index) {
    return lua_absindex(L, index);
}

void clua_push_copy(lua_State *L, int index) {
    lua_pushvalue(L, index);
}

void clua_remove(lua_State *L, int index) {
    lua_remove(L, index);
}

void clua_insert(lua_State *L, int index) {
    lua_insert(L, index);
}

void clua_move(lua_State *from, lua_State *to, int count) {
    lua_xmove(from, to, count);
}

bool clua_check_stack(lua_State *L, int count) {
    return lua_checkstack(L, count) != 0;
}

bool clua_boolean_at(lua_State *L, int index) {
    return lua_toboolean(L, index) != 0;
}

bool clua_integer_at(lua_State *L, int index, int64_t *value) {
    int is_integer = 0;
    if (lua_type(L, index) == LUA_TNUMBER) {
        *value = lua_tointegerx(L, index, &is_integer);
    }
    return is_integer != 0;
}

bool clua_is_integer(lua_State *L, int index) {
    return lua_isinteger(L, index) != 0;
}

double clua_number_at(lua_State *L, int index) {
    return lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : 0;
}

const char *clua_string_at(lua_State *L, int index, size_t *bytes) {
    if (lua_type(L, index) != LUA_TSTRING) {
        *bytes = 0;
        return NULL;
    }
    return lua_tolstring(L, index, bytes);
}

bool clua_is_null(lua_State *L, int index) {
    return lua_type(L, index) == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) == NULL;
}

const char *clua_push_description(lua_State *L, int index, size_t *bytes) {
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        lua_pushvalue(L, index);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            lua_pushfstring(L, "%I", lua_tointeger(L, index));
        } else {
            lua_pushfstring(L, "%f", lua_tonumber(L, index));
        }
        break;
    case LUA_TBOOLEAN:
        lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
        break;
    case LUA_TLIGHTUSERDATA:
        lua_pushstring(L, clua_is_null(L, index) ? "null" : "pointer");
        break;
    default:
        lua_pushstring(L, lua_typename(L, lua_type(L, index)));
        break;
    }
    return lua_tolstring(L, -1, bytes);
}

void clua_push_nil(lua_State *L) {
    lua_pushnil(L);
}

void clua_push_null(lua_State *L) {
    lua_pushlightuserdata(L, NULL);
}

void clua_push_boolean(lua_State *L, bool value) {
    lua_pushboolean(L, value);
}

void clua_push_integer(lua_State *L, int64_t value) {
    lua_pushinteger(L, value);
}

void clua_push_number(lua_State *L, double value) {
    lua_pushnumber(L, value);
}

void clua_push_string(lua_State *L, const char *bytes, size_t n) {
    lua_pushlstring(L, bytes, n);
}

void clua_push_table(lua_State *L, int array_count, int field_count) {
    lua_createtable(L, array_count, field_count);
}

void clua_push_globals(lua_State *L) {
    lua_pushglobaltable(L);
}

void clua_raw_get(lua_State *L, int table, const char *key) {
    table = lua_absindex(L, table);
    lua_pushstring(L, key);
    lua_rawget(L, table);
}

void clua_raw_get_index(lua_State *L, int table, int64_t key) {
    lua_rawgeti(L, table, key);
}

void clua_raw_set(lua_State *L, int table, const char *key) {
    table = lua_absindex(L, table);
    lua_pushstring(L, key);
    lua_insert(L, -2);
    lua_rawset(L, table);
}

void clua_raw_set_index(lua_State *L, int table, int64_t key) {
    lua_rawseti(L, table, key);
}

bool clua_raw_set_pair(lua_State *L, int table) {
    table = lua_absindex(L, table);
    bool is_key = !lua_isnil(L, -2) && !(lua_type(L, -2) == LUA_TNUMBER && lua_tonumber(L, -2) != lua_tonumber(L, -2));
    if (is_key) {
        lua_rawset(L, table);
    } else {
        lua_pop(L, 2);
    }
    return is_key;
}

int64_t clua_raw_length(lua_State *L, int table) {
    return (int64_t)lua_rawlen(L, table);
}

bool clua_next(lua_State *L, int table) {
    return lua_next(L, table) != 0;
}

int clua_reference(lua_State *L) {
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void clua_push_reference(lua_State *L, int reference) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
}

void clua_release_reference(lua_State *L, int reference) {
    luaL_unref(L, LUA_REGISTRYINDEX, reference);
}

clua_function_facts clua_function_facts_at(lua_State *L, int index) {
    clua_function_facts facts = {0};
    lua_Debug info;
    lua_pushvalue(L, index);
    if (lua_getinfo(L, ">Su", &info)) {
        facts.parameter_count = info.nparams;
        facts.is_variadic = info.isvararg != 0;
        facts.is_host = info.what[0] == 'C';
        facts.line_defined = info.linedefined;
    }
    return facts;
}
