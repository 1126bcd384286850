// `csv`: comma-separated values, RFC 4180, read piece by piece and written row by row.
//
//     buffer   ...consumed...│ row being scanned             │ slack
//                            0      field   position         end
//                            ▲ `row`: offsets below count from here
//
// Scanning finds where a row's fields lie and keeps its state, so a row that arrives in many pieces is gone through
// once; strings are made when the row is whole. What is delivered does not depend on where the input was cut.
//
// The format, where RFC 4180 leaves a choice: rows end in LF or CRLF, and the end of the input ends the last row. A CR
// elsewhere is text. An empty line is no row (`""` is a row of one empty field). A UTF-8 byte order mark before the
// first row is dropped. A quote may only begin a field and, doubled, stand within a quoted one. Bytes are not checked
// to be UTF-8. The header is a row like any other.
//
// A row that breaks these rules, or a limit, is answered with `false`, why, and its line; parsing goes on at the line
// after the place that the message names. So one bad line costs one row, even if it opens a quote and never closes it.
//
// Rule: memory is Lua's (userdata in the parser's user values), and every state that a raised error can leave behind is
// one that the next call can go on from.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "find_special takes the lowest byte of a word as the first");

enum {
    /// Some 10 microseconds of scanning.
    WINDOW_BYTES = 32768,
    /// Readable bytes after the input: find_special reads words.
    SLACK_BYTES = 8,
    BUFFER_BYTES_MIN = 4096,
    /// Fields of one row, and names of one record.
    FIELD_COUNT_MAX = 65536,
    INLINE_SPAN_COUNT = 64,
    /// Text of a field that is to be a number.
    NUMBER_BYTES_MAX = 128,
    /// Bytes of a field that an error message quotes.
    QUOTED_BYTES_MAX = 40,
};

/// Where one field lies in its row: [start, end). Without its quotes.
typedef struct span {
    uint32_t start;
    uint32_t end : 31;
    /// Holds doubled quotes.
    uint32_t is_escaped : 1;
} span;

typedef enum scan_state {
    /// At the first byte of a field.
    SCAN_FIELD,
    SCAN_UNQUOTED,
    SCAN_QUOTED,
    /// After a quote in a quoted field: the closing one, or the first of two.
    SCAN_AFTER_QUOTE,
    SCAN_AFTER_QUOTE_CR,
    /// The row is whole: `position` is its end.
    SCAN_DONE,
    /// After an error: up to the end of the line.
    SCAN_SKIPPING,
} scan_state;

typedef enum kind {
    KIND_STRING,
    KIND_INTEGER,
    KIND_NUMBER,
    KIND_BOOLEAN,
    KIND_MASK = 7,
    /// An empty field is nil.
    KIND_OPTIONAL = 8,
} kind;

enum {
    USER_VALUE_BUFFER = 1,
    USER_VALUE_SPANS,
    /// The tables that the plan was made from.
    USER_VALUE_GIVEN_NAMES,
    USER_VALUE_GIVEN_TYPES,
    /// The plan's names: [i] = name, [name] = i.
    USER_VALUE_NAMES,
    USER_VALUE_KINDS,
    USER_VALUE_COUNT = USER_VALUE_KINDS,
};

typedef struct parser {
    uint8_t separator;
    uint8_t quote;
    bool is_finished;
    /// Whether the start of the input, where a byte order mark may be, lies behind.
    bool is_started;
    bool is_field_escaped;
    scan_state state;

    uint8_t *buffer;
    size_t capacity;
    /// buffer[row, end) is input not yet consumed.
    size_t row;
    size_t end;

    // Within the row.
    size_t position;
    size_t field;
    /// The closing quote, or what may be.
    size_t close;
    uint32_t span_count;
    uint32_t span_capacity;
    span *spans;

    /// Of the row's first byte; lines count from 1.
    lua_Integer line;
    /// Line ends before `position`, and before the opening quote of the field.
    lua_Integer inner_line_count;
    lua_Integer quote_line_count;
    /// Whether the row has a line end.
    bool has_line_end;
    /// That of the row last answered; 0 is none.
    lua_Integer answered_line;

    const void *given_names;
    const void *given_types;
    uint32_t name_count;
    uint8_t *kinds;

    span inline_spans[INLINE_SPAN_COUNT];
} parser;

/// Why a row is refused: at which byte of it, after how many of its line ends.
typedef struct problem {
    const char *text;
    size_t offset;
    lua_Integer line_count;
} problem;

