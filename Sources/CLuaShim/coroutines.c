// The coroutine library, through which a host's wait passes: when a host function that a script calls within its own
// coroutine waits, each `resume` around it waits too, up to the host's task, and goes on from there.

#include "vm.h"

enum { CLOSE_DEPTH_MAX = 100 };

static lua_State *coroutine_at(lua_State *L, int index) {
    lua_State *co = lua_tothread(L, index);
    luaL_argexpected(L, co != NULL, index, "coroutine");
    return co;
}

static int create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

typedef enum state { RUNNING, DEAD, SUSPENDED, NORMAL } state;
static const char *const state_names[] = {"running", "dead", "suspended", "normal"};

static state state_of(lua_State *L, lua_State *co) {
    if (L == co) {
        return RUNNING;
    }
    switch (lua_status(co)) {
    case LUA_YIELD:
        return SUSPENDED;
    case LUA_OK: {
        lua_Debug frame;
        if (lua_getstack(co, 0, &frame)) {
            return NORMAL;
        }
        return lua_gettop(co) == 0 ? DEAD : SUSPENDED;
    }
    default:
        return DEAD;
    }
}

/// Results of a run of a coroutine: their count, or one of these.
enum { FAILED = -1, HOST_WAITS = -2 };

/// Runs `co` with the `argument_count` values on top of `L`; leaves its results, or its error, on top of `L`.
static int run(lua_State *L, lua_State *co, int argument_count) {
    clua_vm *vm = clua_vm_of(L);
    if (!lua_checkstack(co, argument_count)) {
        lua_pushliteral(L, "too many arguments to resume");
        return FAILED;
    }
    lua_xmove(L, co, argument_count);
    bool is_barrier = !lua_isyieldable(L);
    vm->barrier_count += is_barrier;
    int result_count = 0;
    vm->current = co;
    int status = lua_resume(co, L, argument_count, &result_count);
    vm->current = L;
    vm->barrier_count -= is_barrier;
    clua_tick(L);
    if (status == LUA_YIELD && vm->is_host_waiting) {
        return HOST_WAITS;
    }
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return FAILED;
    }
    if (!lua_checkstack(L, result_count + 1)) {
        lua_pop(co, result_count);
        lua_pushliteral(L, "too many results to resume");
        return FAILED;
    }
    lua_xmove(co, L, result_count);
    return result_count;
}

static int resume_after_wait(lua_State *L, int status, lua_KContext base);

/// `base` values lie below the arguments: the coroutine.
static int resume_from(lua_State *L, lua_KContext base) {
    int result_count = run(L, lua_tothread(L, 1), lua_gettop(L) - (int)base);
    if (result_count == HOST_WAITS) {
        return lua_yieldk(L, 0, base, resume_after_wait);
    }
    if (result_count == FAILED) {
        lua_pushboolean(L, false);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushboolean(L, true);
    lua_insert(L, -(result_count + 1));
    return result_count + 1;
}

/// The host's results, or its error, go to the coroutine that waits for them.
static int resume_after_wait(lua_State *L, int status, lua_KContext base) {
    (void)status;
    clua_vm_of(L)->is_host_waiting = false;
    return resume_from(L, base);
}

/// Whether `co` may be resumed; else leaves the reason on top of `L`.
static bool check_resumable(lua_State *L, lua_State *co) {
    state found = state_of(L, co);
    if (found == SUSPENDED) {
        return true;
    }
    lua_pushfstring(L, "cannot resume %s coroutine", found == DEAD ? "dead" : "non-suspended");
    return false;
}

static int resume(lua_State *L) {
    if (!check_resumable(L, coroutine_at(L, 1))) {
        lua_pushboolean(L, false);
        lua_insert(L, -2);
        return 2;
    }
    return resume_from(L, 1);
}

static int close_protected(lua_State *L, lua_State *co) {
    clua_vm *vm = clua_vm_of(L);
    if (vm->close_depth >= CLOSE_DEPTH_MAX) {
        return luaL_error(L, "coroutine.close: nested more than %d deep", CLOSE_DEPTH_MAX);
    }
    vm->close_depth += 1;
    vm->barrier_count += 1;
    vm->current = co;
    int status = lua_resetthread(co);
    vm->current = L;
    vm->barrier_count -= 1;
    vm->close_depth -= 1;
    clua_tick(L);
    return status;
}

static int wrapped_after_wait(lua_State *L, int status, lua_KContext unused);

static int run_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int result_count = run(L, co, lua_gettop(L));
    if (result_count == HOST_WAITS) {
        return lua_yieldk(L, 0, 0, wrapped_after_wait);
    }
    if (result_count != FAILED) {
        return result_count;
    }
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD && close_protected(L, co) != LUA_OK) {
        lua_xmove(co, L, 1);  // The error as its to-be-closed variables left it.
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int wrapped_after_wait(lua_State *L, int status, lua_KContext unused) {
    (void)status;
    (void)unused;
    clua_vm_of(L)->is_host_waiting = false;
    return run_wrapped(L);
}

static int call_wrapped(lua_State *L) {
    if (!check_resumable(L, lua_tothread(L, lua_upvalueindex(1)))) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
        return lua_error(L);
    }
    return run_wrapped(L);
}

static int wrap(lua_State *L) {
    create(L);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

static int yield(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    if (L == vm->task || L == vm->main) {
        return luaL_error(L, "attempt to yield from outside a coroutine");
    }
    return lua_yield(L, lua_gettop(L));
}

static int status(lua_State *L) {
    lua_pushstring(L, state_names[state_of(L, coroutine_at(L, 1))]);
    return 1;
}

/// The running coroutine and false; nil and true in the host's own: a script must not resume that.
static int running(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    if (L == vm->task || L == vm->main) {
        lua_pushnil(L);
        lua_pushboolean(L, true);
    } else {
        lua_pushthread(L);
        lua_pushboolean(L, false);
    }
    return 2;
}

static int is_yieldable(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    lua_State *co = lua_isnone(L, 1) ? L : coroutine_at(L, 1);
    lua_pushboolean(L, co != vm->task && co != vm->main && lua_isyieldable(co));
    return 1;
}

static int close_coroutine(lua_State *L) {
    lua_State *co = coroutine_at(L, 1);
    state found = state_of(L, co);
    if (found != DEAD && found != SUSPENDED) {
        return luaL_error(L, "cannot close a %s coroutine", state_names[found]);
    }
    if (close_protected(L, co) == LUA_OK) {
        lua_pushboolean(L, true);
        return 1;
    }
    lua_pushboolean(L, false);
    lua_xmove(co, L, 1);
    return 2;
}

int clua_open_coroutine(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"close", close_coroutine}, {"create", create},   {"isyieldable", is_yieldable},
        {"resume", resume},         {"running", running}, {"status", status},
        {"wrap", wrap},             {"yield", yield},     {NULL, NULL},
    };
    luaL_newlib(L, functions);
    return 1;
}
