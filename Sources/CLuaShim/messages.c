// `msg`: a view of a message that lies in the host's memory. Fields become Lua values when a script asks for them, so a
// selector that reads the key costs no table and no copy of the value.

#include <string.h>

#include "vm.h"

typedef struct view {
    /// NULL once the call that the message was for has ended.
    const clua_message *message;
} view;

typedef enum field {
    FIELD_TOPIC = 1,
    FIELD_KEY,
    FIELD_VALUE,
    FIELD_SIZE,
    FIELD_TIMESTAMP,
    FIELD_PARTITION,
    FIELD_OFFSET,
    FIELD_ATTEMPTS,
    FIELD_ID,
    FIELD_PRODUCER,
    FIELD_HEADERS,
} field;

static const struct {
    const char *name;
    field field;
} fields[] = {
    {"topic", FIELD_TOPIC},         {"key", FIELD_KEY},           {"value", FIELD_VALUE},
    {"size", FIELD_SIZE},           {"timestamp", FIELD_TIMESTAMP}, {"partition", FIELD_PARTITION},
    {"offset", FIELD_OFFSET},       {"attempts", FIELD_ATTEMPTS}, {"id", FIELD_ID},
    {"producer", FIELD_PRODUCER},   {"headers", FIELD_HEADERS},
};
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

static bool has_metatable(lua_State *L, int index, int metatable) {
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) {
        return false;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, metatable);
    bool is_same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    return is_same;
}

static const clua_message *message_of(lua_State *L, const view *shown) {
    if (shown->message == NULL) {
        luaL_error(L, "message used after the call it was for: keep msg:copy() instead");
    }
    return shown->message;
}

/// The message of a method's first argument.
static const clua_message *check_message(lua_State *L) {
    if (!has_metatable(L, 1, clua_vm_of(L)->message_metatable)) {
        luaL_error(L, "a message's method needs the message before it: call it with ':'");
    }
    return message_of(L, lua_touserdata(L, 1));
}

static void push_bytes(lua_State *L, clua_bytes bytes) {
    if (bytes.start == NULL) {
        lua_pushnil(L);
    } else {
        lua_pushlstring(L, bytes.start, bytes.count);
    }
}

static void push_known(lua_State *L, int64_t number) {
    if (number < 0) {
        lua_pushnil(L);
    } else {
        lua_pushinteger(L, number);
    }
}

/// The last header of that name, as Kafka's clients look one up; NULL if there is none.
static const clua_header *find_header(const clua_message *message, const char *name, size_t bytes) {
    for (size_t i = message->header_count; i > 0; i--) {
        const clua_header *header = &message->headers[i - 1];
        if (header->name.count == bytes && memcmp(header->name.start, name, bytes) == 0) {
            return header;
        }
    }
    return NULL;
}

static int push_field(lua_State *L, const clua_message *message, field which) {
    switch (which) {
    case FIELD_TOPIC:
        push_bytes(L, message->topic);
        break;
    case FIELD_KEY:
        push_bytes(L, message->key);
        break;
    case FIELD_VALUE:
        push_bytes(L, message->value);
        break;
    case FIELD_SIZE:
        lua_pushinteger(L, (lua_Integer)message->value.count);
        break;
    case FIELD_TIMESTAMP:
        lua_pushinteger(L, message->timestamp_ms);
        break;
    case FIELD_PARTITION:
        push_known(L, message->partition);
        break;
    case FIELD_OFFSET:
        push_known(L, message->offset);
        break;
    case FIELD_ATTEMPTS:
        lua_pushinteger(L, message->attempts);
        break;
    case FIELD_ID:
        push_bytes(L, message->id);
        break;
    case FIELD_PRODUCER:
        push_bytes(L, message->producer);
        break;
    case FIELD_HEADERS:
        // A view of its own that keeps the message's alive.
        lua_newuserdatauv(L, 0, 1);
        lua_pushvalue(L, 1);
        lua_setiuservalue(L, -2, 1);
        lua_rawgeti(L, LUA_REGISTRYINDEX, clua_vm_of(L)->headers_metatable);
        lua_setmetatable(L, -2);
        break;
    }
    return 1;
}