typedef enum outcome {
    OUTCOME_ROW,
    OUTCOME_NEEDS_INPUT,
    OUTCOME_PROBLEM,
} outcome;

// ---------------------------------------------------------------------------------------------------- scanning

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

static void grow_spans(lua_State *L, parser *p) {
    uint32_t capacity = p->span_capacity * 2;
    span *spans = lua_newuserdatauv(L, capacity * sizeof *spans, 0);
    memcpy(spans, p->spans, p->span_count * sizeof *spans);
    lua_setiuservalue(L, 1, USER_VALUE_SPANS);
    p->spans = spans;
    p->span_capacity = capacity;
}

/// False if the row has too many fields.
static inline bool add_span(lua_State *L, parser *p, size_t start, size_t end) {
    if (p->span_count == p->span_capacity) {
        if (p->span_count >= FIELD_COUNT_MAX) {
            return false;
        }
        grow_spans(L, p);
    }
    p->spans[p->span_count++] = (span){(uint32_t)start, (uint32_t)end & INT32_MAX, p->is_field_escaped};
    p->is_field_escaped = false;
    return true;
}

/// Ends the row's last field at `position`, where its line end or the end of the input is.
static inline bool add_last_unquoted(lua_State *L, parser *p, const uint8_t *row) {
    size_t end = p->position;
    if (end > p->field && row[end - 1] == '\r') {
        end -= 1;
    }
    return add_span(L, p, p->field, end);
}

static outcome refuse(parser *p, problem *why, const char *text) {
    *why = (problem){text, p->position, p->inner_line_count};
    return OUTCOME_PROBLEM;
}

static outcome refuse_open_quote(parser *p, problem *why, const char *text) {
    *why = (problem){text, p->field, p->quote_line_count};
    return OUTCOME_PROBLEM;
}

static const char too_many_fields[] = "the row has more than 65536 fields";
static const char after_quote[] = "text after a closing quote; a quote within a quoted field has to be doubled";

