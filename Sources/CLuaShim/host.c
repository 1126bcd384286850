// Functions and objects of the host, as scripts see them.
//
// The host's function returns a count or a wish; only here an error is raised or the task yields, when no frame of the
// host's is left on the C stack. Its arguments are checked here too, before it runs.

#include <stdio.h>
#include <string.h>

#include "vm.h"

typedef struct object {
    uint64_t handle;
    int class_index;
} object;

/// Class of a letter or digit of a signature: 0-9, then a-z.
static int class_of_sign(char sign) {
    return sign >= 'a' ? sign - 'a' + 10 : sign - '0';
}

static const object *object_at(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) {
        return NULL;
    }
    const object *candidate = lua_touserdata(L, index);
    bool is_object = false;
    if (lua_rawlen(L, index) == sizeof(object) && candidate->class_index >= 0 &&
        candidate->class_index < CLUA_CLASS_COUNT_MAX) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, clua_vm_of(L)->class_metatables[candidate->class_index]);
        is_object = lua_rawequal(L, -1, -2) != 0;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return is_object ? candidate : NULL;
}

static const char *class_name(lua_State *L, int class_index) {
    const char *name = "object";
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_vm_of(L)->class_metatables[class_index]);
    if (lua_istable(L, -1)) {
        lua_pushliteral(L, "__name");
        lua_rawget(L, -2);
        name = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return name;
}

/// Raises "bad argument #2 to 'http.get' (string expected, got nil)", which names the function as documented: the
/// interpreter knows only under what name it was called.
static int bad_argument(lua_State *L, const clua_function *function, int index, const char *expected) {
    const char *got = luaL_typename(L, index);
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) {
        got = lua_tostring(L, -1);
    }
    bool is_method = strchr(function->name, ':') != NULL;
    if (is_method && index == 1) {
        return luaL_error(
            L, "'%s' needs its object before it (%s expected, got %s): call it with ':'", function->name, expected, got);
    }
    return luaL_error(
        L, "bad argument #%d to '%s' (%s expected, got %s)", is_method ? index - 1 : index, function->name, expected,
        got);
}

static void check_arguments(lua_State *L, const clua_function *function) {
    int count = lua_gettop(L);
    int index = 1;
    for (const char *sign = function->signature; *sign != '\0'; sign++, index++) {
        if (*sign == '*') {
            return;
        }
        char kind = *sign;
        char class_sign = kind == 'o' ? *++sign : '\0';
        bool is_optional = sign[1] == '?';
        if (is_optional) {
            sign++;
        }
        int type = lua_type(L, index);
        if (is_optional && (type == LUA_TNIL || type == LUA_TNONE)) {
            continue;
        }
        switch (kind) {
        case 's':
            if (type != LUA_TSTRING) {
                bad_argument(L, function, index, "string");
            }
            break;
        case 'i': {
            int is_integer = 0;
            if (type == LUA_TNUMBER) {
                lua_tointegerx(L, index, &is_integer);
            }
            if (!is_integer) {
                bad_argument(L, function, index, "integer");
            }
            break;
        }
        case 'n':
            if (type != LUA_TNUMBER) {
                bad_argument(L, function, index, "number");
            }
            break;
        case 'b':
            if (type != LUA_TBOOLEAN) {
                bad_argument(L, function, index, "boolean");
            }
            break;
        case 't':
            if (type != LUA_TTABLE) {
                bad_argument(L, function, index, "table");
            }
            break;
        case 'f':
            if (type != LUA_TFUNCTION) {
                bad_argument(L, function, index, "function");
            }
            break;
        case 'o': {
            const object *candidate = object_at(L, index);
            if (candidate == NULL || candidate->class_index != class_of_sign(class_sign)) {
                bad_argument(L, function, index, class_name(L, class_of_sign(class_sign)));
            }
            break;
        }
        default:
            if (type == LUA_TNONE) {
                luaL_error(L, "bad argument #%d to '%s' (value expected)", index, function->name);
            }
            break;
        }
    }
    if (count >= index) {
        luaL_error(L, "too many arguments to '%s' (%d expected, got %d)", function->name, index - 1, count);
    }
}