/// `msg.name`: upvalue 1 maps names to field numbers and methods.
static int index_message(lua_State *L) {
    lua_pushvalue(L, 2);
    int type = lua_rawget(L, lua_upvalueindex(1));
    if (type == LUA_TFUNCTION) {
        return 1;
    }
    if (type != LUA_TNUMBER) {
        return luaL_error(L, "a message has no field '%s'", luaL_tolstring(L, 2, NULL));
    }
    // Only the interpreter calls this, with a message first: the metatable is out of scripts' reach.
    return push_field(L, message_of(L, lua_touserdata(L, 1)), (field)lua_tointeger(L, -1));
}

static int refuse_assignment(lua_State *L) {
    return luaL_error(L, "a message cannot be changed; make a table of it with msg:copy()");
}

static int get_header(lua_State *L) {
    const clua_message *message = check_message(L);
    size_t bytes;
    const char *name = luaL_checklstring(L, 2, &bytes);
    const clua_header *header = find_header(message, name, bytes);
    if (header == NULL) {
        lua_pushnil(L);
    } else {
        push_bytes(L, header->value);
    }
    return 1;
}

static int get_json(lua_State *L) {
    const clua_message *message = check_message(L);
    size_t bytes;
    const char *path = luaL_optlstring(L, 2, "", &bytes);
    if (message->value.start == NULL) {
        lua_pushnil(L);
        return 1;
    }
    clua_json_push_path(L, message->value.start, message->value.count, path, bytes);
    return 1;
}

/// `msg:hash()`: murmur2 of the key; `msg:hash(path)`: of the text of a JSON field. 31 bits, so that `% n` is the
/// partition that Kafka's default partitioner picks. nil if there is no such key or field.
static int get_hash(lua_State *L) {
    const clua_message *message = check_message(L);
    clua_bytes hashed = message->key;
    if (!lua_isnoneornil(L, 2)) {
        get_json(L);
        hashed.start = NULL;
        if (!lua_isnil(L, -1)) {
            hashed.start = luaL_tolstring(L, -1, &hashed.count);
        }
    }
    if (hashed.start == NULL) {
        lua_pushnil(L);
    } else {
        lua_pushinteger(L, clua_murmur2(hashed.start, hashed.count) & 0x7fffffff);
    }
    return 1;
}

/// 0-based position of byte `index` (1-based, negative from the end), or the value's size if it lies outside.
static size_t position_of(lua_State *L, int argument, size_t count) {
    lua_Integer index = luaL_checkinteger(L, argument);
    if (index > 0 && (lua_Unsigned)index <= count) {
        return (size_t)index - 1;
    }
    if (index < 0 && (lua_Unsigned)0 - (lua_Unsigned)index <= count) {
        return count - (size_t)((lua_Unsigned)0 - (lua_Unsigned)index);
    }
    return count;
}

static int get_byte(lua_State *L) {
    clua_bytes value = check_message(L)->value;
    size_t position = position_of(L, 2, value.count);
    if (position == value.count) {
        lua_pushnil(L);
    } else {
        lua_pushinteger(L, ((const unsigned char *)value.start)[position]);
    }
    return 1;
}

/// As string.sub of the value.
static int get_slice(lua_State *L) {
    clua_bytes value = check_message(L)->value;
    lua_Integer count = (lua_Integer)value.count;
    lua_Integer first = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_optinteger(L, 3, -1);
    first = first < 0 ? (first < -count ? 1 : count + first + 1) : (first == 0 ? 1 : first);
    last = last < 0 ? (last < -count ? 0 : count + last + 1) : (last > count ? count : last);
    if (first > last) {
        lua_pushliteral(L, "");
    } else {
        lua_pushlstring(L, (const char *)value.start + first - 1, (size_t)(last - first + 1));
    }
    return 1;
}

/// A big-endian number of `width` bytes at a 1-based position of the value; nil if it does not lie within.
static int get_big_endian(lua_State *L, size_t width) {
    clua_bytes value = check_message(L)->value;
    size_t position = position_of(L, 2, value.count);
    if (value.count - position < width) {
        lua_pushnil(L);
        return 1;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < width; i++) {
        number = number << 8 | ((const unsigned char *)value.start)[position + i];
    }
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
}

static int get_u16be(lua_State *L) {
    return get_big_endian(L, 2);
}
static int get_u32be(lua_State *L) {
    return get_big_endian(L, 4);
}
static int get_u64be(lua_State *L) {
    return get_big_endian(L, 8);
}

