// What the files of the shim share; not visible to Swift.
//
// Every function here and in the shim's libraries runs in one of two worlds:
//   inside   called by the interpreter, under a protected call: may raise, and allocations are held to the cap;
//   outside  called by Swift: must not raise, so allocations are not held to the cap (is_enforcing is false).

#ifndef CLUASHIM_VM_H
#define CLUASHIM_VM_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CLuaShim.h"

/// One interpreter: its limits, its meter, and the way back to its host. Runs on one thread at a time.
typedef struct clua_vm {
    clua_limits limits;
    clua_host host;
    lua_State *main;

    size_t bytes_used;
    size_t bytes_peak;
    /// Whether an allocation beyond `limits.memory_bytes_max` is refused. True only inside.
    bool is_enforcing;
    /// Tests: allocations inside that may still succeed; negative means all.
    int64_t allocations_left;

    /// The coroutine that runs at this moment: where a stop must be hooked. Read by the signal handler.
    lua_State *volatile current;
    /// Nonzero once the running call's budget is used up, until its outermost frame has been left.
    /// Written by the signal handler, on the thread that runs the call.
    volatile sig_atomic_t is_stopped;
    /// Calls of Swift into this state that are under way, one within the other.
    int depth;
    /// The host's coroutine that runs, NULL in a plain call.
    lua_State *task;
    /// A host function asked to wait: the yield that comes up is the host's, not the script's.
    bool is_host_waiting;
    /// The host function that waited has failed: its error is what the task was resumed with.
    bool has_wait_failed;
    /// How the protected call of the task that ends now has failed.
    int task_failure;
    /// Frames of C below the running function that cannot be yielded through.
    int barrier_count;
    /// Nested `coroutine.close` under way: liblua 5.4.4 does not bound them.
    int close_depth;
    /// One bit: the extension point that runs. Host functions name the points that may call them.
    uint32_t point;
    clua_budget budget;

    /// Registry references: the metatables of messages, of their headers, and of the host's objects by class.
    int message_metatable;
    int headers_metatable;
    int class_metatables[CLUA_CLASS_COUNT_MAX];
    uint64_t released_handle;
    /// The trace of the latest error, script frames only; not in Lua's memory, as that may be short.
    char traceback[2048];
} clua_vm;

static inline clua_vm *clua_vm_of(lua_State *L) {
    return *(clua_vm **)lua_getextraspace(L);
}

/// Raises the error of a stopped call, and has every further instruction raise it again. Does not return.
int clua_raise_stopped(lua_State *L);

/// To be called in every loop of C code whose length a script decides: no hook of the interpreter runs in there.
/// Raises once the call's budget is used up.
static inline void clua_tick(lua_State *L) {
    if (clua_vm_of(L)->is_stopped) {
        clua_raise_stopped(L);
    }
}

/// Raises if a string of `n` bytes may not be made: limits.string_bytes_max.
void clua_check_string_bytes(lua_State *L, uint64_t n);

// --- budget.c: the watchdog

/// What a call of Swift into a state replaces on its thread while it runs; kept in the caller's frame.
typedef struct clua_entry {
    clua_vm *vm;
    struct clua_slot *slot;
    clua_vm *outer_vm;
    uint32_t outer_slice_ms;
    uint64_t outer_end_tick;
    lua_State *outer_current;
    uint32_t outer_point;
    bool is_outermost;
    bool was_running;
    bool was_enforcing;
} clua_entry;

/// Begins script code on this thread. Outside.
void clua_enter(clua_entry *entry, clua_vm *vm, lua_State *L, uint32_t point, clua_budget budget);
/// Ends it; `L` is what `clua_enter` got.
void clua_leave(clua_entry *entry, lua_State *L);
/// The slice does not run while the host does.
void clua_pause_slice(clua_vm *vm);
void clua_resume_slice(clua_vm *vm);

// --- calls.c

/// Writes the script frames of `L` from `level` on into `vm->traceback`.
void clua_capture_traceback(lua_State *L, int level);
/// The message handler of plain calls: captures the trace, hands the error on.
int clua_handle_error(lua_State *L);

// --- libraries: each pushes its table, as luaL_requiref's open functions do. Inside only.

void clua_open_base(lua_State *L);      // sets the globals
int clua_open_string(lua_State *L);     // string, with bounded patterns
int clua_open_table(lua_State *L);      // table, every loop bounded
int clua_open_coroutine(lua_State *L);  // coroutine, through which a host's wait passes
int clua_open_json(lua_State *L);
int clua_open_msgpack(lua_State *L);
int clua_open_base64(lua_State *L);
int clua_open_hex(lua_State *L);
int clua_open_hash(lua_State *L);
int clua_open_csv(lua_State *L);
void clua_open_messages(lua_State *L);  // makes the metatables of message views

// The value that stands for JSON null and SQL NULL within tables, `platform.null`: the light userdata NULL.
// clua_push_null and clua_is_null of CLuaShim.h make and know it.

/// Pushes the value at `path` ("a.b[0].c") of the JSON text, nil if there is none; builds tables only for what it
/// pushes. Raises on text that is not JSON up to there. Inside.
void clua_json_push_path(lua_State *L, const char *json, size_t json_bytes, const char *path, size_t path_bytes);

#endif