/// Raises the value on top; text gets the place of the script that called.
static int raise_error(lua_State *L) {
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/// What the host has pushed without being held to the cap has to fit under it now.
static void check_memory(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    if (vm->bytes_used <= vm->limits.memory_bytes_max) {
        return;
    }
    lua_gc(L, LUA_GCCOLLECT);
    if (vm->bytes_used > vm->limits.memory_bytes_max) {
        luaL_error(
            L, "not enough memory: results of %I bytes exceed the limit of %I bytes",
            (lua_Integer)vm->bytes_used, (lua_Integer)vm->limits.memory_bytes_max);
    }
}

/// Goes on after a wait, with the results, or the error, above the call's own `argument_count` values.
static int finish_wait(lua_State *L, int status, lua_KContext argument_count) {
    (void)status;
    clua_vm *vm = clua_vm_of(L);
    if (vm->has_wait_failed) {
        vm->has_wait_failed = false;
        return raise_error(L);
    }
    check_memory(L);
    return lua_gettop(L) - (int)argument_count;
}

static int call_host(lua_State *L) {
    const clua_function *function = lua_touserdata(L, lua_upvalueindex(1));
    clua_vm *vm = clua_vm_of(L);
    if ((vm->point & function->points) == 0) {
        return luaL_error(L, "'%s' cannot be used here; it can in: %s", function->name, function->points_text);
    }
    check_arguments(L, function);
    if (function->may_wait && !clua_can_wait(L)) {
        return luaL_error(
            L, "'%s' waits, which is not possible within a callback of sort, gsub, a metamethod of tostring or a plain call",
            function->name);
    }
    luaL_checkstack(L, LUA_MINSTACK, "too many nested calls");
    clua_pause_slice(vm);
    vm->is_enforcing = false;
    int32_t results = vm->host.dispatch(vm->host.context, function->function, L);
    vm->is_enforcing = true;
    clua_resume_slice(vm);
    clua_tick(L);
    if (results >= 0) {
        check_memory(L);
        return results;
    }
    if (results == CLUA_WAIT) {
        vm->is_host_waiting = true;
        return lua_yieldk(L, 0, lua_gettop(L), finish_wait);
    }
    return raise_error(L);
}

void clua_set_function(lua_State *L, const char *key, const clua_function *function) {
    lua_pushstring(L, key);
    lua_pushlightuserdata(L, (void *)(uintptr_t)function);
    lua_pushcclosure(L, call_host, 1);
    lua_rawset(L, -3);
}

static int release_object(lua_State *L) {
    const object *released = lua_touserdata(L, 1);
    clua_vm *vm = clua_vm_of(L);
    bool was_enforcing = vm->is_enforcing;
    vm->is_enforcing = false;
    vm->released_handle = released->handle;
    vm->host.dispatch(vm->host.context, CLUA_RELEASE, L);
    vm->is_enforcing = was_enforcing;
    return 0;
}

void clua_set_class(lua_State *L, int class_index, const char *name) {
    int methods = lua_gettop(L);
    lua_createtable(L, 0, 6);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pushcfunction(L, release_object);
    lua_setfield(L, -2, "__gc");
    static const char *const uses[][2] = {{"close", "__close"}, {"next", "__call"}};
    for (size_t i = 0; i < 2; i++) {
        lua_pushstring(L, uses[i][0]);
        lua_rawget(L, methods);
        lua_setfield(L, -2, uses[i][1]);
    }
    lua_pushvalue(L, methods);
    lua_setfield(L, -2, "__index");
    clua_vm_of(L)->class_metatables[class_index] = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pop(L, 1);
}

void clua_push_object(lua_State *L, int class_index, uint64_t handle) {
    object *made = lua_newuserdatauv(L, sizeof *made, 0);
    made->handle = handle;
    made->class_index = class_index;
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_vm_of(L)->class_metatables[class_index]);
    lua_setmetatable(L, -2);
}

uint64_t clua_object_handle(lua_State *L, int index) {
    const object *found = object_at(L, index);
    return found == NULL ? 0 : found->handle;
}

int clua_object_class(lua_State *L, int index) {
    const object *found = object_at(L, index);
    return found == NULL ? -1 : found->class_index;
}

uint64_t clua_released_handle(lua_State *L) {
    return clua_vm_of(L)->released_handle;
}