static void push_header_table(lua_State *L, const clua_message *message) {
    lua_createtable(L, 0, message->header_count > 64 ? 64 : (int)message->header_count);
    for (size_t i = 0; i < message->header_count; i++) {
        clua_tick(L);
        push_bytes(L, message->headers[i].name);
        push_bytes(L, message->headers[i].value);
        lua_rawset(L, -3);
    }
}

/// A table with everything, which stays after the call.
static int copy(lua_State *L) {
    const clua_message *message = check_message(L);
    lua_settop(L, 1);
    lua_createtable(L, 0, FIELD_COUNT);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].field == FIELD_HEADERS) {
            push_header_table(L, message);
        } else {
            push_field(L, message, fields[i].field);
        }
        lua_setfield(L, 2, fields[i].name);
    }
    return 1;
}

static int describe(lua_State *L) {
    const view *shown = lua_touserdata(L, 1);
    if (shown->message == NULL) {
        lua_pushliteral(L, "message (gone)");
        return 1;
    }
    const clua_message *message = shown->message;
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    luaL_addstring(&text, "message of ");
    luaL_addlstring(&text, message->topic.start == NULL ? "?" : message->topic.start,
        message->topic.start == NULL ? 1 : message->topic.count);
    if (message->offset >= 0) {
        lua_pushfstring(L, "-%I at %I", (lua_Integer)message->partition, (lua_Integer)message->offset);
        luaL_addvalue(&text);
    }
    lua_pushfstring(L, " (%I bytes)", (lua_Integer)message->value.count);
    luaL_addvalue(&text);
    luaL_pushresult(&text);
    return 1;
}

// --- msg.headers

/// The message behind the header view at index 1.
static const clua_message *check_headers(lua_State *L) {
    if (!has_metatable(L, 1, clua_vm_of(L)->headers_metatable)) {
        luaL_error(L, "headers:all needs the headers before it: call it with ':'");
    }
    lua_getiuservalue(L, 1, 1);
    const view *shown = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return message_of(L, shown);
}

/// `headers:all(name)`: every value of a name that is given more than once, in order.
static int all_headers(lua_State *L) {
    const clua_message *message = check_headers(L);
    size_t bytes;
    const char *name = luaL_checklstring(L, 2, &bytes);
    lua_newtable(L);
    lua_Integer count = 0;
    for (size_t i = 0; i < message->header_count; i++) {
        clua_tick(L);
        clua_header header = message->headers[i];
        if (header.name.count == bytes && memcmp(header.name.start, name, bytes) == 0) {
            count += 1;
            if (header.value.start == NULL) {
                clua_push_null(L);
            } else {
                push_bytes(L, header.value);
            }
            lua_rawseti(L, -2, count);
        }
    }
    return 1;
}

static int index_headers(lua_State *L) {
    const clua_message *message = check_headers(L);
    if (lua_type(L, 2) != LUA_TSTRING) {
        lua_pushnil(L);
        return 1;
    }
    size_t bytes;
    const char *name = lua_tolstring(L, 2, &bytes);
    const clua_header *header = find_header(message, name, bytes);
    if (header != NULL) {
        push_bytes(L, header->value);
    } else if (bytes == 3 && memcmp(name, "all", 3) == 0) {
        lua_pushcfunction(L, all_headers);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int next_header(lua_State *L) {
    lua_settop(L, 2);
    return lua_next(L, 1) ? 2 : 1;
}

static int pairs_of_headers(lua_State *L) {
    push_header_table(L, check_headers(L));
    lua_pushcfunction(L, next_header);
    lua_insert(L, -2);
    lua_pushnil(L);
    return 3;
}

void clua_open_messages(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"header", get_header}, {"json", get_json},     {"hash", get_hash},     {"byte", get_byte},
        {"slice", get_slice},   {"u16be", get_u16be},   {"u32be", get_u32be},   {"u64be", get_u64be},
        {"copy", copy},         {NULL, NULL},
    };
    clua_vm *vm = clua_vm_of(L);
    lua_createtable(L, 0, 5);
    lua_createtable(L, 0, FIELD_COUNT + sizeof methods / sizeof *methods);
    luaL_setfuncs(L, methods, 0);
    for (int i = 0; i < FIELD_COUNT; i++) {
        lua_pushinteger(L, fields[i].field);
        lua_setfield(L, -2, fields[i].name);
    }
    lua_pushcclosure(L, index_message, 1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_assignment);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, describe);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "platform.Message");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    vm->message_metatable = luaL_ref(L, LUA_REGISTRYINDEX);

    static const luaL_Reg header_methods[] = {
        {"__index", index_headers}, {"__newindex", refuse_assignment}, {"__pairs", pairs_of_headers}, {NULL, NULL},
    };
    lua_createtable(L, 0, 5);
    luaL_setfuncs(L, header_methods, 0);
    lua_pushliteral(L, "platform.Headers");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    vm->headers_metatable = luaL_ref(L, LUA_REGISTRYINDEX);
}

