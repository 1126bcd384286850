// States: making and closing them, and the allocator that holds them to their cap.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

/// Closing what an out-of-memory error leaves open takes a few small blocks itself: they may exceed the cap a little.
enum { SMALL_BYTES_MAX = 128, RESERVE_BYTES = 16 << 10 };

/// The allocator of every state. Refuses only inside: a refusal outside any protected call would end the process.
static void *allocate(void *context, void *block, size_t old_bytes, size_t bytes) {
    clua_vm *vm = context;
    if (block == NULL) {
        old_bytes = 0;  // Says what kind of object is made.
    }
    if (bytes == 0) {
        free(block);
        vm->bytes_used -= old_bytes;
        return NULL;
    }
    if (bytes > old_bytes && vm->is_enforcing) {
        size_t limit = vm->limits.memory_bytes_max + (bytes <= SMALL_BYTES_MAX ? RESERVE_BYTES : 0);
        if (bytes - old_bytes > limit || vm->bytes_used > limit - (bytes - old_bytes)) {
            return NULL;
        }
        if (vm->allocations_left == 0) {
            return NULL;
        }
        if (vm->allocations_left > 0) {
            vm->allocations_left -= 1;
        }
    }
    void *result = realloc(block, bytes);
    if (result == NULL) {
        // Lua relies on shrinking to succeed.
        return bytes <= old_bytes ? block : NULL;
    }
    vm->bytes_used = vm->bytes_used - old_bytes + bytes;
    if (vm->bytes_used > vm->bytes_peak) {
        vm->bytes_peak = vm->bytes_used;
    }
    return result;
}

static int panic(lua_State *L) {
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "not a string";
    fprintf(stderr, "platform: a Lua error outside any protected call: %s\n", text);
    return 0;  // Lua aborts.
}

static int open_libraries(lua_State *L) {
    clua_open_base(L);
    typedef struct library {
        const char *name;
        lua_CFunction open;
    } library;
    static const library standard[] = {
        {"string", clua_open_string}, {"table", clua_open_table}, {"coroutine", clua_open_coroutine},
        {"math", luaopen_math},       {"utf8", luaopen_utf8},
    };
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        lua_pushcfunction(L, standard[i].open);
        lua_call(L, 0, 1);
        lua_setglobal(L, standard[i].name);
    }
    // Our own stand under one name.
    static const library own[] = {
        {"json", clua_open_json}, {"msgpack", clua_open_msgpack}, {"base64", clua_open_base64},
        {"hex", clua_open_hex},   {"hash", clua_open_hash},       {"csv", clua_open_csv},
    };
    lua_createtable(L, 0, 32);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        lua_pushcfunction(L, own[i].open);
        lua_call(L, 0, 1);
        lua_setfield(L, -2, own[i].name);
    }
    clua_push_null(L);
    lua_setfield(L, -2, "null");
    lua_setglobal(L, "platform");
    clua_open_messages(L);
    return 0;
}

lua_State *clua_open(clua_limits limits, clua_host host) {
    clua_vm *vm = calloc(1, sizeof *vm);
    if (vm == NULL) {
        return NULL;
    }
    vm->limits = limits;
    vm->host = host;
    vm->allocations_left = -1;
    lua_State *L = lua_newstate(allocate, vm);
    if (L == NULL) {
        free(vm);
        return NULL;
    }
    *(clua_vm **)lua_getextraspace(L) = vm;
    vm->main = L;
    vm->current = L;
    lua_atpanic(L, panic);
    for (int i = 0; i < CLUA_CLASS_COUNT_MAX; i++) {
        vm->class_metatables[i] = LUA_NOREF;
    }
    lua_pushcfunction(L, open_libraries);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        clua_close(L);
        return NULL;
    }
    // Plain calls find their message handler at index 1.
    lua_pushcfunction(L, clua_handle_error);
    return L;
}

void clua_close(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    lua_close(L);
    free(vm);
}

size_t clua_bytes_used(lua_State *L) {
    return clua_vm_of(L)->bytes_used;
}

size_t clua_bytes_peak(lua_State *L) {
    return clua_vm_of(L)->bytes_peak;
}

bool clua_collect_step(lua_State *L, int work_kib) {
    return lua_gc(L, LUA_GCSTEP, work_kib) != 0;
}

void clua_collect_all(lua_State *L) {
    lua_gc(L, LUA_GCCOLLECT);
}

void clua_fail_allocations_after(lua_State *L, int64_t count) {
    clua_vm_of(L)->allocations_left = count;
}

void clua_check_string_bytes(lua_State *L, uint64_t n) {
    size_t limit = clua_vm_of(L)->limits.string_bytes_max;
    if (n > limit) {
        luaL_error(
            L, "a string of %I bytes would be longer than the limit of %I bytes",
            n > INT64_MAX ? (lua_Integer)INT64_MAX : (lua_Integer)n, (lua_Integer)limit);
    }
}
