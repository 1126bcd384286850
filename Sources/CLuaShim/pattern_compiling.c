// Compiles patterns to items: character classes, sets, and what belongs together.
//
// A malformed part is an item of its own: as in Lua, it is an error once matching comes to it, not before.

#include <ctype.h>
#include <pthread.h>
#include <string.h>

#include "pattern_matching.h"

// `z`, the byte 0, is from times when patterns could not contain it.
static const char class_letters[] = "acdglpsuwxz";
enum { CLASS_COUNT = sizeof class_letters - 1 };
/// Bits of the bytes in each class, and of those not in it.
static uint8_t class_sets[2][CLASS_COUNT][32];
static pthread_once_t class_sets_once = PTHREAD_ONCE_INIT;

static inline void add_byte(uint8_t *set, unsigned char byte) {
    set[byte >> 3] |= (uint8_t)(1 << (byte & 7));
}

static int is_zero(int byte) {
    return byte == 0;
}

static void make_class_sets(void) {
    static int (*const tests[CLASS_COUNT])(int) = {
        isalpha, iscntrl, isdigit, isgraph, islower, ispunct, isspace, isupper, isalnum, isxdigit, is_zero,
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

/// The closing bracket of the set that begins at `p`, behind its bracket; NULL if there is none. A bracket that comes
/// first stands for itself, and so does one behind `%`, even where that ends a range.
static const char *find_set_end(lua_State *L, const char *p, const char *end) {
    p += p < end && *p == '^';
    for (const char *first = p; p < end; p++) {
        if (((p - first) & (CLUA_PATTERN_TICK - 1)) == 0) {
            clua_tick(L);
        }
        if (*p == ']' && p > first) {
            return p;
        }
        p += *p == '%';
    }
    return NULL;
}

static void compile_set(const char *p, const char *set_end, uint8_t *set) {
    memset(set, 0, 32);
    bool is_negated = *p == '^';
    for (p += is_negated; p < set_end; p++) {
        if (*p == '%') {
            const uint8_t *class = class_set((unsigned char)*++p);
            if (class == NULL) {
                add_byte(set, (unsigned char)*p);
            }
            for (int i = 0; class != NULL && i < 32; i++) {
                set[i] |= class[i];
            }
        } else if (set_end - p > 2 && p[1] == '-') {
            for (int byte = (unsigned char)p[0]; byte <= (unsigned char)p[2]; byte++) {
                add_byte(set, (unsigned char)byte);
            }
            p += 2;
        } else {
            add_byte(set, (unsigned char)*p);
        }
    }
    for (int i = 0; is_negated && i < 32; i++) {
        set[i] = (uint8_t)~set[i];
    }
}

size_t clua_pattern_bytes(lua_State *L, const char *p, size_t bytes) {
    size_t set_count = 0;
    for (size_t i = 0; i < bytes; i++) {
        if ((i & (CLUA_PATTERN_TICK - 1)) == 0) {
            clua_tick(L);
        }
        set_count += p[i] == '[';
    }
    return sizeof(clua_pattern) + (bytes + 1) * sizeof(clua_pattern_item) + set_count * 32;
}

/// A pattern while it is compiled.
typedef struct compilation {
    lua_State *L;
    clua_pattern *pattern;
    const char *p;
    const char *end;
    /// Where the next item and the next set go.
    clua_pattern_item *item;
    uint8_t *set;
    /// The captures that are open, the innermost last.
    int open[CLUA_CAPTURE_COUNT_MAX];
    int open_count;
} compilation;

/// Ends the pattern with what is wrong at this point.
static void add_fault(compilation *at, const char *fault, int index) {
    at->item->kind = ITEM_FAULT;
    at->pattern->fault = fault;
    at->pattern->fault_index = index;
    at->p = at->end;
}

/// A set, `p` behind its bracket; false if it is malformed.
static bool add_set(compilation *at) {
    const char *set_end = find_set_end(at->L, at->p, at->end);
    if (set_end == NULL) {
        add_fault(at, "malformed pattern (missing ']')", 0);
        return false;
    }
    compile_set(at->p, set_end, at->set);
    at->item->set = at->set;
    at->set += 32;
    at->p = set_end + 1;
    return true;
}

static void add_open(compilation *at) {
    if (at->pattern->capture_count == CLUA_CAPTURE_COUNT_MAX) {
        add_fault(at, "too many captures: at most %d", CLUA_CAPTURE_COUNT_MAX);
        return;
    }
    at->item->byte = (unsigned char)at->pattern->capture_count++;
    if (at->p < at->end && *at->p == ')') {
        at->p++;
        at->item->kind = ITEM_POSITION;
    } else {
        at->item->kind = ITEM_OPEN;
        at->open[at->open_count++] = at->item->byte;
    }
}

static void add_close(compilation *at) {
    if (at->open_count == 0) {
        add_fault(at, "invalid pattern capture: ')' without '('", 0);
        return;
    }
    at->item->kind = ITEM_CLOSE;
    at->item->byte = (unsigned char)at->open[--at->open_count];
}

static void add_repeat(compilation *at, int index) {
    bool is_open = false;
    for (int i = 0; i < at->open_count; i++) {
        is_open |= at->open[i] == index;
    }
    if (index < 0 || index >= at->pattern->capture_count || is_open) {
        add_fault(at, "invalid capture index %%%d in pattern", index + 1);
        return;
    }
    at->item->kind = ITEM_REPEAT;
    at->item->byte = (unsigned char)index;
}

static void add_balance(compilation *at) {
    if (at->end - at->p < 2) {
        add_fault(at, "malformed pattern (missing arguments to '%%b')", 0);
        return;
    }
    at->item->kind = ITEM_BALANCE;
    at->item->byte = (unsigned char)at->p[0];
    at->item->other = (unsigned char)at->p[1];
    at->p += 2;
}

static void add_frontier(compilation *at) {
    if (at->p == at->end || *at->p != '[') {
        add_fault(at, "missing '[' after '%%f' in pattern", 0);
        return;
    }
    at->p++;
    at->item->kind = ITEM_FRONTIER;
    add_set(at);
}

/// What stands for one byte, and how often.
static void add_single(compilation *at, unsigned char c, bool is_escaped) {
    clua_pattern_item *item = at->item;
    item->byte = c;
    if (is_escaped) {
        item->set = class_set(c);
        item->kind = item->set == NULL ? ITEM_BYTE : ITEM_SET;
    } else if (c == '[') {
        item->kind = ITEM_SET;
        if (!add_set(at)) {
            return;
        }
    } else {
        item->kind = c == '.' ? ITEM_ANY : ITEM_BYTE;
    }
    if (at->p < at->end && (*at->p == '*' || *at->p == '+' || *at->p == '-' || *at->p == '?')) {
        char sign = *at->p++;
        item->quantifier = sign == '*' ? MANY : sign == '+' ? SOME : sign == '-' ? FEW : MAYBE;
    }
}

static void add_item(compilation *at) {
    memset(at->item, 0, sizeof *at->item);
    at->item->quantifier = ONCE;
    unsigned char c = (unsigned char)*at->p++;
    if (c == '(') {
        add_open(at);
    } else if (c == ')') {
        add_close(at);
    } else if (c == '$' && at->p == at->end) {
        at->item->kind = ITEM_END;
    } else if (c != '%') {
        add_single(at, c, false);
    } else if (at->p == at->end) {
        add_fault(at, "malformed pattern (ends with '%%')", 0);
    } else {
        c = (unsigned char)*at->p++;
        if (c == 'b') {
            add_balance(at);
        } else if (c == 'f') {
            add_frontier(at);
        } else if (isdigit(c)) {
            add_repeat(at, c - '1');
        } else {
            add_single(at, c, true);
        }
    }
    at->item++;
}

static const clua_pattern_item *first_deciding(const clua_pattern *pattern) {
    for (size_t i = 0; i < pattern->item_count; i++) {
        const clua_pattern_item *item = &pattern->items[i];
        bool is_byte = item->kind == ITEM_BYTE || item->kind == ITEM_SET;
        if (is_byte && (item->quantifier == ONCE || item->quantifier == SOME)) {
            return item;
        }
        if (item->kind != ITEM_OPEN && item->kind != ITEM_POSITION) {
            break;
        }
    }
    return NULL;
}

void clua_pattern_compile(lua_State *L, const char *p, size_t bytes, bool has_anchor, clua_pattern *pattern) {
    pthread_once(&class_sets_once, make_class_sets);
    pattern->items = (clua_pattern_item *)(pattern + 1);
    pattern->capture_count = 0;
    pattern->is_anchored = has_anchor && bytes > 0 && *p == '^';
    pattern->fault = NULL;
    compilation at = {
        .L = L,
        .pattern = pattern,
        .p = p + pattern->is_anchored,
        .end = p + bytes,
        .item = pattern->items,
        .set = (uint8_t *)(pattern->items + bytes + 1),
    };
    while (at.p < at.end) {
        if (((at.item - pattern->items) & (CLUA_PATTERN_TICK - 1)) == 0) {
            clua_tick(L);
        }
        add_item(&at);
    }
    pattern->item_count = (size_t)(at.item - pattern->items);
    pattern->first = first_deciding(pattern);
}