/// In an unquoted field: up to its end, or `to`. Answers OUTCOME_NEEDS_INPUT to go on.
static inline outcome scan_unquoted(lua_State *L, parser *p, const uint8_t *row, size_t to, problem *why) {
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
static inline outcome scan_after_quote(lua_State *L, parser *p, const uint8_t *row, problem *why) {
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
static outcome scan_end_of_input(lua_State *L, parser *p, const uint8_t *row, problem *why) {
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

/// Goes on with the row at `row`.
static outcome scan_row(lua_State *L, parser *p, problem *why) {
    const uint8_t *row = p->buffer + p->row;
    size_t available = p->end - p->row;
    size_t limit = clua_vm_of(L)->limits.string_bytes_max;
    limit = limit < INT32_MAX ? limit : INT32_MAX;
    size_t stop = available < limit ? available : limit;
    outcome outcome = OUTCOME_NEEDS_INPUT;
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
        return p->state == SCAN_QUOTED
            ? refuse_open_quote(p, why, "a quote that is not closed within the longest row allowed")
            : refuse(p, why, "the row is longer than allowed");
    }
    if (outcome == OUTCOME_NEEDS_INPUT && p->is_finished) {
        return scan_end_of_input(L, p, row, why);
    }
    return outcome;
}

/// The row has been dealt with: the next begins at `position`.
static void consume_row(parser *p) {
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
static bool skip_line(lua_State *L, parser *p) {
    while (p->row < p->end) {
        clua_tick(L);
        size_t window = p->end - p->row < WINDOW_BYTES ? p->end - p->row : WINDOW_BYTES;
        const uint8_t *found = memchr(p->buffer + p->row, '\n', window);
        if (found != NULL) {
            p->position = (size_t)(found + 1 - (p->buffer + p->row));
            p->has_line_end = true;
            consume_row(p);
            return true;
        }
        p->row += window;
    }
    return false;
}

/// Drops a byte order mark; false if more input has to tell whether there is one.
static bool skip_mark(parser *p) {
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

/// Gets to the end of the next row, if the input has it. Can be called again without anything having been consumed.
static outcome advance(lua_State *L, parser *p, problem *why) {
    if (!p->is_started && !skip_mark(p)) {
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
        outcome outcome = scan_row(L, p, why);
        if (outcome != OUTCOME_ROW) {
            return outcome;
        }
        bool is_quoted = p->state != SCAN_UNQUOTED && p->state != SCAN_FIELD;
        if (p->span_count == 1 && p->spans[0].start == p->spans[0].end && !is_quoted) {
            consume_row(p);
            continue;
        }
        p->state = SCAN_DONE;
        return OUTCOME_ROW;
    }
}

// ---------------------------------------------------------------------------------------------------- answering

/// Answers false, the message on top of the stack, and the row's line, and has the row consumed.
static int answer_refusal(lua_State *L, parser *p) {
    lua_pushboolean(L, false);
    lua_insert(L, -2);
    lua_pushinteger(L, p->line);
    p->answered_line = p->line;
    consume_row(p);
    return 3;
}

/// As `answer_refusal`, for a row that breaks the format: goes on at the line after that of the problem.
static int answer_problem(lua_State *L, parser *p, const problem *why) {
    const uint8_t *row = p->buffer + p->row;
    size_t line_start = why->offset;
    for (; line_start > 0 && row[line_start - 1] != '\n'; line_start--) {
        if (line_start % WINDOW_BYTES == 0) {
            clua_tick(L);
        }
    }
    lua_pushfstring(
        L, "line %I, column %I: %s", p->line + why->line_count, (lua_Integer)(why->offset - line_start) + 1,
        why->text);
    p->position = why->offset;
    p->inner_line_count = why->line_count;
    int count = answer_refusal(L, p);
    p->state = SCAN_SKIPPING;
    return count;
}

/// nil. After the last row the buffer is no longer needed.
static int answer_nothing(lua_State *L, parser *p) {
    if (p->is_finished && p->row == p->end && p->capacity > 0) {
        lua_pushnil(L);
        lua_setiuservalue(L, 1, USER_VALUE_BUFFER);
        p->buffer = NULL;
        p->capacity = p->row = p->end = 0;
    }
    lua_pushnil(L);
    return 1;
}

/// Pushes a field that holds doubled quotes.
static void push_unescaped(lua_State *L, const uint8_t *from, size_t n, uint8_t quote) {
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, n);
    size_t count = 0;
    for (size_t step = 1; n > 0; step++) {
        if (step % 1024 == 0) {
            clua_tick(L);
        }
        // Up to the first of two quotes; the second is left out.
        const uint8_t *found = memchr(from, quote, n);
        size_t kept = found == NULL ? n : (size_t)(found + 1 - from);
        memcpy(out + count, from, kept);
        count += kept;
        size_t read = found == NULL ? n : kept + 1;
        from += read;
        n -= read;
    }
    luaL_pushresultsize(&buffer, count);
}

static inline void push_field(lua_State *L, const parser *p, span span) {
    const uint8_t *start = p->buffer + p->row + span.start;
    size_t n = span.end - span.start;
    if (span.is_escaped) {
        push_unescaped(L, start, n, p->quote);
    } else {
        lua_pushlstring(L, (const char *)start, n);
    }
}

static parser *check_parser(lua_State *L) {
    if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1)) {
        luaL_typeerror(L, 1, "csv.parser");
    }
    if (!lua_rawequal(L, -1, lua_upvalueindex(1))) {
        luaL_typeerror(L, 1, "csv.parser");
    }
    lua_pop(L, 1);
    return lua_touserdata(L, 1);
}

/// `parser:next()`: the next row as an array of strings; nil if more input is needed; or false, why, and its line.
static int next_row(lua_State *L) {
    parser *p = check_parser(L);
    lua_settop(L, 1);
    problem why;
    outcome outcome = advance(L, p, &why);
    if (outcome == OUTCOME_PROBLEM) {
        return answer_problem(L, p, &why);
    }
    if (outcome == OUTCOME_NEEDS_INPUT) {
        return answer_nothing(L, p);
    }
    lua_createtable(L, (int)p->span_count, 0);
    for (uint32_t i = 0; i < p->span_count; i++) {
        if (i % 512 == 511) {
            clua_tick(L);
        }
        push_field(L, p, p->spans[i]);
        lua_rawseti(L, 2, i + 1);
    }
    p->answered_line = p->line;
    consume_row(p);
    return 1;
}

// ---------------------------------------------------------------------------------------------------- records

static kind check_kind(lua_State *L, const char *name, const char *type) {
    static const struct {
        const char *name;
        kind kind;
    } kinds[] = {
        {"string", KIND_STRING},
        {"integer", KIND_INTEGER},
        {"number", KIND_NUMBER},
        {"boolean", KIND_BOOLEAN},
    };
    size_t n = strlen(type);
    bool is_optional = n > 0 && type[n - 1] == '?';
    n -= is_optional;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i].name) == n && memcmp(kinds[i].name, type, n) == 0) {
            return is_optional ? kinds[i].kind | KIND_OPTIONAL : kinds[i].kind;
        }
    }
    lua_pushfstring(
        L, "type '%s' of column '%s' is unknown: there are string, integer, number and boolean, with '?' after it if "
           "the field may be empty", type, name);
    luaL_argerror(L, 3, lua_tostring(L, -1));
    return KIND_STRING;
}

