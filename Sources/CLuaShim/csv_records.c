// Rows of CSV as records: fields under the names of their columns, converted to the columns' types.
//
// Names and types are compiled into a plan once, so that a row costs one table of the right size and, for each field,
// one look at a byte that says its type.
//
// Rule: text converts if it is the type's whole and exact form. No white space, no hexadecimal, nothing out of range.
// An empty field is no number and no boolean; where it may be missing the type says so with `?`, and then it is nil.

#include <math.h>
#include <string.h>

#include "csv.h"

enum {
    /// Text of a field that is to be a number.
    NUMBER_BYTES_MAX = 128,
    /// Bytes of a field that an error message quotes.
    QUOTED_BYTES_MAX = 40,
};

typedef enum kind {
    KIND_STRING,
    KIND_INTEGER,
    KIND_NUMBER,
    KIND_BOOLEAN,
    KIND_MASK = 7,
    /// An empty field is nil.
    KIND_OPTIONAL = 8,
} kind;

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
static void make_plan(lua_State *L, clua_csv_parser *p) {
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
static inline conversion push_converted(lua_State *L, const clua_csv_parser *p, clua_csv_span span, uint8_t column) {
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
        clua_csv_push_field(L, p, span);
        return CONVERSION_PUSHED;
    }
}

/// Answers that field `i` (from 0) is not of its column's type; the names are at index 4.
static int answer_bad_field(lua_State *L, clua_csv_parser *p, uint32_t i) {
    static const char *const wanted[] = {
        [KIND_STRING] = "a string",
        [KIND_INTEGER] = "an integer of 64 bits",
        [KIND_NUMBER] = "a finite decimal number",
        [KIND_BOOLEAN] = "a boolean: true, false, 1 or 0",
    };
    clua_csv_span span = p->spans[i];
    lua_rawgeti(L, 4, i + 1);
    const char *excerpt = push_excerpt(L, p->buffer + p->row + span.start, span.end - span.start);
    lua_pushfstring(
        L, "line %I, column '%s': '%s' is not %s", p->line, lua_tostring(L, -2), excerpt,
        wanted[p->kinds[i] & KIND_MASK]);
    return clua_csv_answer_refusal(L, p);
}

int clua_csv_next_record(lua_State *L) {
    clua_csv_parser *p = clua_csv_check_parser(L);
    lua_settop(L, 3);
    if (lua_topointer(L, 2) != p->given_names || lua_topointer(L, 3) != p->given_types || p->given_names == NULL) {
        make_plan(L, p);
    }
    clua_csv_problem why;
    clua_csv_outcome outcome = clua_csv_advance(L, p, &why);
    if (outcome == OUTCOME_PROBLEM) {
        return clua_csv_answer_problem(L, p, &why);
    }
    if (outcome == OUTCOME_NEEDS_INPUT) {
        return clua_csv_answer_nothing(L, p);
    }
    if (p->span_count != p->name_count) {
        lua_pushfstring(
            L, "line %I: %d field%s, but %d column%s", p->line, (int)p->span_count, p->span_count == 1 ? "" : "s",
            (int)p->name_count, p->name_count == 1 ? "" : "s");
        return clua_csv_answer_refusal(L, p);
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
    clua_csv_consume_row(p);
    return 1;
}
