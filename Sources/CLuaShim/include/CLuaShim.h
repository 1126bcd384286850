// The only code of this project that raises a Lua error or yields. Swift calls in here and is called from here; no Swift
// frame ever lies between an error and the protected call that catches it.
//
// None of the functions below raises. Those that run script code say so, and take what it may use up.

#ifndef CLUASHIM_H
#define CLUASHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lua_State lua_State;

// ---------------------------------------------------------------------------------------------------- limits

/// What a state may use up.
typedef struct clua_limits {
    /// Bytes of all that the interpreter allocates.
    size_t memory_bytes_max;
    /// Bytes of one string made by a library function.
    size_t string_bytes_max;
    /// Steps of the pattern matcher in one call of find, match, gsub or gmatch's iterator.
    int64_t pattern_steps_max;
} clua_limits;

/// How long a call may run.
typedef struct clua_budget {
    /// Milliseconds of processor time between two waits; 0 means no limit.
    uint32_t slice_ms;
    /// Milliseconds of wall time altogether; 0 means no limit.
    uint32_t total_ms;
    /// Whether host functions run on the slice's time (short calls, no I/O) or the slice begins anew after each.
    bool includes_host_calls;
} clua_budget;

/// The period at which overruns are looked for: a call is stopped at most two of them after its budget.
enum { CLUA_TICK_MS = 5 };

// ------------------------------------------------------------------------------------------- functions of the host

/// What a host function answers: the count of results it pushed, or one of these.
enum {
    /// The error value is on top of the stack.
    CLUA_RAISE = -1,
    /// The results come later, by `clua_task_resume`.
    CLUA_WAIT = -2,
};

/// Called for host function `function`, its checked arguments on the stack. `function` CLUA_RELEASE: an object is no
/// longer reachable; its handle is `clua_released_handle`.
typedef int32_t (*clua_dispatch)(void *context, int32_t function, lua_State *L);
enum { CLUA_RELEASE = -1 };

/// The way from the interpreter to its host.
typedef struct clua_host {
    clua_dispatch dispatch;
    void *context;
} clua_host;

/// A host function as the interpreter sees it. Has to outlive every state it is registered in.
typedef struct clua_function {
    /// As errors name it: "http.get".
    const char *name;
    /// A letter for each argument, `?` behind it if it may be nil or absent, `*` as last letter for any more:
    /// s string, i integer, n number, b boolean, t table, f function, a anything; o and a digit or letter: an object of that class.
    const char *signature;
    /// What `clua_dispatch` gets.
    int32_t function;
    /// The bits of `point` under which it may be called.
    uint32_t points;
    /// Those points' names, for the error: "prepare, every".
    const char *points_text;
    /// Whether it may answer CLUA_WAIT.
    bool may_wait;
} clua_function;

// ---------------------------------------------------------------------------------------------------- states

/// A state with the sandboxed standard library and our own; NULL if there is no memory for it.
lua_State *clua_open(clua_limits limits, clua_host host);
void clua_close(lua_State *L);

/// Bytes the state has allocated now, and at most so far.
size_t clua_bytes_used(lua_State *L);
size_t clua_bytes_peak(lua_State *L);

/// One step of the collector, for when the host is idle; true at the end of a cycle. At most about `work_kib` of work.
bool clua_collect_step(lua_State *L, int work_kib);
void clua_collect_all(lua_State *L);

/// Tests: lets `count` more allocations of running scripts succeed, then refuses all; negative ends it.
void clua_fail_allocations_after(lua_State *L, int64_t count);

// ---------------------------------------------------------------------------------------------------- calls

typedef enum clua_status {
    CLUA_OK = 0,
    /// The task waits for the host.
    CLUA_WAITING = 1,
    /// The error value is on top of the stack; `clua_traceback` tells where.
    CLUA_ERROR = 2,
    /// As CLUA_ERROR: the budget was used up.
    CLUA_STOPPED = 3,
    /// As CLUA_ERROR: the cap on memory was reached.
    CLUA_OUT_OF_MEMORY = 4,
} clua_status;