/// Copies the names at index 2 into a new table, [i] = name and [name] = i, which it pushes.
static uint32_t copy_names(lua_State *L) {
    size_t count = lua_rawlen(L, 2);
    if (count == 0 || count > FIELD_COUNT_MAX) {
        lua_pushfstring(
            L, "1 to %d names of columns expected, got %I", FIELD_COUNT_MAX,
            count > INT32_MAX ? (lua_Integer)INT32_MAX : (lua_Integer)count);
        luaL_argerror(L, 2, lua_tostring(L, -1));
    }
    lua_createtable(L, (int)count, (int)count);
    int names = lua_gettop(L);
    for (lua_Integer i = 1; i <= (lua_Integer)count; i++) {
        clua_tick(L);
        if (lua_rawgeti(L, 2, i) != LUA_TSTRING) {
            lua_pushfstring(L, "name %I has to be a string, got %s", i, luaL_typename(L, -1));
            luaL_argerror(L, 2, lua_tostring(L, -1));
        }
        lua_pushvalue(L, -1);
        if (lua_rawget(L, names) != LUA_TNIL) {
            lua_pushfstring(L, "name '%s' is given twice", lua_tostring(L, -2));
            luaL_argerror(L, 2, lua_tostring(L, -1));
        }
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushinteger(L, i);
        lua_rawset(L, names);
        lua_rawseti(L, names, i);
    }
    return (uint32_t)count;
}

/// Reads the types at index 3 into `kinds`; the names are on top.
static void read_types(lua_State *L, uint8_t *kinds) {
    int names = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 2)) {
        clua_tick(L);
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) {
            lua_pushfstring(
                L, "types are given as name = type, both strings; got %s = %s", luaL_typename(L, -2),
                luaL_typename(L, -1));
            luaL_argerror(L, 3, lua_tostring(L, -1));
        }
        const char *name = lua_tostring(L, -2);
        kind kind = check_kind(L, name, lua_tostring(L, -1));
        lua_pushvalue(L, -2);
        if (lua_rawget(L, names) == LUA_TNIL) {
            lua_pushfstring(L, "column '%s' has a type, but is not among the names", name);
            luaL_argerror(L, 3, lua_tostring(L, -1));
        }
        kinds[lua_tointeger(L, -1) - 1] = (uint8_t)kind;
    }
}

/// Has `parser` read records of the names at index 2 and the types at index 3.
static void make_plan(lua_State *L, parser *p) {
    luaL_checktype(L, 2, LUA_TTABLE);
    if (!lua_isnil(L, 3)) {
        luaL_checktype(L, 3, LUA_TTABLE);
    }
    uint32_t count = copy_names(L);
    uint8_t *kinds = lua_newuserdatauv(L, count, 0);
    memset(kinds, KIND_STRING, count);
    lua_insert(L, -2);
    if (!lua_isnil(L, 3)) {
        read_types(L, kinds);
    }
    // From here on nothing raises.
    lua_setiuservalue(L, 1, USER_VALUE_NAMES);
    lua_setiuservalue(L, 1, USER_VALUE_KINDS);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, 1, USER_VALUE_GIVEN_NAMES);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, 1, USER_VALUE_GIVEN_TYPES);
    p->given_names = lua_topointer(L, 2);
    p->given_types = lua_topointer(L, 3);
    p->name_count = count;
    p->kinds = kinds;
}

/// Decimal digits with or without a sign, within 64 bits.
static bool parse_integer(const uint8_t *text, size_t n, lua_Integer *value) {
    if (n > NUMBER_BYTES_MAX) {
        return false;
    }
    bool is_negative = n > 0 && text[0] == '-';
    size_t i = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    size_t first = i;
    uint64_t magnitude = 0;
    for (; i < n; i++) {
        uint8_t digit = (uint8_t)(text[i] - '0');
        if (digit > 9 || magnitude > (UINT64_MAX - 9) / 10) {
            return false;
        }
        magnitude = magnitude * 10 + digit;
    }
    if (first == n || magnitude > (uint64_t)INT64_MAX + is_negative) {
        return false;
    }
    *value = (lua_Integer)(is_negative ? 0 - magnitude : magnitude);
    return true;
}

