// Time budgets without an armed hook: a watchdog looks at the threads that run script code every CLUA_TICK_MS, and
// signals one whose call has used up its budget; the handler, on that thread, arms the hook that raises the error.
//
// A count hook armed from the start would more than double the cost of every instruction in Lua 5.4, whatever its count.
//
// Each stretch of script code, from entering the interpreter (or coming back from the host) to leaving it, is one
// generation of its thread's slot; odd generations run. A stop names the generation it is for, so one that comes too
// late stops nothing. Slices are measured in processor time of the thread: a busy machine stops nobody. They begin when
// the watchdog first sees them, so a call is stopped within two ticks after its budget, and never before.

#define _GNU_SOURCE  // pthread_setname_np

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "vm.h"

typedef struct clua_slot {
    atomic_uint_fast64_t generation;
    /// The generation to be stopped, written by the watchdog.
    atomic_uint_fast64_t stopped_generation;
    _Atomic uint32_t slice_ms;
    /// The tick after which the whole call is over; UINT64_MAX is never.
    atomic_uint_fast64_t end_tick;
    /// The state that runs here. Used by the owning thread and its signal handler.
    clua_vm *volatile vm;

    // The watchdog's own, under `slots_lock`.
    pthread_t thread;
    clockid_t clock;
    uint64_t seen_generation;
    uint64_t seen_cpu_ns;
    struct clua_slot *next;
} clua_slot;

static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t slots_changed = PTHREAD_COND_INITIALIZER;
static clua_slot *slots;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t slot_key;
/// Counts the watchdog's periods; stands still while nothing runs.
static atomic_uint_fast64_t now_tick;
/// Set while the watchdog sleeps longer than a tick, as nothing ran for a while.
static atomic_bool is_parked;

static _Thread_local clua_slot *own_slot;

enum { IDLE_TICKS_BEFORE_PARKING = 200, PARKED_MS = 100 };