/// Compiles text (never bytecode) and pushes the chunk's function. `name` as in Lua: "@file", "=title".
clua_status clua_load(lua_State *L, const char *text, size_t bytes, const char *name);

/// Runs script code: calls the function that lies below `arguments` values, pushes `results` values (negative: all).
clua_status clua_call(lua_State *L, int arguments, int results, uint32_t point, clua_budget budget);

/// A coroutine of the host's, kept until `clua_task_release`; NULL without memory.
lua_State *clua_task_new(lua_State *L, int *reference);
void clua_task_release(lua_State *L, int reference);

/// Runs script code on a task: starts the function that lies below `arguments` values on the task's stack, or goes on
/// after CLUA_WAITING with `arguments` values as results of the host function, or with the one value on top as its
/// error if `has_failed`. After CLUA_OK the results, `*results` of them, are all that is on the task's stack.
clua_status clua_task_resume(
    lua_State *task, int arguments, bool has_failed, int *results, uint32_t point, clua_budget budget);

/// Runs script code: ends a task that waits or failed, running its to-be-closed variables' `__close`. The task can be
/// used again afterwards.
clua_status clua_task_reset(lua_State *task, uint32_t point, clua_budget budget);

/// The script frames of the latest error, innermost first, one a line: "file.lua:12: in function 'total'".
const char *clua_traceback(lua_State *L);

/// Whether the running call's host function may wait: nothing of C's lies between it and the task's bottom.
bool clua_can_wait(lua_State *L);

// ------------------------------------------------------------------------------------- registering host functions

/// Classes a state can have: a signature names one by a digit or letter.
enum { CLUA_CLASS_COUNT_MAX = 36 };

/// Sets a host function in the table on top of the stack.
void clua_set_function(lua_State *L, const char *key, const clua_function *function);
/// Makes the objects of `class_index` (0 to 35) have the methods of the table on top, which it pops.
/// `__close` and `__call` come from methods of the names `close` and `next`.
void clua_set_class(lua_State *L, int class_index, const char *name);
void clua_push_object(lua_State *L, int class_index, uint64_t handle);
/// The handle of the object at `index`, which the signature has checked.
uint64_t clua_object_handle(lua_State *L, int index);
/// The class of the object at `index`, negative if it is none.
int clua_object_class(lua_State *L, int index);
uint64_t clua_released_handle(lua_State *L);

/// From now on reading a global that is not there raises, and so does making one, if `is_writing_refused`.
void clua_protect_globals(lua_State *L, bool is_writing_refused);

// ---------------------------------------------------------------------------------------------- reading and pushing

typedef enum clua_type {
    CLUA_TYPE_NONE = -1,
    CLUA_TYPE_NIL = 0,
    CLUA_TYPE_BOOLEAN = 1,
    CLUA_TYPE_POINTER = 2,
    CLUA_TYPE_NUMBER = 3,
    CLUA_TYPE_STRING = 4,
    CLUA_TYPE_TABLE = 5,
    CLUA_TYPE_FUNCTION = 6,
    CLUA_TYPE_USERDATA = 7,
    CLUA_TYPE_THREAD = 8,
} clua_type;

clua_type clua_type_at(lua_State *L, int index);
int clua_top(lua_State *L);
void clua_set_top(lua_State *L, int top);
void clua_pop(lua_State *L, int count);
int clua_absolute_index(lua_State *L, int index);
void clua_push_copy(lua_State *L, int index);
void clua_remove(lua_State *L, int index);
void clua_insert(lua_State *L, int index);
void clua_move(lua_State *from, lua_State *to, int count);
/// Makes room for `count` more values; false at the stack's limit.
bool clua_check_stack(lua_State *L, int count);

bool clua_boolean_at(lua_State *L, int index);
/// True if the value is an integer, or a float that equals one.
bool clua_integer_at(lua_State *L, int index, int64_t *value);
bool clua_is_integer(lua_State *L, int index);
double clua_number_at(lua_State *L, int index);
/// The bytes of a string, NULL for anything else; valid while the string is on the stack.
const char *clua_string_at(lua_State *L, int index, size_t *bytes);
bool clua_is_null(lua_State *L, int index);
/// Whether the table is marked as an array, as json.array does.
bool clua_is_array(lua_State *L, int index);
/// Marks the table at `index` as an array.
void clua_mark_array(lua_State *L, int index);
/// Text for people: what `tostring` gives, without calling metamethods. Pushes the string.
const char *clua_push_description(lua_State *L, int index, size_t *bytes);

