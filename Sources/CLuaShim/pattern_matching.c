// Lua's patterns (reference manual §6.4.1), with a limit on steps: a pattern is compiled to items first, then matched by
// backtracking. Each try of an item against a byte is a step, so that a quadratic search ends with an error.
//
// A malformed pattern is an error always, also where matching would not have come to the malformed part.

#include <ctype.h>
#include <pthread.h>
#include <string.h>

#include "pattern_matching.h"

enum { CAPTURE_UNCLOSED = -1, CAPTURE_POSITION = -2, DEPTH_MAX = 200 };

// --- character classes

static const char class_letters[] = "acdglpsuwx";
enum { CLASS_COUNT = sizeof class_letters - 1 };
/// Bits of the bytes in each class, and of those not in it.
static uint8_t class_sets[2][CLASS_COUNT][32];
static pthread_once_t class_sets_once = PTHREAD_ONCE_INIT;

static inline bool has_byte(const uint8_t *set, unsigned char byte) {
    return (set[byte >> 3] >> (byte & 7) & 1) != 0;
}

static inline void add_byte(uint8_t *set, unsigned char byte) {
    set[byte >> 3] |= (uint8_t)(1 << (byte & 7));
}

static void make_class_sets(void) {
    static int (*const tests[CLASS_COUNT])(int) = {
        isalpha, iscntrl, isdigit, isgraph, islower, ispunct, isspace, isupper, isalnum, isxdigit,
    };
    for (int class = 0; class < CLASS_COUNT; class++) {
        for (int byte = 0; byte < 256; byte++) {
            add_byte(class_sets[tests[class](byte) == 0][class], (unsigned char)byte);
        }
    }
}

/// The set of `%letter`, NULL if the letter names no class: then `%` only escapes it.
static const uint8_t *class_set(unsigned char letter) {
    const char *found = memchr(class_letters, tolower(letter), CLASS_COUNT);
    return found == NULL ? NULL : class_sets[isupper(letter) != 0][found - class_letters];
}

// --- compiling

static const char *compile_set(lua_State *L, const char *p, const char *end, uint8_t *set) {
    memset(set, 0, 32);
    bool is_negated = p < end && *p == '^';
    p += is_negated;
    // A bracket that comes first stands for itself.
    for (bool is_first = true;; is_first = false) {
        if (p >= end) {
            luaL_error(L, "malformed pattern (missing ']')");
        }
        if (*p == ']' && !is_first) {
            break;
        }
        if (*p == '%') {
            if (++p >= end) {
                luaL_error(L, "malformed pattern (missing ']')");
            }
            const uint8_t *class = class_set((unsigned char)*p);
            if (class == NULL) {
                add_byte(set, (unsigned char)*p);
            } else {
                for (int i = 0; i < 32; i++) {
                    set[i] |= class[i];
                }
            }
            p++;
        } else if (end - p >= 3 && p[1] == '-' && p[2] != ']') {
            for (int byte = (unsigned char)p[0]; byte <= (unsigned char)p[2]; byte++) {
                add_byte(set, (unsigned char)byte);
            }
            p += 3;
        } else {
            add_byte(set, (unsigned char)*p++);
        }
    }
    for (int i = 0; is_negated && i < 32; i++) {
        set[i] = (uint8_t)~set[i];
    }
    return p + 1;
}

/// Room that a pattern's sets may need: one for each bracket.
static size_t count_sets(const char *p, size_t bytes) {
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++) {
        count += p[i] == '[';
    }
    return count;
}

size_t clua_pattern_bytes(const char *p, size_t bytes) {
    return sizeof(clua_pattern) + (bytes + 1) * sizeof(clua_pattern_item) + count_sets(p, bytes) * 32;
}

