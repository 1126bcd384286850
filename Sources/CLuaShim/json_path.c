// One value out of a JSON text, without tables for the rest: "customer.orders[0].id". Indexes begin at 0, as in
// JavaScript; a name that holds a dot or bracket is written ["a.b"]. Of keys given twice the first counts here.

#include <ctype.h>
#include <string.h>

#include "json.h"

/// Moves behind the string at the cursor, unread.
static void skip_string(clua_json_reader *reader) {
    const char *opening = reader->at;
    const char *p = opening + 1;
    while (p < reader->end && *p != '"') {
        p += *p == '\\' ? 2 : 1;
    }
    if (p >= reader->end) {
        clua_json_fail(reader, opening, "string without end");
    }
    reader->at = p + 1;
}

/// Moves behind the value at the cursor, looking only as far as skipping needs.
static void skip_value(clua_json_reader *reader) {
    int64_t depth = 0;
    do {
        clua_json_skip_space(reader);
        if ((++reader->step_count & 255) == 0) {
            clua_tick(reader->L);
        }
        if (reader->at >= reader->end) {
            clua_json_fail(reader, reader->at, "a value expected");
        }
        switch (*reader->at) {
        case '"':
            skip_string(reader);
            break;
        case '{':
        case '[':
            depth++;
            reader->at++;
            break;
        case '}':
        case ']':
            if (depth == 0) {
                clua_json_fail(reader, reader->at, "a value expected");
            }
            depth--;
            reader->at++;
            break;
        case ',':
        case ':':
            if (depth == 0) {
                clua_json_fail(reader, reader->at, "a value expected");
            }
            reader->at++;
            break;
        default:
            // A number or word. Any other byte begins no value.
            if (*reader->at != '-' && !isalnum((unsigned char)*reader->at)) {
                clua_json_fail(reader, reader->at, "a value expected");
            }
            while (reader->at < reader->end &&
                   (isalnum((unsigned char)*reader->at) || (*reader->at != '\0' && strchr("+-.", *reader->at) != NULL))) {
                reader->at++;
            }
            break;
        }
    } while (depth > 0);
}

/// Moves to the value of a key of the object at the cursor; false if it has none, or there is no object.
static bool enter_key(clua_json_reader *reader, const char *name, size_t bytes) {
    lua_State *L = reader->L;
    if (reader->at >= reader->end || *reader->at != '{') {
        return false;
    }
    reader->at++;
    clua_json_skip_space(reader);
    if (reader->at < reader->end && *reader->at == '}') {
        return false;
    }
    for (;;) {
        if (reader->at >= reader->end || *reader->at != '"') {
            clua_json_fail(reader, reader->at, "a key in quotes expected");
        }
        const char *key = reader->at + 1;
        skip_string(reader);
        size_t key_bytes = (size_t)(reader->at - 1 - key);
        bool is_found = key_bytes == bytes && memcmp(key, name, bytes) == 0;
        if (!is_found && memchr(key, '\\', key_bytes) != NULL) {
            const char *behind = reader->at;
            reader->at = key - 1;
            clua_json_push_string(reader);
            reader->at = behind;
            size_t decoded_bytes;
            const char *decoded = lua_tolstring(L, -1, &decoded_bytes);
            is_found = decoded_bytes == bytes && memcmp(decoded, name, bytes) == 0;
            lua_pop(L, 1);
        }
        clua_json_skip_space(reader);
        if (reader->at >= reader->end || *reader->at != ':') {
            clua_json_fail(reader, reader->at, "':' expected");
        }
        reader->at++;
        if (is_found) {
            return true;
        }
        skip_value(reader);
        clua_json_skip_space(reader);
        char c = reader->at < reader->end ? *reader->at : '\0';
        if (c == '}') {
            return false;
        }
        if (c != ',') {
            clua_json_fail(reader, reader->at, "',' or '}' expected");
        }
        reader->at++;
        clua_json_skip_space(reader);
    }
}

/// The same for an element of an array, from 0.
static bool enter_index(clua_json_reader *reader, uint64_t index) {
    if (reader->at >= reader->end || *reader->at != '[') {
        return false;
    }
    reader->at++;
    clua_json_skip_space(reader);
    if (reader->at < reader->end && *reader->at == ']') {
        return false;
    }
    for (uint64_t i = 0;; i++) {
        if (i == index) {
            return true;
        }
        skip_value(reader);
        clua_json_skip_space(reader);
        char c = reader->at < reader->end ? *reader->at : '\0';
        if (c == ']') {
            return false;
        }
        if (c != ',') {
            clua_json_fail(reader, reader->at, "',' or ']' expected");
        }
        reader->at++;
    }
}

static void fail_path(lua_State *L, const char *path, const char *what) {
    luaL_error(L, "json path '%s': %s; write it as in \"customer.orders[0].id\"", path, what);
}

void clua_json_push_path(lua_State *L, const char *json, size_t json_bytes, const char *path, size_t path_bytes) {
    clua_json_reader reader = {
        .L = L, .start = json, .end = json + json_bytes, .at = json, .depth_max = CLUA_JSON_DEPTH,
        .big = CLUA_JSON_BIG_ERROR,
    };
    const char *p = path;
    const char *end = path + path_bytes;
    for (bool is_first = true; p < end; is_first = false) {
        clua_json_skip_space(&reader);
        bool is_found;
        if (*p == '[' && end - p >= 2 && p[1] == '"') {
            const char *name = p + 2;
            const char *quote = memchr(name, '"', (size_t)(end - name));
            if (quote == NULL || quote + 1 == end || quote[1] != ']') {
                fail_path(L, path, "a name in brackets has to end with '\"]'");
                return;
            }
            is_found = enter_key(&reader, name, (size_t)(quote - name));
            p = quote + 2;
        } else if (*p == '[') {
            uint64_t index = 0;
            const char *digits = ++p;
            for (; p < end && *p >= '0' && *p <= '9' && p - digits < 18; p++) {
                index = index * 10 + (uint64_t)(*p - '0');
            }
            if (p == digits || p == end || *p != ']') {
                fail_path(L, path, "an index from 0 and ']' expected after '['");
                return;
            }
            p++;
            is_found = enter_index(&reader, index);
        } else {
            if (*p == '.' && !is_first) {
                p++;
            } else if (!is_first) {
                fail_path(L, path, "'.' or '[' expected after ']'");
                return;
            }
            const char *name = p;
            while (p < end && *p != '.' && *p != '[') {
                p++;
            }
            if (p == name) {
                fail_path(L, path, "a name is empty");
                return;
            }
            is_found = enter_key(&reader, name, (size_t)(p - name));
        }
        if (!is_found) {
            lua_pushnil(L);
            return;
        }
    }
    clua_json_push_value(&reader, 0);
}
