// The matcher of Lua's patterns, for the string library.

#ifndef CLUASHIM_PATTERN_MATCHING_H
#define CLUASHIM_PATTERN_MATCHING_H

#include "vm.h"

enum { CLUA_CAPTURE_COUNT_MAX = 32 };

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
    } kind;
    enum { ONCE, MAYBE, MANY, SOME, FEW } quantifier;
    unsigned char byte;
    unsigned char other;
    const uint8_t *set;
} clua_pattern_item;

/// A compiled pattern; items and sets lie behind it in one block.
typedef struct clua_pattern {
    clua_pattern_item *items;
    size_t item_count;
    int capture_count;
    bool is_anchored;
} clua_pattern;

typedef struct clua_capture {
    const char *start;
    /// Negative: not closed yet, or a position.
    ptrdiff_t bytes;
} clua_capture;

/// A search in one subject.
typedef struct clua_match {
    lua_State *L;
    const clua_pattern *pattern;
    const char *start;
    const char *end;
    int64_t steps_left;
    int depth;
    clua_capture captures[CLUA_CAPTURE_COUNT_MAX];
} clua_match;

/// Bytes of the block that the pattern's compiled form may take.
size_t clua_pattern_bytes(const char *p, size_t bytes);
/// Compiles into such a block; `^` at the begin is an anchor if `has_anchor`. Raises on malformed patterns.
void clua_pattern_compile(lua_State *L, const char *p, size_t bytes, bool has_anchor, clua_pattern *pattern);
/// The end of the match that begins at `s`, NULL if there is none. Raises at the limit of steps.
const char *clua_match_at(clua_match *match, const char *s);
/// Pushes capture `index` (0-based); the whole match for index 0 of a pattern without captures.
void clua_push_capture(clua_match *match, int index, const char *s, const char *end);
/// Pushes all captures, or the whole match if there are none and `s` is given; their count.
int clua_push_captures(clua_match *match, const char *s, const char *end);

#endif
