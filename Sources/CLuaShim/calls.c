// Calls into script code: plain ones, and tasks, which are coroutines of the host's that may wait.

#include <stdio.h>
#include <string.h>

#include "vm.h"

void clua_capture_traceback(lua_State *L, int level) {
    clua_vm *vm = clua_vm_of(L);
    size_t used = 0;
    vm->traceback[0] = '\0';
    lua_Debug frame;
    for (; used < sizeof vm->traceback - 1 && lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sln", &frame);
        if (frame.currentline < 0) {
            continue;  // A function of ours.
        }
        const char *source = frame.source[0] == '@' ? frame.source + 1 : frame.short_src;
        char function[96];
        if (frame.name != NULL) {
            snprintf(function, sizeof function, "in function '%s'", frame.name);
        } else if (strcmp(frame.what, "main") == 0) {
            snprintf(function, sizeof function, "in the main chunk");
        } else {
            snprintf(function, sizeof function, "in the function at line %d", frame.linedefined);
        }
        int n = snprintf(
            vm->traceback + used, sizeof vm->traceback - used, "%s:%d: %s\n", source, frame.currentline, function);
        if (n < 0 || (size_t)n >= sizeof vm->traceback - used) {
            vm->traceback[used] = '\0';
            return;
        }
        used += (size_t)n;
    }
}

int clua_handle_error(lua_State *L) {
    clua_capture_traceback(L, 1);
    return 1;
}

static clua_status status_of(clua_vm *vm, int lua_status) {
    switch (lua_status) {
    case LUA_OK:
        return CLUA_OK;
    case LUA_ERRMEM:
        return CLUA_OUT_OF_MEMORY;
    default:
        return vm->is_stopped ? CLUA_STOPPED : CLUA_ERROR;
    }
}

clua_status clua_load(lua_State *L, const char *text, size_t bytes, const char *name) {
    clua_vm *vm = clua_vm_of(L);
    vm->traceback[0] = '\0';
    bool was_enforcing = vm->is_enforcing;
    vm->is_enforcing = true;
    int status = luaL_loadbufferx(L, text, bytes, name, "t");
    vm->is_enforcing = was_enforcing;
    return status_of(vm, status);
}

clua_status clua_call(lua_State *L, int arguments, int results, uint32_t point, clua_budget budget) {
    clua_vm *vm = clua_vm_of(L);
    // Only at the bottom of the main stack is index 1 the handler's; a host function has its arguments there.
    int handler = 1;
    bool has_own_handler = L != vm->main || vm->depth > 0;
    if (has_own_handler) {
        handler = lua_gettop(L) - arguments;
        lua_pushcfunction(L, clua_handle_error);
        lua_insert(L, handler);
    }
    vm->traceback[0] = '\0';
    lua_State *outer_task = vm->task;
    vm->task = NULL;
    clua_entry entry;
    clua_enter(&entry, vm, L, point, budget);
    int status = lua_pcall(L, arguments, results < 0 ? LUA_MULTRET : results, handler);
    clua_status result = status_of(vm, status);
    clua_leave(&entry, L);
    vm->task = outer_task;
    if (has_own_handler) {
        lua_remove(L, handler);
    }
    return result;
}

lua_State *clua_task_new(lua_State *L, int *reference) {
    if (!lua_checkstack(L, 2)) {
        return NULL;
    }
    lua_State *task = lua_newthread(L);
    *reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return task;
}

void clua_task_release(lua_State *L, int reference) {
    luaL_unref(L, LUA_REGISTRYINDEX, reference);
}

static int finish_protected(lua_State *L, int status, lua_KContext unused) {
    (void)unused;
    if (status == LUA_OK || status == LUA_YIELD) {
        return lua_gettop(L) - 1;
    }
    clua_vm_of(L)->task_failure = status;
    return lua_error(L);
}

/// Calls the function below the arguments. The error of a coroutine leaves its to-be-closed variables open; within a
/// protected call they are closed at once, and their `__close` may wait.
static int run_protected(lua_State *L) {
    lua_pushcfunction(L, clua_handle_error);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, finish_protected);
    return finish_protected(L, status, 0);
}

clua_status clua_task_resume(
    lua_State *task, int arguments, bool has_failed, int *results, uint32_t point, clua_budget budget) {
    clua_vm *vm = clua_vm_of(task);
    if (lua_status(task) == LUA_OK) {
        vm->traceback[0] = '\0';
        lua_pushcfunction(task, run_protected);
        lua_insert(task, -(arguments + 2));
        arguments += 1;
    }
    vm->task_failure = LUA_OK;
    vm->has_wait_failed = has_failed;
    vm->is_host_waiting = false;
    lua_State *outer_task = vm->task;
    int outer_barriers = vm->barrier_count;
    vm->task = task;
    vm->barrier_count = 0;
    clua_entry entry;
    clua_enter(&entry, vm, task, point, budget);
    int status = lua_resume(task, vm->main, arguments, results);
    // Another task may have failed while this one's variables were closed: then the trace is that one's.
    clua_status result = status == LUA_YIELD ? CLUA_WAITING
        : status_of(vm, status == LUA_OK || vm->task_failure == LUA_OK ? status : vm->task_failure);
    clua_leave(&entry, task);
    vm->task = outer_task;
    vm->barrier_count = outer_barriers;
    return result;
}

clua_status clua_task_reset(lua_State *task, uint32_t point, clua_budget budget) {
    clua_vm *vm = clua_vm_of(task);
    clua_entry entry;
    clua_enter(&entry, vm, task, point, budget);
    vm->barrier_count += 1;
    int status = lua_resetthread(task);
    vm->barrier_count -= 1;
    clua_status result = status_of(vm, status);
    clua_leave(&entry, task);
    return result;
}

const char *clua_traceback(lua_State *L) {
    return clua_vm_of(L)->traceback;
}

bool clua_can_wait(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    return vm->task != NULL && vm->barrier_count == 0 && lua_isyieldable(L);
}
