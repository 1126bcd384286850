// Lua's patterns (reference manual §6.4.1), for the string library: a pattern is compiled to items first, then matched
// by backtracking, with a limit on steps.

#ifndef CLUASHIM_PATTERN_MATCHING_H
#define CLUASHIM_PATTERN_MATCHING_H

#include "vm.h"

enum { CLUA_CAPTURE_COUNT_MAX = 32 };

/// Steps or bytes between two looks at the budget of time.
enum { CLUA_PATTERN_TICK = 1024 };

typedef struct clua_pattern_item {
    enum {
        // One byte, and how often.
        ITEM_BYTE,
        ITEM_ANY,
        ITEM_SET,
        // Captures: `byte` is the index.
        ITEM_OPEN,
        ITEM_CLOSE,
        ITEM_POSITION,
        ITEM_REPEAT,
        ITEM_BALANCE,
        ITEM_FRONTIER,
        ITEM_END,
        // What is malformed from here on, as `fault` says.
        ITEM_FAULT,
    } kind;
    enum { ONCE, MAYBE, MANY, SOME, FEW } quantifier;
    unsigned char byte;
    unsigned char other;
    /// A bit for each byte, as clua_set_has reads it.
    const uint8_t *set;
} clua_pattern_item;

static inline bool clua_set_has(const uint8_t *set, unsigned char byte) {
    return (set[byte >> 3] >> (byte & 7) & 1) != 0;
}

/// A compiled pattern; items and sets lie behind it in one block.
typedef struct clua_pattern {
    clua_pattern_item *items;
    size_t item_count;
    int capture_count;
    bool is_anchored;
    /// The item that decides whether a match can begin at a byte; NULL if none does.
    const clua_pattern_item *first;
    /// The error of ITEM_FAULT, a format for `fault_index`.
    const char *fault;
    int fault_index;
} clua_pattern;

typedef struct clua_capture {
    const char *start;
    /// Negative: never closed, or a position.
    ptrdiff_t bytes;
} clua_capture;

/// A search in one subject.
typedef struct clua_match {
    lua_State *L;
    const clua_pattern *pattern;
    const char *start;
    const char *end;
    int64_t steps_left;
    /// The budget of time is looked at when no more steps than these are left.
    int64_t tick_steps;
    int depth;
    clua_capture captures[CLUA_CAPTURE_COUNT_MAX];
} clua_match;

// --- pattern_compiling.c

/// Bytes of the block that the pattern's compiled form may take. Raises when stopped.
size_t clua_pattern_bytes(lua_State *L, const char *p, size_t bytes);
/// Compiles into such a block; `^` at the begin is an anchor if `has_anchor`. Raises when stopped.
void clua_pattern_compile(lua_State *L, const char *p, size_t bytes, bool has_anchor, clua_pattern *pattern);

// --- pattern_matching.c

void clua_match_begin(clua_match *match, lua_State *L, const clua_pattern *pattern, const char *s, size_t bytes);
/// The end of the match that begins at `s`, NULL if there is none. Raises at the limit of steps, and where matching
/// comes to a malformed part of the pattern.
const char *clua_match_at(clua_match *match, const char *s);
/// The first match at or behind `*s`, whose begin goes to `*s`; NULL if there is none: then `*s` is beyond the end, or
/// where the pattern is anchored. Raises as clua_match_at.
const char *clua_match_search(clua_match *match, const char **s);
/// Pushes capture `index` (0-based); the whole match for index 0 of a pattern without captures. Raises if it was never
/// closed.
void clua_push_capture(clua_match *match, int index, const char *s, const char *end);
/// Pushes all captures, or the whole match if there are none and `s` is given; their count. Raises as that.
int clua_push_captures(clua_match *match, const char *s, const char *end);

#endif
