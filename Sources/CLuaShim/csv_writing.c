// `csv.format(row [, {separator = ",", quote = '"', eol = "\n"}])`: an array as one line, which a parser with the same
// separator and quote reads back as the same texts. nil and null are written as nothing.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"

enum { FORMATTED_BYTES_MAX = 40 };

/// The shortest of the usual precisions that reads back as the same number. An integral value gets no fraction: other
/// programs read it into columns of integers. In the C locale, which this process never leaves.
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
static size_t count_quotes(
    lua_State *L, const char *text, size_t n, const clua_csv_dialect *dialect, bool *is_special) {
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

int clua_csv_format(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    clua_csv_dialect dialect = clua_csv_check_dialect(L, 2, true);
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
