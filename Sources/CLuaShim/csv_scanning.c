// Where the rows of CSV end and their fields lie.
//
// A byte is looked at once, in whatever pieces the input comes: the state is kept in the parser between them. What is
// found does not depend on where the input was cut, so limits are checked by position, never by what has arrived.
//
// Rule: what raises (a tick, growing the spans) raises in a state that the next call goes on from.

#include <string.h>

#include "csv.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "find_special takes the lowest byte of a word as the first");

static inline uint64_t zero_bytes(uint64_t word) {
    // Exact up to the first zero byte, which is all that is used.
    return (word - 0x0101010101010101) & ~word & 0x8080808080808080;
}

/// The first separator, quote or LF of bytes [from, to), or `to`. Reads up to SLACK_BYTES - 1 beyond.
static inline size_t find_special(const uint8_t *bytes, size_t from, size_t to, uint8_t separator, uint8_t quote) {
    const uint64_t ones = 0x0101010101010101;
    for (; from < to; from += 8) {
        uint64_t word;
        memcpy(&word, bytes + from, sizeof word);
        uint64_t found =
            zero_bytes(word ^ ones * separator) | zero_bytes(word ^ ones * quote) | zero_bytes(word ^ ones * '\n');
        if (found != 0) {
            from += (size_t)__builtin_ctzll(found) / 8;
            break;
        }
    }
    return from < to ? from : to;
}

static lua_Integer count_line_ends(const uint8_t *bytes, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += bytes[i] == '\n';
    }
    return (lua_Integer)count;
}

static void grow_spans(lua_State *L, clua_csv_parser *p) {
    uint32_t capacity = p->span_capacity * 2;
    clua_csv_span *spans = lua_newuserdatauv(L, capacity * sizeof *spans, 0);
    memcpy(spans, p->spans, p->span_count * sizeof *spans);
    lua_setiuservalue(L, 1, USER_VALUE_SPANS);
    p->spans = spans;
    p->span_capacity = capacity;
}

/// False if the row has too many fields.
static inline bool add_span(lua_State *L, clua_csv_parser *p, size_t start, size_t end) {
    if (p->span_count == p->span_capacity) {
        if (p->span_count >= FIELD_COUNT_MAX) {
            return false;
        }
        grow_spans(L, p);
    }
    p->spans[p->span_count++] = (clua_csv_span){(uint32_t)start, (uint32_t)end & INT32_MAX, p->is_field_escaped};
    p->is_field_escaped = false;
    return true;
}

/// Ends the row's last field at `position`, where its line end or the end of the input is.
static inline bool add_last_unquoted(lua_State *L, clua_csv_parser *p, const uint8_t *row) {
    size_t end = p->position;
    if (end > p->field && row[end - 1] == '\r') {
        end -= 1;
    }
    return add_span(L, p, p->field, end);
}

static clua_csv_outcome refuse(clua_csv_parser *p, clua_csv_problem *why, const char *text) {
    *why = (clua_csv_problem){text, p->position, p->inner_line_count, 0};
    return OUTCOME_PROBLEM;
}

static clua_csv_outcome refuse_open_quote(clua_csv_parser *p, clua_csv_problem *why, const char *text) {
    *why = (clua_csv_problem){text, p->field, p->quote_line_count, 0};
    return OUTCOME_PROBLEM;
}

static const char too_many_fields[] = "the row has more than 65536 fields";
static const char after_quote[] = "text after a closing quote; a quote within a quoted field has to be doubled";