/// Digits with or without a sign, a fraction and an exponent, as JSON has them but for leading zeros, a leading plus
/// and a point at either end. Finite.
static bool parse_number(lua_State *L, const uint8_t *text, size_t n, lua_Number *value) {
    static const double powers_of_ten[] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (n > NUMBER_BYTES_MAX) {
        return false;
    }
    size_t i = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    uint64_t mantissa = 0;
    int digit_count = 0, fraction_count = 0;
    bool has_point = false;
    for (; i < n; i++) {
        uint8_t digit = (uint8_t)(text[i] - '0');
        if (digit <= 9) {
            mantissa = digit_count < 19 ? mantissa * 10 + digit : UINT64_MAX;
            digit_count += 1;
            fraction_count += has_point;
        } else if (text[i] == '.' && !has_point) {
            has_point = true;
        } else {
            break;
        }
    }
    int exponent = 0;
    if (i < n && digit_count > 0 && (text[i] | 0x20) == 'e') {
        i += 1;
        bool is_negative = i < n && text[i] == '-';
        i += i < n && (text[i] == '-' || text[i] == '+');
        size_t first = i;
        for (; i < n && text[i] >= '0' && text[i] <= '9'; i++) {
            exponent = exponent < 10000 ? exponent * 10 + (text[i] - '0') : exponent;
        }
        if (i == first) {
            return false;
        }
        exponent = is_negative ? -exponent : exponent;
    }
    if (i < n || digit_count == 0) {
        return false;
    }
    exponent -= fraction_count;
    if (mantissa <= UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22) {
        // Both operands are exact, so the result is rounded once.
        double magnitude = exponent < 0 ? (double)mantissa / powers_of_ten[-exponent]
                                        : (double)mantissa * powers_of_ten[exponent];
        *value = text[0] == '-' ? -magnitude : magnitude;
        return true;
    }
    char copy[NUMBER_BYTES_MAX + 1];
    memcpy(copy, text, n);
    copy[n] = 0;
    if (lua_stringtonumber(L, copy) == 0) {
        return false;
    }
    *value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return isfinite(*value);
}

static bool equals_ignoring_case(const uint8_t *text, size_t n, const char *lower) {
    size_t i = 0;
    for (; i < n && lower[i] != 0; i++) {
        uint8_t byte = text[i];
        if ((byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte) != (uint8_t)lower[i]) {
            return false;
        }
    }
    return i == n && lower[i] == 0;
}

static bool parse_boolean(const uint8_t *text, size_t n, bool *value) {
    *value = (n == 1 && text[0] == '1') || equals_ignoring_case(text, n, "true");
    return *value || (n == 1 && text[0] == '0') || equals_ignoring_case(text, n, "false");
}

