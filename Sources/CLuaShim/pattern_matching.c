// Matches compiled patterns by backtracking. Each item that is tried is a step, and so is each byte that a repeated one
// takes, so that a quadratic search ends with an error; bytes that are skipped or compared in bulk cost less.

#include <string.h>

#include "pattern_matching.h"

enum { CAPTURE_UNCLOSED = -1, CAPTURE_POSITION = -2, DEPTH_MAX = 200 };

/// Outlined from take_steps: the limits themselves.
static void check_steps(clua_match *match) {
    if (match->steps_left <= 0) {
        luaL_error(
            match->L, "the pattern took more than %I steps: make it more specific",
            (lua_Integer)clua_vm_of(match->L)->limits.pattern_steps_max);
    }
    clua_tick(match->L);
    match->tick_steps = match->steps_left > CLUA_PATTERN_TICK ? match->steps_left - CLUA_PATTERN_TICK : 0;
}

static inline void take_steps(clua_match *match, int64_t count) {
    match->steps_left -= count;
    if (match->steps_left <= match->tick_steps) {
        check_steps(match);
    }
}

static inline void take_step(clua_match *match) {
    take_steps(match, 1);
}

static inline bool matches_byte(const clua_pattern_item *item, unsigned char byte) {
    switch (item->kind) {
    case ITEM_ANY:
        return true;
    case ITEM_BYTE:
        return item->byte == byte;
    default:
        return clua_set_has(item->set, byte);
    }
}

static const char *match_from(clua_match *match, const char *s, size_t index);

/// How many bytes from `s` on match a single item.
static ptrdiff_t count_matching(clua_match *match, const clua_pattern_item *item, const char *s) {
    if (item->kind == ITEM_ANY) {
        return match->end - s;
    }
    const char *from = s;
    bool is_running = true;
    while (is_running && s < match->end) {
        const char *chunk = s;
        const char *chunk_end = match->end - s > CLUA_PATTERN_TICK ? s + CLUA_PATTERN_TICK : match->end;
        while (s < chunk_end && matches_byte(item, (unsigned char)*s)) {
            s++;
        }
        is_running = s == chunk_end;
        take_steps(match, s - chunk);
    }
    return s - from;
}

/// As many bytes as there are, then fewer.
static const char *match_many(clua_match *match, const char *s, size_t index, ptrdiff_t count_min) {
    for (ptrdiff_t count = count_matching(match, &match->pattern->items[index], s); count >= count_min; count--) {
        const char *result = match_from(match, s + count, index + 1);
        if (result != NULL) {
            return result;
        }
    }
    return NULL;
}

/// As few bytes as will do.
static const char *match_few(clua_match *match, const char *s, size_t index) {
    const clua_pattern_item *item = &match->pattern->items[index];
    for (;; s++) {
        const char *result = match_from(match, s, index + 1);
        if (result != NULL) {
            return result;
        }
        if (s >= match->end || !matches_byte(item, (unsigned char)*s)) {
            return NULL;
        }
    }
}

/// Behind the balanced stretch that begins at `s`, NULL if there is none.
static const char *match_balance(clua_match *match, const char *s, const clua_pattern_item *item) {
    if (s >= match->end || (unsigned char)*s != item->byte) {
        return NULL;
    }
    int64_t depth = 1;
    for (s++; s < match->end; s++) {
        take_step(match);
        unsigned char byte = (unsigned char)*s;
        // The closing byte is looked for first: both may be the same.
        if (byte == item->other) {
            if (--depth == 0) {
                return s + 1;
            }
        } else if (byte == item->byte) {
            depth++;
        }
    }
    return NULL;
}