/// In an unquoted field: up to its end, or `to`. Answers OUTCOME_NEEDS_INPUT to go on.
static inline clua_csv_outcome scan_unquoted(
    lua_State *L, clua_csv_parser *p, const uint8_t *row, size_t to, clua_csv_problem *why) {
    p->position = find_special(row, p->position, to, p->separator, p->quote);
    if (p->position == to) {
        return OUTCOME_NEEDS_INPUT;
    }
    uint8_t byte = row[p->position];
    if (byte == p->separator) {
        if (!add_span(L, p, p->field, p->position)) {
            return refuse(p, why, too_many_fields);
        }
        p->position += 1;
        p->state = SCAN_FIELD;
        return OUTCOME_NEEDS_INPUT;
    }
    if (byte == p->quote) {
        return refuse(
            p, why, "a quote within a field that does not begin with one; quote the field and double the quote");
    }
    if (!add_last_unquoted(L, p, row)) {
        return refuse(p, why, too_many_fields);
    }
    p->position += 1;
    p->has_line_end = true;
    return OUTCOME_ROW;
}

/// At the byte after a quote in a quoted field. Answers OUTCOME_NEEDS_INPUT to go on.
static inline clua_csv_outcome scan_after_quote(
    lua_State *L, clua_csv_parser *p, const uint8_t *row, clua_csv_problem *why) {
    uint8_t byte = row[p->position];
    if (byte == p->quote && p->state == SCAN_AFTER_QUOTE) {
        p->is_field_escaped = true;
        p->state = SCAN_QUOTED;
        p->position += 1;
        return OUTCOME_NEEDS_INPUT;
    }
    if (byte == '\r' && p->state == SCAN_AFTER_QUOTE) {
        p->state = SCAN_AFTER_QUOTE_CR;
        p->position += 1;
        return OUTCOME_NEEDS_INPUT;
    }
    bool is_separator = byte == p->separator && p->state == SCAN_AFTER_QUOTE;
    if (!is_separator && byte != '\n') {
        p->position = p->close + 1;
        return refuse(p, why, after_quote);
    }
    if (!add_span(L, p, p->field + 1, p->close)) {
        return refuse(p, why, too_many_fields);
    }
    p->position += 1;
    if (is_separator) {
        p->state = SCAN_FIELD;
        return OUTCOME_NEEDS_INPUT;
    }
    p->has_line_end = true;
    return OUTCOME_ROW;
}

/// All input has been seen and it does not end in a line end.
static clua_csv_outcome scan_end_of_input(
    lua_State *L, clua_csv_parser *p, const uint8_t *row, clua_csv_problem *why) {
    switch (p->state) {
    case SCAN_FIELD:
        if (p->position == 0) {
            return OUTCOME_NEEDS_INPUT;
        }
        p->field = p->position;
        break;
    case SCAN_QUOTED:
        return refuse_open_quote(p, why, "a quote that is never closed");
    case SCAN_AFTER_QUOTE:
    case SCAN_AFTER_QUOTE_CR:
        return add_span(L, p, p->field + 1, p->close) ? OUTCOME_ROW : refuse(p, why, too_many_fields);
    default:
        break;
    }
    return add_last_unquoted(L, p, row) ? OUTCOME_ROW : refuse(p, why, too_many_fields);
}