/// Pushes the start of a field as a message may show it: printable, and not cut within a character of UTF-8.
static const char *push_excerpt(lua_State *L, const uint8_t *text, size_t n) {
    char excerpt[QUOTED_BYTES_MAX + 4];
    size_t count = n < QUOTED_BYTES_MAX ? n : QUOTED_BYTES_MAX;
    if (count < n) {
        while (count > 0 && (text[count] & 0xc0) == 0x80) {
            count -= 1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        excerpt[i] = text[i] < 0x20 || text[i] == 0x7f ? '?' : (char)text[i];
    }
    memcpy(excerpt + count, "...", 3);
    return lua_pushlstring(L, excerpt, count < n ? count + 3 : count);
}

typedef enum conversion {
    CONVERSION_PUSHED,
    CONVERSION_ABSENT,
    CONVERSION_FAILED,
} conversion;

/// Pushes a field as its column's type.
static inline conversion push_converted(lua_State *L, const parser *p, span span, uint8_t column) {
    const uint8_t *text = p->buffer + p->row + span.start;
    size_t n = span.end - span.start;
    if (n == 0 && (column & KIND_OPTIONAL) != 0) {
        return CONVERSION_ABSENT;
    }
    switch ((kind)(column & KIND_MASK)) {
    case KIND_INTEGER: {
        lua_Integer value;
        if (!parse_integer(text, n, &value)) {
            return CONVERSION_FAILED;
        }
        lua_pushinteger(L, value);
        return CONVERSION_PUSHED;
    }
    case KIND_NUMBER: {
        lua_Number value;
        if (!parse_number(L, text, n, &value)) {
            return CONVERSION_FAILED;
        }
        lua_pushnumber(L, value);
        return CONVERSION_PUSHED;
    }
    case KIND_BOOLEAN: {
        bool value;
        if (!parse_boolean(text, n, &value)) {
            return CONVERSION_FAILED;
        }
        lua_pushboolean(L, value);
        return CONVERSION_PUSHED;
    }
    default:
        push_field(L, p, span);
        return CONVERSION_PUSHED;
    }
}

/// Answers that field `i` (from 0) is not of its column's type; the names are at index 4.
static int answer_bad_field(lua_State *L, parser *p, uint32_t i) {
    static const char *const wanted[] = {
        [KIND_STRING] = "a string",
        [KIND_INTEGER] = "an integer of 64 bits",
        [KIND_NUMBER] = "a finite decimal number",
        [KIND_BOOLEAN] = "a boolean: true, false, 1 or 0",
    };
    span span = p->spans[i];
    lua_rawgeti(L, 4, i + 1);
    const char *excerpt = push_excerpt(L, p->buffer + p->row + span.start, span.end - span.start);
    lua_pushfstring(
        L, "line %I, column '%s': '%s' is not %s", p->line, lua_tostring(L, -2), excerpt,
        wanted[p->kinds[i] & KIND_MASK]);
    return answer_refusal(L, p);
}

/// `parser:next_record(names [, types])`: as `next`, but the row's fields stand under their names, converted. A table of
/// names or types is read when it is first seen; changing it afterwards changes nothing.
static int next_record(lua_State *L) {
    parser *p = check_parser(L);
    lua_settop(L, 3);
    if (lua_topointer(L, 2) != p->given_names || lua_topointer(L, 3) != p->given_types || p->given_names == NULL) {
        make_plan(L, p);
    }
    problem why;
    outcome outcome = advance(L, p, &why);
    if (outcome == OUTCOME_PROBLEM) {
        return answer_problem(L, p, &why);
    }
    if (outcome == OUTCOME_NEEDS_INPUT) {
        return answer_nothing(L, p);
    }
    if (p->span_count != p->name_count) {
        lua_pushfstring(
            L, "line %I: the row has %d fields, but there are %d columns", p->line, (int)p->span_count,
            (int)p->name_count);
        return answer_refusal(L, p);
    }
    lua_getiuservalue(L, 1, USER_VALUE_NAMES);
    lua_createtable(L, 0, (int)p->span_count);
    for (uint32_t i = 0; i < p->span_count; i++) {
        if (i % 512 == 511) {
            clua_tick(L);
        }
        lua_rawgeti(L, 4, i + 1);
        switch (push_converted(L, p, p->spans[i], p->kinds[i])) {
        case CONVERSION_PUSHED:
            lua_rawset(L, 5);
            break;
        case CONVERSION_ABSENT:
            lua_pop(L, 1);
            break;
        case CONVERSION_FAILED:
            return answer_bad_field(L, p, i);
        }
    }
    p->answered_line = p->line;
    consume_row(p);
    return 1;
}

// ---------------------------------------------------------------------------------------------------- the parser

typedef struct dialect {
    uint8_t separator;
    uint8_t quote;
    const char *line_end;
} dialect;

/// The byte that option `name`, on top, gives.
static uint8_t check_byte(lua_State *L, int argument, const char *name) {
    size_t n;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &n) : NULL;
    if (text == NULL || n != 1 || *text == '\n' || *text == '\r') {
        lua_pushfstring(L, "option '%s' has to be a string of one byte, not a line end", name);
        luaL_argerror(L, argument, lua_tostring(L, -1));
    }
    return (uint8_t)*text;
}

/// Reads the table of options at index `argument`, by raw access; an option of another name is a mistake.
static dialect check_dialect(lua_State *L, int argument, bool is_for_writing) {
    dialect dialect = {',', '"', "\n"};
    if (lua_isnoneornil(L, argument)) {
        return dialect;
    }
    luaL_checktype(L, argument, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, argument); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
        if (strcmp(name, "separator") == 0) {
            dialect.separator = check_byte(L, argument, name);
        } else if (strcmp(name, "quote") == 0) {
            dialect.quote = check_byte(L, argument, name);
        } else if (is_for_writing && strcmp(name, "eol") == 0) {
            const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
            dialect.line_end = strcmp(text, "\r\n") == 0 ? "\r\n" : "\n";
            if (strcmp(text, dialect.line_end) != 0) {
                luaL_argerror(L, argument, "option 'eol' has to be \"\\n\" or \"\\r\\n\"");
            }
        } else {
            lua_pushfstring(
                L, "unknown option '%s': there are 'separator'%s", name,
                is_for_writing ? ", 'quote' and 'eol'" : " and 'quote'");
            luaL_argerror(L, argument, lua_tostring(L, -1));
        }
    }
    if (dialect.separator == dialect.quote) {
        luaL_argerror(L, argument, "'separator' and 'quote' have to differ");
    }
    return dialect;
}