static const char *match_items(clua_match *match, const char *s, size_t index) {
    for (;; index++) {
        if (index == match->pattern->item_count) {
            return s;
        }
        take_step(match);
        const clua_pattern_item *item = &match->pattern->items[index];
        switch (item->kind) {
        case ITEM_OPEN:
        case ITEM_POSITION: {
            match->captures[item->byte].start = s;
            match->captures[item->byte].bytes = item->kind == ITEM_OPEN ? CAPTURE_UNCLOSED : CAPTURE_POSITION;
            break;
        }
        case ITEM_CLOSE: {
            clua_capture *capture = &match->captures[item->byte];
            clua_capture before = *capture;
            capture->bytes = s - capture->start;
            const char *result = match_from(match, s, index + 1);
            if (result == NULL) {
                *capture = before;
            }
            return result;
        }
        case ITEM_REPEAT: {
            const clua_capture *capture = &match->captures[item->byte];
            if (capture->bytes < 0 || capture->bytes > match->end - s ||
                memcmp(capture->start, s, (size_t)capture->bytes) != 0) {
                return NULL;
            }
            // Bytes are compared many at a time.
            take_steps(match, capture->bytes / 16);
            s += capture->bytes;
            break;
        }
        case ITEM_BALANCE:
            s = match_balance(match, s, item);
            if (s == NULL) {
                return NULL;
            }
            break;
        case ITEM_FRONTIER: {
            unsigned char before = s == match->start ? 0 : (unsigned char)s[-1];
            unsigned char here = s == match->end ? 0 : (unsigned char)*s;
            if (clua_set_has(item->set, before) || !clua_set_has(item->set, here)) {
                return NULL;
            }
            break;
        }
        case ITEM_END:
            if (s != match->end) {
                return NULL;
            }
            break;
        case ITEM_FAULT:
            luaL_error(match->L, match->pattern->fault, match->pattern->fault_index);
            break;
        default:
            if (s >= match->end || !matches_byte(item, (unsigned char)*s)) {
                // What may be absent is: there is nothing to come back to.
                if (item->quantifier == ONCE || item->quantifier == SOME) {
                    return NULL;
                }
                break;
            }
            switch (item->quantifier) {
            case ONCE:
                s++;
                break;
            case MAYBE: {
                const char *result = match_from(match, s + 1, index + 1);
                if (result != NULL) {
                    return result;
                }
                break;
            }
            case MANY:
                return match_many(match, s, index, 0);
            case SOME:
                return match_many(match, s, index, 1);
            case FEW:
                return match_few(match, s, index);
            }
            break;
        }
    }
}

/// Items only ever go forward, so the depth is bounded by the pattern's length, and that by DEPTH_MAX.
static const char *match_from(clua_match *match, const char *s, size_t index) {
    if (match->depth == DEPTH_MAX) {
        luaL_error(match->L, "pattern too complex: more than %d parts that can match in several ways", DEPTH_MAX);
    }
    match->depth++;
    const char *result = match_items(match, s, index);
    match->depth--;
    return result;
}

void clua_match_begin(clua_match *match, lua_State *L, const clua_pattern *pattern, const char *s, size_t bytes) {
    match->L = L;
    match->pattern = pattern;
    match->start = s;
    match->end = s + bytes;
    match->steps_left = clua_vm_of(L)->limits.pattern_steps_max;
    match->tick_steps = match->steps_left;
}

const char *clua_match_at(clua_match *match, const char *s) {
    match->depth = 0;
    return match_from(match, s, 0);
}

/// The first byte at or behind `s` at which a match can begin, the end if there is none. Eight bytes are a step.
static const char *skip_to_first(clua_match *match, const char *s) {
    const clua_pattern_item *first = match->pattern->first;
    while (s < match->end) {
        const char *chunk_end = match->end - s > 8 * CLUA_PATTERN_TICK ? s + 8 * CLUA_PATTERN_TICK : match->end;
        const char *from = s;
        if (first->kind == ITEM_BYTE) {
            const char *found = memchr(s, first->byte, (size_t)(chunk_end - s));
            s = found == NULL ? chunk_end : found;
        } else {
            while (s < chunk_end && !clua_set_has(first->set, (unsigned char)*s)) {
                s++;
            }
        }
        take_steps(match, (s - from) / 8);
        if (s < chunk_end) {
            break;
        }
    }
    return s;
}

const char *clua_match_search(clua_match *match, const char **s) {
    if (match->pattern->is_anchored) {
        return clua_match_at(match, *s);
    }
    for (; *s <= match->end; ++*s) {
        if (match->pattern->first != NULL) {
            *s = skip_to_first(match, *s);
        }
        const char *end = clua_match_at(match, *s);
        if (end != NULL) {
            return end;
        }
    }
    return NULL;
}

void clua_push_capture(clua_match *match, int index, const char *s, const char *end) {
    if (index == 0 && match->pattern->capture_count == 0) {
        lua_pushlstring(match->L, s, (size_t)(end - s));
        return;
    }
    const clua_capture *capture = &match->captures[index];
    if (capture->bytes == CAPTURE_POSITION) {
        lua_pushinteger(match->L, capture->start - match->start + 1);
    } else if (capture->bytes < 0) {
        luaL_error(match->L, "unfinished capture: '(' without ')'");
    } else {
        lua_pushlstring(match->L, capture->start, (size_t)capture->bytes);
    }
}

int clua_push_captures(clua_match *match, const char *s, const char *end) {
    int count = match->pattern->capture_count == 0 && s != NULL ? 1 : match->pattern->capture_count;
    luaL_checkstack(match->L, count, "too many captures");
    for (int i = 0; i < count; i++) {
        clua_push_capture(match, i, s, end);
    }
    return count;
}