void clua_push_view(lua_State *L) {
    view *made = lua_newuserdatauv(L, sizeof *made, 0);
    made->message = NULL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_vm_of(L)->message_metatable);
    lua_setmetatable(L, -2);
}

void clua_view_show(lua_State *L, int index, const clua_message *message) {
    view *shown = lua_touserdata(L, index);
    shown->message = message;
}

/// Copies `bytes` to `*to`, which goes behind them.
static clua_bytes keep(char **to, clua_bytes bytes) {
    if (bytes.start == NULL) {
        return bytes;
    }
    clua_bytes kept = {.start = *to, .count = bytes.count};
    memcpy(*to, bytes.start, bytes.count);
    *to += bytes.count;
    return kept;
}

void clua_push_message(lua_State *L, const clua_message *message) {
    // One block: the view, the message, its headers, all bytes.
    size_t headers_bytes = message->header_count * sizeof(clua_header);
    size_t bytes = message->topic.count + message->key.count + message->value.count + message->id.count +
        message->producer.count;
    for (size_t i = 0; i < message->header_count; i++) {
        bytes += message->headers[i].name.count + message->headers[i].value.count;
    }
    view *made = lua_newuserdatauv(L, sizeof *made + sizeof *message + headers_bytes + bytes, 0);
    clua_message *copied = (clua_message *)(made + 1);
    clua_header *headers = (clua_header *)(copied + 1);
    char *to = (char *)headers + headers_bytes;
    *copied = *message;
    copied->topic = keep(&to, message->topic);
    copied->key = keep(&to, message->key);
    copied->value = keep(&to, message->value);
    copied->id = keep(&to, message->id);
    copied->producer = keep(&to, message->producer);
    for (size_t i = 0; i < message->header_count; i++) {
        headers[i].name = keep(&to, message->headers[i].name);
        headers[i].value = keep(&to, message->headers[i].value);
    }
    copied->headers = headers;
    made->message = copied;
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_vm_of(L)->message_metatable);
    lua_setmetatable(L, -2);
}

const clua_message *clua_view_message(lua_State *L, int index) {
    if (!has_metatable(L, index, clua_vm_of(L)->message_metatable)) {
        return NULL;
    }
    const view *shown = lua_touserdata(L, index);
    return shown->message;
}

clua_selection clua_select(
    lua_State *L, const clua_selector *selector, const clua_message *message, int64_t partition_count,
    int64_t *partition, clua_status *status, uint32_t point, clua_budget budget) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, selector->function);
    lua_rawgeti(L, LUA_REGISTRYINDEX, selector->view);
    view *shown = lua_touserdata(L, -1);
    shown->message = message;
    lua_pushinteger(L, partition_count);
    lua_rawgeti(L, LUA_REGISTRYINDEX, selector->configuration);
    *status = clua_call(L, 3, 1, point, budget);
    shown->message = NULL;
    if (*status != CLUA_OK) {
        return CLUA_SELECTION_FAILED;
    }
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return CLUA_UNDECIDED;
    }
    int is_integer = 0;
    int64_t selected = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_integer) : 0;
    if (!is_integer || selected < 0 || selected >= partition_count) {
        size_t bytes;
        const char *text = clua_push_description(L, -1, &bytes);
        lua_pushfstring(
            L, "select returned %s (%s): it has to be an integer from 0 to %I, or nil", text, luaL_typename(L, -2),
            (lua_Integer)(partition_count - 1));
        lua_replace(L, -3);
        lua_pop(L, 1);
        *status = CLUA_ERROR;
        return CLUA_SELECTION_FAILED;
    }
    lua_pop(L, 1);
    *partition = selected;
    return CLUA_SELECTED;
}