void clua_pattern_compile(lua_State *L, const char *p, size_t bytes, bool has_anchor, clua_pattern *pattern) {
    pthread_once(&class_sets_once, make_class_sets);
    const char *end = p + bytes;
    pattern->items = (clua_pattern_item *)(pattern + 1);
    uint8_t *set = (uint8_t *)(pattern->items + bytes + 1);
    clua_pattern_item *item = pattern->items;
    int capture_count = 0;
    int open[CLUA_CAPTURE_COUNT_MAX];
    int open_count = 0;
    pattern->is_anchored = has_anchor && p < end && *p == '^';
    p += pattern->is_anchored;
    while (p < end) {
        memset(item, 0, sizeof *item);
        item->quantifier = ONCE;
        char c = *p++;
        if (c == '(') {
            if (capture_count == CLUA_CAPTURE_COUNT_MAX) {
                luaL_error(L, "too many captures: at most %d", CLUA_CAPTURE_COUNT_MAX);
            }
            if (p < end && *p == ')') {
                p++;
                item->kind = ITEM_POSITION;
            } else {
                item->kind = ITEM_OPEN;
                open[open_count++] = capture_count;
            }
            item++->byte = (unsigned char)capture_count++;
            continue;
        }
        if (c == ')') {
            if (open_count == 0) {
                luaL_error(L, "invalid pattern capture: ')' without '('");
            }
            item->kind = ITEM_CLOSE;
            item++->byte = (unsigned char)open[--open_count];
            continue;
        }
        if (c == '$' && p == end) {
            item++->kind = ITEM_END;
            continue;
        }
        if (c == '%') {
            if (p == end) {
                luaL_error(L, "malformed pattern (ends with '%%')");
            }
            c = *p++;
            if (c == 'b') {
                if (end - p < 2) {
                    luaL_error(L, "malformed pattern (missing arguments to '%%b')");
                }
                item->kind = ITEM_BALANCE;
                item->byte = (unsigned char)p[0];
                item++->other = (unsigned char)p[1];
                p += 2;
                continue;
            }
            if (c == 'f') {
                if (p == end || *p != '[') {
                    luaL_error(L, "missing '[' after '%%f' in pattern");
                }
                p = compile_set(L, p + 1, end, set);
                item->kind = ITEM_FRONTIER;
                item++->set = set;
                set += 32;
                continue;
            }
            if (isdigit((unsigned char)c)) {
                int index = c - '1';
                bool is_open = false;
                for (int i = 0; i < open_count; i++) {
                    is_open |= open[i] == index;
                }
                if (index < 0 || index >= capture_count || is_open) {
                    luaL_error(L, "invalid capture index %%%d in pattern", index + 1);
                }
                item->kind = ITEM_REPEAT;
                item++->byte = (unsigned char)index;
                continue;
            }
            item->set = class_set((unsigned char)c);
            item->kind = item->set == NULL ? ITEM_BYTE : ITEM_SET;
            item->byte = (unsigned char)c;
        } else if (c == '[') {
            p = compile_set(L, p, end, set);
            item->kind = ITEM_SET;
            item->set = set;
            set += 32;
        } else {
            item->kind = c == '.' ? ITEM_ANY : ITEM_BYTE;
            item->byte = (unsigned char)c;
        }
        if (p < end && (*p == '*' || *p == '+' || *p == '-' || *p == '?')) {
            item->quantifier = *p == '*' ? MANY : *p == '+' ? SOME : *p == '-' ? FEW : MAYBE;
            p++;
        }
        item++;
    }
    if (open_count != 0) {
        luaL_error(L, "unfinished capture: '(' without ')'");
    }
    pattern->item_count = (size_t)(item - pattern->items);
    pattern->capture_count = capture_count;
}

// --- matching

static void take_step(clua_match *match) {
    if (--match->steps_left <= 0) {
        luaL_error(
            match->L, "the pattern took more than %I steps (plugins.limits.pattern-steps): make it more specific",
            (lua_Integer)clua_vm_of(match->L)->limits.pattern_steps_max);
    }
    if ((match->steps_left & 1023) == 0) {
        clua_tick(match->L);
    }
}

static inline bool matches_byte(const clua_pattern_item *item, unsigned char byte) {
    switch (item->kind) {
    case ITEM_ANY:
        return true;
    case ITEM_BYTE:
        return item->byte == byte;
    default:
        return has_byte(item->set, byte);
    }
}

static const char *match_from(clua_match *match, const char *s, size_t index);

/// As many bytes as there are, then fewer.
static const char *match_many(clua_match *match, const char *s, size_t index, ptrdiff_t count_min) {
    const clua_pattern_item *item = &match->pattern->items[index];
    ptrdiff_t count = 0;
    while (s + count < match->end && matches_byte(item, (unsigned char)s[count])) {
        take_step(match);
        count++;
    }
    for (; count >= count_min; count--) {
        take_step(match);
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
        take_step(match);
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
            match->steps_left -= capture->bytes / 16;
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
            if (has_byte(item->set, before) || !has_byte(item->set, here)) {
                return NULL;
            }
            break;
        }
        case ITEM_END:
            if (s != match->end) {
                return NULL;
            }
            break;
        default:
            switch (item->quantifier) {
            case ONCE:
                if (s >= match->end || !matches_byte(item, (unsigned char)*s)) {
                    return NULL;
                }
                s++;
                break;
            case MAYBE:
                if (s < match->end && matches_byte(item, (unsigned char)*s)) {
                    const char *result = match_from(match, s + 1, index + 1);
                    if (result != NULL) {
                        return result;
                    }
                }
                break;
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

const char *clua_match_at(clua_match *match, const char *s) {
    match->depth = 0;
    return match_from(match, s, 0);
}

void clua_push_capture(clua_match *match, int index, const char *s, const char *end) {
    if (index == 0 && match->pattern->capture_count == 0) {
        lua_pushlstring(match->L, s, (size_t)(end - s));
        return;
    }
    const clua_capture *capture = &match->captures[index];
    if (capture->bytes == CAPTURE_POSITION) {
        lua_pushinteger(match->L, capture->start - match->start + 1);
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