void clua_push_nil(lua_State *L);
void clua_push_null(lua_State *L);
void clua_push_boolean(lua_State *L, bool value);
void clua_push_integer(lua_State *L, int64_t value);
void clua_push_number(lua_State *L, double value);
void clua_push_string(lua_State *L, const char *bytes, size_t n);
void clua_push_table(lua_State *L, int array_count, int field_count);
void clua_push_globals(lua_State *L);

// Raw access: metamethods are not called.
void clua_raw_get(lua_State *L, int table, const char *key);
void clua_raw_get_index(lua_State *L, int table, int64_t key);
/// Sets the value on top, and pops it.
void clua_raw_set(lua_State *L, int table, const char *key);
void clua_raw_set_index(lua_State *L, int table, int64_t key);
/// Sets the value on top under the key below it, and pops both; false if the key cannot be one.
bool clua_raw_set_pair(lua_State *L, int table);
int64_t clua_raw_length(lua_State *L, int table);
/// Pops a key and pushes the pair after it; false, nothing pushed, at the end. The key has to come from here, or be nil.
bool clua_next(lua_State *L, int table);

/// Keeps the value on top, which it pops.
int clua_reference(lua_State *L);
void clua_push_reference(lua_State *L, int reference);
void clua_release_reference(lua_State *L, int reference);

// ---------------------------------------------------------------------------------------------------- functions' facts

typedef struct clua_function_facts {
    int parameter_count;
    bool is_variadic;
    bool is_host;
    int line_defined;
} clua_function_facts;
clua_function_facts clua_function_facts_at(lua_State *L, int index);

// ---------------------------------------------------------------------------------------------------- messages

/// Bytes elsewhere; a NULL start is nil.
typedef struct clua_bytes {
    const void *start;
    size_t count;
} clua_bytes;

typedef struct clua_header {
    clua_bytes name;
    clua_bytes value;
} clua_header;

/// What a script sees as `msg`. The bytes have to stay as long as the view shows them.
typedef struct clua_message {
    clua_bytes topic;
    clua_bytes key;
    clua_bytes value;
    clua_bytes id;
    clua_bytes producer;
    int64_t timestamp_ms;
    /// Negative: not known yet.
    int64_t partition;
    int64_t offset;
    int64_t attempts;
    const clua_header *headers;
    size_t header_count;
} clua_message;

/// Pushes a message with a copy of all its bytes, which scripts may keep.
void clua_push_message(lua_State *L, const clua_message *message);
/// Pushes a view of nothing.
void clua_push_view(lua_State *L);
/// Has the view at `index` show a message; NULL: every later use of it is an error.
void clua_view_show(lua_State *L, int index, const clua_message *message);
/// The message that the view at `index` shows; NULL if it is no view or shows none.
const clua_message *clua_view_message(lua_State *L, int index);

// ---------------------------------------------------------------------------------------------------- selectors

/// A selector made ready: its function, its configuration and the view it gets, as registry references.
typedef struct clua_selector {
    int function;
    int configuration;
    int view;
} clua_selector;

typedef enum clua_selection {
    /// `*partition` is valid.
    CLUA_SELECTED = 0,
    /// nil: the caller's own choice.
    CLUA_UNDECIDED = 1,
    /// The error value is on top of the stack; `*status` says which kind.
    CLUA_SELECTION_FAILED = 2,
} clua_selection;

/// Runs script code: `select(msg, partition_count, cfg)`.
clua_selection clua_select(
    lua_State *L, const clua_selector *selector, const clua_message *message, int64_t partition_count,
    int64_t *partition, clua_status *status, uint32_t point, clua_budget budget);

// ---------------------------------------------------------------------------------------------------- hashes

/// Kafka's murmur2 with its seed, as the default partitioner of its Java client computes it.
uint32_t clua_murmur2(const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif

#endif
