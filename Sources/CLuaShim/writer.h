// Bytes that are written piece by piece while Lua values are read: growing them may raise, and then nothing leaks.

#ifndef CLUASHIM_WRITER_H
#define CLUASHIM_WRITER_H

#include <string.h>

#include "vm.h"

/// Small results stay on the C stack; larger ones are in a userdata at stack index `slot`.
typedef struct clua_writer {
    lua_State *L;
    char *bytes;
    size_t count;
    size_t capacity;
    int slot;
    char small[512];
} clua_writer;

/// Takes the next stack slot.
static inline void clua_writer_begin(clua_writer *writer, lua_State *L) {
    lua_pushnil(L);
    writer->L = L;
    writer->bytes = writer->small;
    writer->count = 0;
    writer->capacity = sizeof writer->small;
    writer->slot = lua_gettop(L);
}

/// Makes room for `more` bytes. Raises if that is more than a string may have.
static inline void clua_writer_reserve(clua_writer *writer, size_t more) {
    if (writer->capacity - writer->count >= more) {
        return;
    }
    clua_check_string_bytes(writer->L, (uint64_t)writer->count + more);
    size_t doubled = writer->capacity * 2;
    size_t capacity = doubled > writer->count + more ? doubled : writer->count + more;
    char *bytes = lua_newuserdatauv(writer->L, capacity, 0);
    memcpy(bytes, writer->bytes, writer->count);
    writer->bytes = bytes;
    writer->capacity = capacity;
    lua_replace(writer->L, writer->slot);
}

static inline void clua_writer_add(clua_writer *writer, const void *bytes, size_t count) {
    clua_writer_reserve(writer, count);
    memcpy(writer->bytes + writer->count, bytes, count);
    writer->count += count;
}

/// Pushes what was written; 1.
static inline int clua_writer_push(clua_writer *writer) {
    lua_pushlstring(writer->L, writer->bytes, writer->count);
    return 1;
}

#endif