/// Goes on with the row at `row`. A row and its line end may have limits.string_bytes_max bytes.
static clua_csv_outcome scan_row(lua_State *L, clua_csv_parser *p, clua_csv_problem *why) {
    const uint8_t *row = p->buffer + p->row;
    size_t available = p->end - p->row;
    size_t limit = clua_vm_of(L)->limits.string_bytes_max;
    limit = limit < INT32_MAX ? limit : INT32_MAX;
    size_t stop = available < limit ? available : limit;
    clua_csv_outcome outcome = OUTCOME_NEEDS_INPUT;
    size_t tick_position = p->position + WINDOW_BYTES;
    while (outcome == OUTCOME_NEEDS_INPUT && p->position < stop) {
        if (p->position >= tick_position) {
            clua_tick(L);
            tick_position = p->position + WINDOW_BYTES;
        }
        size_t to = stop < tick_position ? stop : tick_position;
        switch (p->state) {
        case SCAN_FIELD:
            p->field = p->position;
            if (row[p->position] == p->quote) {
                p->state = SCAN_QUOTED;
                p->quote_line_count = p->inner_line_count;
                p->position += 1;
                break;
            }
            p->state = SCAN_UNQUOTED;
            // Fall through.
        case SCAN_UNQUOTED:
            outcome = scan_unquoted(L, p, row, to, why);
            break;
        case SCAN_QUOTED: {
            const uint8_t *found = memchr(row + p->position, p->quote, to - p->position);
            size_t next = found == NULL ? to : (size_t)(found - row);
            p->inner_line_count += count_line_ends(row + p->position, next - p->position);
            p->position = next;
            if (found != NULL) {
                p->close = next;
                p->position += 1;
                p->state = SCAN_AFTER_QUOTE;
            }
            break;
        }
        default:
            outcome = scan_after_quote(L, p, row, why);
            break;
        }
    }
    if (outcome == OUTCOME_NEEDS_INPUT && p->position >= limit) {
        outcome = p->state == SCAN_QUOTED ? refuse_open_quote(p, why, "a quote that is not closed in time")
                                          : refuse(p, why, "the row is too long");
        why->row_bytes_max = limit;
        return outcome;
    }
    if (outcome == OUTCOME_NEEDS_INPUT && p->is_finished) {
        return scan_end_of_input(L, p, row, why);
    }
    return outcome;
}

void clua_csv_consume_row(clua_csv_parser *p) {
    p->row += p->position;
    p->line += p->inner_line_count + p->has_line_end;
    p->state = SCAN_FIELD;
    p->position = 0;
    p->span_count = 0;
    p->inner_line_count = 0;
    p->has_line_end = false;
    p->is_field_escaped = false;
}

/// Drops the rest of a line that has an error; false if its end has not come yet.
static bool skip_line(lua_State *L, clua_csv_parser *p) {
    while (p->row < p->end) {
        clua_tick(L);
        size_t window = p->end - p->row < WINDOW_BYTES ? p->end - p->row : WINDOW_BYTES;
        const uint8_t *found = memchr(p->buffer + p->row, '\n', window);
        if (found != NULL) {
            p->position = (size_t)(found + 1 - (p->buffer + p->row));
            p->has_line_end = true;
            clua_csv_consume_row(p);
            return true;
        }
        p->row += window;
    }
    return false;
}

/// Drops a byte order mark; false if more input has to tell whether there is one.
static bool skip_mark(clua_csv_parser *p) {
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    size_t available = p->end - p->row;
    size_t compared = available < sizeof mark ? available : sizeof mark;
    bool is_mark = compared > 0 && memcmp(p->buffer + p->row, mark, compared) == 0;
    if (compared < sizeof mark && !p->is_finished && (is_mark || compared == 0)) {
        return false;
    }
    if (is_mark && compared == sizeof mark) {
        p->row += sizeof mark;
    }
    p->is_started = true;
    return true;
}

clua_csv_outcome clua_csv_advance(lua_State *L, clua_csv_parser *p, clua_csv_problem *why) {
    if (p->buffer == NULL || (!p->is_started && !skip_mark(p))) {
        return OUTCOME_NEEDS_INPUT;
    }
    for (;;) {
        clua_tick(L);
        if (p->state == SCAN_DONE) {
            return OUTCOME_ROW;
        }
        if (p->state == SCAN_SKIPPING && !skip_line(L, p)) {
            return OUTCOME_NEEDS_INPUT;
        }
        clua_csv_outcome outcome = scan_row(L, p, why);
        if (outcome != OUTCOME_ROW) {
            return outcome;
        }
        bool is_quoted = p->state != SCAN_UNQUOTED && p->state != SCAN_FIELD;
        if (p->span_count == 1 && p->spans[0].start == p->spans[0].end && !is_quoted) {
            clua_csv_consume_row(p);
            continue;
        }
        p->state = SCAN_DONE;
        return OUTCOME_ROW;
    }
}