static void stop_hook(lua_State *L, lua_Debug *activation) {
    (void)activation;
    if (!clua_vm_of(L)->is_stopped) {
        // Armed for a call that has ended: a coroutine outlived it.
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    clua_raise_stopped(L);
}

static void arm(lua_State *L) {
    lua_sethook(L, stop_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

int clua_raise_stopped(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    arm(L);
    luaL_where(L, 0);
    if (lua_rawlen(L, -1) == 0) {
        lua_pop(L, 1);
        luaL_where(L, 1);
    }
    if (vm->budget.total_ms != 0 && (vm->budget.slice_ms == 0 || vm->budget.total_ms < vm->budget.slice_ms)) {
        lua_pushfstring(L, "stopped: it ran longer than its budget of %d ms", (int)vm->budget.total_ms);
    } else {
        lua_pushfstring(L, "stopped: it used up its budget of %d ms", (int)vm->budget.slice_ms);
    }
    lua_concat(L, 2);
    return lua_error(L);
}

/// On the thread to be stopped. lua_sethook may be called from a signal handler.
static void handle_signal(int number) {
    (void)number;
    clua_slot *slot = own_slot;
    if (slot == NULL) {
        return;
    }
    int saved_errno = errno;
    uint64_t generation = atomic_load_explicit(&slot->generation, memory_order_relaxed);
    clua_vm *vm = slot->vm;
    if ((generation & 1) == 1 && vm != NULL &&
        generation == atomic_load_explicit(&slot->stopped_generation, memory_order_acquire)) {
        vm->is_stopped = 1;
        arm(vm->current);
    }
    errno = saved_errno;
}

static uint64_t cpu_ns(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        return 0;
    }
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// Looks at one slot; true if script code runs there.
static bool look(clua_slot *slot, uint64_t tick) {
    uint64_t generation = atomic_load_explicit(&slot->generation, memory_order_acquire);
    if ((generation & 1) == 0) {
        return false;
    }
    if (generation != slot->seen_generation) {
        slot->seen_generation = generation;
        slot->seen_cpu_ns = cpu_ns(slot->clock);
    }
    if (atomic_load_explicit(&slot->stopped_generation, memory_order_relaxed) == generation) {
        return true;
    }
    uint32_t slice_ms = atomic_load_explicit(&slot->slice_ms, memory_order_relaxed);
    bool is_over = tick > atomic_load_explicit(&slot->end_tick, memory_order_relaxed) ||
        (slice_ms != 0 && cpu_ns(slot->clock) - slot->seen_cpu_ns >= slice_ms * UINT64_C(1000000));
    if (is_over) {
        atomic_store_explicit(&slot->stopped_generation, generation, memory_order_release);
        pthread_kill(slot->thread, SIGURG);
    }
    return true;
}

static void *watch(void *unused) {
    (void)unused;
    pthread_setname_np(pthread_self(), "lua-watchdog");
    int idle_ticks = 0;
    pthread_mutex_lock(&slots_lock);
    for (;;) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        bool parks = idle_ticks >= IDLE_TICKS_BEFORE_PARKING;
        atomic_store(&is_parked, parks);
        until.tv_nsec += (parks ? PARKED_MS : CLUA_TICK_MS) * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec += 1;
        }
        // A wake-up that is missed between storing `is_parked` and waiting costs one parked period.
        pthread_cond_timedwait(&slots_changed, &slots_lock, &until);
        uint64_t tick = atomic_fetch_add(&now_tick, 1) + 1;
        bool is_any_running = false;
        for (clua_slot *slot = slots; slot != NULL; slot = slot->next) {
            is_any_running |= look(slot, tick);
        }
        idle_ticks = is_any_running ? 0 : idle_ticks + (idle_ticks < IDLE_TICKS_BEFORE_PARKING);
    }
    return NULL;
}

static void release_slot(void *value) {
    clua_slot *slot = value;
    pthread_mutex_lock(&slots_lock);
    for (clua_slot **link = &slots; *link != NULL; link = &(*link)->next) {
        if (*link == slot) {
            *link = slot->next;
            break;
        }
    }
    pthread_mutex_unlock(&slots_lock);
    own_slot = NULL;
    free(slot);
}

static void start_watching(void) {
    struct sigaction action = {.sa_handler = handle_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // The process's other signals are for other threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = sigaction(SIGURG, &action, NULL) != 0 ? errno : pthread_key_create(&slot_key, release_slot);
    if (failure == 0) {
        failure = pthread_create(&thread, &attributes, watch, NULL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failure != 0) {
        // Without it a script could run for ever.
        fprintf(stderr, "platform: the watchdog of Lua cannot be started (error %d)\n", failure);
        abort();
    }
}

/// The calling thread's slot.
static clua_slot *thread_slot(void) {
    if (own_slot != NULL) {
        return own_slot;
    }
    pthread_once(&once, start_watching);
    clua_slot *slot = calloc(1, sizeof *slot);
    if (slot == NULL) {
        fputs("platform: no memory to watch a thread that runs Lua\n", stderr);
        abort();
    }
    slot->thread = pthread_self();
    pthread_getcpuclockid(slot->thread, &slot->clock);
    atomic_store(&slot->end_tick, UINT64_MAX);
    // Threads of Dispatch, on which Swift's tasks run, start with all signals blocked.
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
    pthread_mutex_lock(&slots_lock);
    slot->next = slots;
    slots = slot;
    pthread_mutex_unlock(&slots_lock);
    pthread_setspecific(slot_key, slot);
    own_slot = slot;
    return slot;
}

/// The next generation begins: running if it is odd. Only the owning thread writes it.
static inline void begin_generation(clua_slot *slot, bool is_running) {
    uint64_t generation = atomic_load_explicit(&slot->generation, memory_order_relaxed);
    generation += (generation & 1) == (uint64_t)is_running ? 2 : 1;
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&slot->generation, generation, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst);
}

void clua_enter(clua_entry *entry, clua_vm *vm, lua_State *L, uint32_t point, clua_budget budget) {
    clua_slot *slot = thread_slot();
    entry->vm = vm;
    entry->slot = slot;
    entry->outer_vm = slot->vm;
    entry->outer_current = vm->current;
    entry->outer_point = vm->point;
    entry->was_enforcing = vm->is_enforcing;
    entry->was_running = (atomic_load_explicit(&slot->generation, memory_order_relaxed) & 1) == 1;
    entry->is_outermost = vm->depth == 0;
    entry->outer_slice_ms = atomic_load_explicit(&slot->slice_ms, memory_order_relaxed);
    entry->outer_end_tick = atomic_load_explicit(&slot->end_tick, memory_order_relaxed);
    begin_generation(slot, false);
    slot->vm = vm;
    vm->current = L;
    vm->point = point;
    vm->depth += 1;
    if (entry->is_outermost) {
        vm->is_stopped = 0;
        vm->budget = budget;
        atomic_store_explicit(&slot->slice_ms, budget.slice_ms, memory_order_relaxed);
        uint64_t end_tick = UINT64_MAX;
        if (budget.total_ms != 0) {
            end_tick = atomic_load_explicit(&now_tick, memory_order_relaxed) + budget.total_ms / CLUA_TICK_MS + 1;
        }
        atomic_store_explicit(&slot->end_tick, end_tick, memory_order_relaxed);
    }
    if (atomic_load_explicit(&is_parked, memory_order_relaxed)) {
        pthread_cond_signal(&slots_changed);
    }
    vm->is_enforcing = true;
    begin_generation(slot, true);
}

void clua_leave(clua_entry *entry, lua_State *L) {
    clua_vm *vm = entry->vm;
    clua_slot *slot = entry->slot;
    begin_generation(slot, false);
    vm->is_enforcing = entry->was_enforcing;
    vm->current = entry->outer_current;
    vm->point = entry->outer_point;
    vm->depth -= 1;
    if (entry->is_outermost && vm->is_stopped) {
        vm->is_stopped = 0;
        lua_sethook(L, NULL, 0, 0);
    }
    slot->vm = entry->outer_vm;
    atomic_store_explicit(&slot->slice_ms, entry->outer_slice_ms, memory_order_relaxed);
    atomic_store_explicit(&slot->end_tick, entry->outer_end_tick, memory_order_relaxed);
    if (entry->was_running) {
        begin_generation(slot, true);
    }
}

void clua_pause_slice(clua_vm *vm) {
    if (!vm->budget.includes_host_calls) {
        begin_generation(own_slot, false);
    }
}

void clua_resume_slice(clua_vm *vm) {
    if (!vm->budget.includes_host_calls) {
        begin_generation(own_slot, true);
    }
}