/// `csv.parser([{separator = ",", quote = '"'}])`
static int new_parser(lua_State *L) {
    dialect dialect = check_dialect(L, 1, false);
    parser *p = lua_newuserdatauv(L, sizeof *p, USER_VALUE_COUNT);
    memset(p, 0, sizeof *p);
    p->separator = dialect.separator;
    p->quote = dialect.quote;
    p->spans = p->inline_spans;
    p->span_capacity = INLINE_SPAN_COUNT;
    p->line = 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setmetatable(L, -2);
    return 1;
}

/// Makes room for `n` more bytes behind `end`, dropping what is consumed.
static void make_room(lua_State *L, parser *p, size_t n) {
    size_t kept = p->end - p->row;
    if (n > PTRDIFF_MAX - SLACK_BYTES - kept) {
        luaL_error(L, "csv: %I bytes more than a parser can hold", (lua_Integer)n);
    }
    size_t needed = kept + n + SLACK_BYTES;
    if (needed <= p->capacity && kept <= p->capacity / 2) {
        memmove(p->buffer, p->buffer + p->row, kept);
    } else {
        // Twice as much, so that bytes are moved a bounded number of times whatever the pieces.
        size_t capacity = p->capacity < PTRDIFF_MAX / 2 ? p->capacity * 2 : p->capacity;
        capacity = capacity > BUFFER_BYTES_MIN ? capacity : BUFFER_BYTES_MIN;
        capacity = capacity > needed ? capacity : needed;
        uint8_t *buffer = lua_newuserdatauv(L, capacity, 0);
        if (kept > 0) {
            memcpy(buffer, p->buffer + p->row, kept);
        }
        lua_setiuservalue(L, 1, USER_VALUE_BUFFER);
        p->buffer = buffer;
        p->capacity = capacity;
    }
    p->row = 0;
    p->end = kept;
}

/// `parser:feed(bytes)`: the next piece of the input, cut anywhere. Returns the parser.
static int feed(lua_State *L) {
    parser *p = check_parser(L);
    size_t n;
    const char *bytes = luaL_checklstring(L, 2, &n);
    lua_settop(L, 2);
    if (p->is_finished) {
        return luaL_error(L, "csv: feed after finish; a parser reads one input");
    }
    if (n > 0) {
        if (n + SLACK_BYTES > p->capacity - p->end) {
            make_room(L, p, n);
        }
        memcpy(p->buffer + p->end, bytes, n);
        p->end += n;
        memset(p->buffer + p->end, 0, SLACK_BYTES);
    }
    lua_settop(L, 1);
    return 1;
}

/// `parser:finish()`: all input has been fed; the last row need not have a line end. Returns the parser.
static int finish(lua_State *L) {
    check_parser(L)->is_finished = true;
    lua_settop(L, 1);
    return 1;
}

/// `parser:line()`: the line at which the row last returned began, or the one last refused; nil before the first.
static int answered_line(lua_State *L) {
    parser *p = check_parser(L);
    if (p->answered_line == 0) {
        lua_pushnil(L);
    } else {
        lua_pushinteger(L, p->answered_line);
    }
    return 1;
}

// ---------------------------------------------------------------------------------------------------- writing

enum { FORMATTED_BYTES_MAX = 40 };

/// The shortest of the usual precisions that reads back as the same number.
static size_t format_float(char *text, double value) {
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, FORMATTED_BYTES_MAX, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return (size_t)n;
}

