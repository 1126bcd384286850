// The globals of a sandboxed state: the part of the base library that is harmless, and replacements for what could run
// longer than any hook can stop (`xpcall`, metatables with `__gc`), or reach out of the state (`load` of bytecode).

#include <string.h>

#include "vm.h"

/// Bytes of a chunk given to `load`.
enum { LOAD_BYTES_MAX = 1 << 20 };

static int set_metatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "cannot change a protected metatable");
    }
    if (type == LUA_TTABLE) {
        // Finalizers run where nothing can stop them. Lua looks for them at this moment only.
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) {
            return luaL_argerror(L, 2, "__gc is not available; use a local variable with <close> and __close");
        }
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int trace(lua_State *L) {
    const char *message = luaL_optstring(L, 1, NULL);
    luaL_traceback(L, L, message, 1);
    return 1;
}

/// After the protected call: `status` true and results, or the handler is called with the error.
static int finish_xpcall(lua_State *L, int status, lua_KContext unused) {
    (void)unused;
    // Stack: handler, true, then results; or handler, true, error.
    if (status == LUA_OK || status == LUA_YIELD) {
        return lua_gettop(L) - 1;
    }
    clua_tick(L);
    lua_pushboolean(L, false);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -3);
    lua_call(L, 1, 1);
    return 2;
}

/// As pcall, and then the handler: it runs after unwinding, as hooks are off in a true message handler. So it sees the
/// error, but not the frames of its origin; `debug.traceback` itself is called at once and does.
static int protected_call(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    int argument_count = lua_gettop(L) - 2;
    // Stack: f, handler, arguments -> handler, true, f, arguments.
    lua_pushvalue(L, 2);
    lua_insert(L, 1);
    lua_remove(L, 3);
    lua_pushboolean(L, true);
    lua_insert(L, 2);
    int handler = lua_tocfunction(L, 1) == trace ? 1 : 0;
    int status = lua_pcallk(L, argument_count, LUA_MULTRET, handler, 0, finish_xpcall);
    if (handler == 1 && status != LUA_OK) {
        lua_pushboolean(L, false);
        lua_insert(L, -2);
        return 2;
    }
    return finish_xpcall(L, status, 0);
}

static int load_text(lua_State *L) {
    size_t bytes;
    const char *text = luaL_checklstring(L, 1, &bytes);
    const char *name = luaL_optstring(L, 2, text);
    const char *mode = luaL_optstring(L, 3, "t");
    if (strchr(mode, 't') == NULL) {
        return luaL_argerror(L, 3, "only text chunks can be loaded: mode has to be \"t\"");
    }
    if (bytes > LOAD_BYTES_MAX) {
        return luaL_error(
            L, "load: a chunk of %I bytes is longer than the limit of %d bytes", (lua_Integer)bytes, LOAD_BYTES_MAX);
    }
    if (luaL_loadbufferx(L, text, bytes, name, "t") != LUA_OK) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (!lua_isnone(L, 4)) {
        lua_pushvalue(L, 4);
        lua_setupvalue(L, -2, 1);
    }
    return 1;
}

static int count_garbage(lua_State *L) {
    const char *option = luaL_optstring(L, 1, "count");
    if (strcmp(option, "count") != 0) {
        return luaL_error(L, "collectgarbage: only \"count\" is available, got \"%s\"", option);
    }
    lua_pushnumber(L, (lua_Number)clua_vm_of(L)->bytes_used / 1024);
    return 1;
}

void clua_open_base(lua_State *L) {
    luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
    static const char *const removed[] = {"dofile", "loadfile", "print", "warn"};
    for (size_t i = 0; i < sizeof removed / sizeof *removed; i++) {
        lua_pushnil(L);
        lua_setfield(L, -2, removed[i]);
    }
    static const luaL_Reg replaced[] = {
        {"setmetatable", set_metatable}, {"xpcall", protected_call},      {"load", load_text},
        {"collectgarbage", count_garbage}, {NULL, NULL},
    };
    luaL_setfuncs(L, replaced, 0);
    lua_pop(L, 1);
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);

    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, trace);
    lua_setfield(L, -2, "traceback");
    lua_setglobal(L, "debug");

    lua_createtable(L, 0, 4);
    lua_pushcfunction(L, luaopen_os);
    lua_call(L, 0, 1);
    static const char *const kept[] = {"time", "date", "clock", "difftime"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        lua_getfield(L, -1, kept[i]);
        lua_setfield(L, -3, kept[i]);
    }
    lua_pop(L, 1);
    lua_setglobal(L, "os");
}

static int missing_global(lua_State *L) {
    if (lua_type(L, 2) != LUA_TSTRING) {
        return 0;
    }
    return luaL_error(L, "undefined global '%s'", lua_tostring(L, 2));
}

static int refuse_global(lua_State *L) {
    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_error(L, "a global's name has to be a string");
    }
    return luaL_error(L, "assignment to the global '%s': declare it as local", lua_tostring(L, 2));
}

void clua_protect_globals(lua_State *L, bool is_writing_refused) {
    lua_pushglobaltable(L);
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, missing_global);
    lua_setfield(L, -2, "__index");
    if (is_writing_refused) {
        lua_pushcfunction(L, refuse_global);
        lua_setfield(L, -2, "__newindex");
    }
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}
