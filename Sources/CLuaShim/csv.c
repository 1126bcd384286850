// `csv`: comma-separated values, RFC 4180, read piece by piece and written row by row.
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

#include <string.h>

#include "csv.h"

// ---------------------------------------------------------------------------------------------------- rows

int clua_csv_answer_refusal(lua_State *L, clua_csv_parser *p) {
    lua_pushboolean(L, false);
    lua_insert(L, -2);
    lua_pushinteger(L, p->line);
    p->answered_line = p->line;
    clua_csv_consume_row(p);
    return 3;
}

int clua_csv_answer_problem(lua_State *L, clua_csv_parser *p, const clua_csv_problem *why) {
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
    if (why->row_bytes_max > 0) {
        lua_pushfstring(
            L, "%s: a row may have %I bytes", lua_tostring(L, -1),
            (lua_Integer)why->row_bytes_max);
    }
    p->position = why->offset;
    p->inner_line_count = why->line_count;
    int count = clua_csv_answer_refusal(L, p);
    p->state = SCAN_SKIPPING;
    return count;
}

int clua_csv_answer_nothing(lua_State *L, clua_csv_parser *p) {
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

void clua_csv_push_field(lua_State *L, const clua_csv_parser *p, clua_csv_span span) {
    const uint8_t *start = p->buffer + p->row + span.start;
    size_t n = span.end - span.start;
    if (span.is_escaped) {
        push_unescaped(L, start, n, p->quote);
    } else {
        lua_pushlstring(L, (const char *)start, n);
    }
}

clua_csv_parser *clua_csv_check_parser(lua_State *L) {
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
    clua_csv_parser *p = clua_csv_check_parser(L);
    lua_settop(L, 1);
    clua_csv_problem why;
    clua_csv_outcome outcome = clua_csv_advance(L, p, &why);
    if (outcome == OUTCOME_PROBLEM) {
        return clua_csv_answer_problem(L, p, &why);
    }
    if (outcome == OUTCOME_NEEDS_INPUT) {
        return clua_csv_answer_nothing(L, p);
    }
    lua_createtable(L, (int)p->span_count, 0);
    for (uint32_t i = 0; i < p->span_count; i++) {
        if (i % 512 == 511) {
            clua_tick(L);
        }
        clua_csv_push_field(L, p, p->spans[i]);
        lua_rawseti(L, 2, i + 1);
    }
    p->answered_line = p->line;
    clua_csv_consume_row(p);
    return 1;
}

// ---------------------------------------------------------------------------------------------------- the parser

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

clua_csv_dialect clua_csv_check_dialect(lua_State *L, int argument, bool is_for_writing) {
    clua_csv_dialect dialect = {',', '"', "\n"};
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
    clua_csv_dialect dialect = clua_csv_check_dialect(L, 1, false);
    clua_csv_parser *p = lua_newuserdatauv(L, sizeof *p, USER_VALUE_COUNT);
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
static void make_room(lua_State *L, clua_csv_parser *p, size_t n) {
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
    clua_csv_parser *p = clua_csv_check_parser(L);
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
    clua_csv_check_parser(L)->is_finished = true;
    lua_settop(L, 1);
    return 1;
}

/// `parser:line()`: the line at which the row last returned began, or the one last refused; nil before the first.
static int answered_line(lua_State *L) {
    clua_csv_parser *p = clua_csv_check_parser(L);
    if (p->answered_line == 0) {
        lua_pushnil(L);
    } else {
        lua_pushinteger(L, p->answered_line);
    }
    return 1;
}

/// Pushes the module `csv`. Inside.
int clua_open_csv(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"feed", feed},          {"finish", finish}, {"next", next_row}, {"next_record", clua_csv_next_record},
        {"line", answered_line}, {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"format", clua_csv_format}, {NULL, NULL}};
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