/// The text of the value on top, which is field `index`; numbers are written into `formatted`.
static const char *check_field_text(lua_State *L, lua_Integer index, char *formatted, size_t *n) {
    *n = 0;
    switch (lua_type(L, -1)) {
    case LUA_TSTRING:
        return lua_tolstring(L, -1, n);
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1)) {
            *n = (size_t)snprintf(formatted, FORMATTED_BYTES_MAX, "%lld", (long long)lua_tointeger(L, -1));
            return formatted;
        }
        if (isfinite(lua_tonumber(L, -1))) {
            *n = format_float(formatted, lua_tonumber(L, -1));
            return formatted;
        }
        lua_pushfstring(L, "field %I is %f, which has no decimal digits", index, lua_tonumber(L, -1));
        break;
    case LUA_TBOOLEAN:
        *n = lua_toboolean(L, -1) ? 4 : 5;
        return lua_toboolean(L, -1) ? "true" : "false";
    case LUA_TNIL:
        return "";
    default:
        if (clua_is_null(L, -1)) {
            return "";
        }
        lua_pushfstring(
            L, "field %I is a %s: strings, numbers, booleans, nil and null can be written", index,
            luaL_typename(L, -1));
        break;
    }
    luaL_argerror(L, 1, lua_tostring(L, -1));
    return NULL;
}

/// Counts the quotes in a field; `*is_special` if it has to be quoted.
static size_t count_quotes(lua_State *L, const char *text, size_t n, const dialect *dialect, bool *is_special) {
    size_t quote_count = 0, special_count = 0;
    while (n > 0) {
        clua_tick(L);
        size_t window = n < WINDOW_BYTES ? n : WINDOW_BYTES;
        for (size_t i = 0; i < window; i++) {
            uint8_t byte = (uint8_t)text[i];
            quote_count += byte == dialect->quote;
            special_count += (byte == dialect->separator) | (byte == '\n') | (byte == '\r');
        }
        text += window;
        n -= window;
    }
    *is_special = quote_count + special_count > 0;
    return quote_count;
}

static char *write_quoted(lua_State *L, char *out, const char *text, size_t n, char quote) {
    *out++ = quote;
    for (size_t step = 1; n > 0; step++) {
        if (step % 1024 == 0) {
            clua_tick(L);
        }
        const char *found = memchr(text, quote, n);
        size_t copied = found == NULL ? n : (size_t)(found + 1 - text);
        memcpy(out, text, copied);
        out += copied;
        if (found != NULL) {
            *out++ = quote;
        }
        text += copied;
        n -= copied;
    }
    *out++ = quote;
    return out;
}

/// `csv.format(row [, {separator = ",", quote = '"', eol = "\n"}])`: the array as one line, which a parser reads back.
static int format(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    dialect dialect = check_dialect(L, 2, true);
    lua_Integer count = (lua_Integer)lua_rawlen(L, 1);
    if (count == 0) {
        return luaL_argerror(L, 1, "a row has at least one field");
    }
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    uint64_t total = 0;
    for (lua_Integer i = 1; i <= count; i++) {
        char formatted[FORMATTED_BYTES_MAX];
        size_t n;
        bool is_quoted;
        clua_tick(L);
        lua_rawgeti(L, 1, i);
        const char *text = check_field_text(L, i, formatted, &n);
        size_t quote_count = count_quotes(L, text, n, &dialect, &is_quoted);
        // Nothing at all would be no row, and a byte order mark would be dropped.
        is_quoted |= (n == 0 && count == 1) || (i == 1 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0);
        // The buffer has to be on top. The row holds the string, and no script runs in between.
        lua_pop(L, 1);
        size_t added = n + quote_count + (is_quoted ? 2 : 0) + (i == count ? strlen(dialect.line_end) : 1);
        total += added;
        clua_check_string_bytes(L, total);
        char *out = luaL_prepbuffsize(&buffer, added);
        if (is_quoted) {
            out = write_quoted(L, out, text, n, (char)dialect.quote);
        } else {
            memcpy(out, text, n);
            out += n;
        }
        if (i < count) {
            *out = (char)dialect.separator;
        } else {
            memcpy(out, dialect.line_end, strlen(dialect.line_end));
        }
        luaL_addsize(&buffer, added);
    }
    luaL_pushresult(&buffer);
    return 1;
}

/// Pushes the module `csv`. Inside.
int clua_open_csv(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"feed", feed},       {"finish", finish},           {"next", next_row},
        {"line", answered_line}, {"next_record", next_record}, {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"format", format}, {NULL, NULL}};
    // The metatable is upvalue of all that makes or checks a parser.
    lua_createtable(L, 0, 3);
    lua_pushliteral(L, "csv.parser");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    luaL_newlibtable(L, methods);
    lua_pushvalue(L, -2);
    luaL_setfuncs(L, methods, 1);
    lua_setfield(L, -2, "__index");
    luaL_newlib(L, functions);
    lua_insert(L, -2);
    lua_pushcclosure(L, new_parser, 1);
    lua_setfield(L, -2, "parser");
    return 1;
}
