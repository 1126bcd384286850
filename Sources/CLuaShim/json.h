// What JSON's decoder, encoder and paths share.

#ifndef CLUASHIM_JSON_H
#define CLUASHIM_JSON_H

#include "vm.h"

enum { CLUA_JSON_DEPTH = 64, CLUA_JSON_DEPTH_MAX = 1000 };

/// What becomes of integers that 64 bits cannot hold.
typedef enum clua_json_big { CLUA_JSON_BIG_ERROR, CLUA_JSON_BIG_STRING, CLUA_JSON_BIG_FLOAT } clua_json_big;

/// Reads JSON text (RFC 8259) from `at`.
typedef struct clua_json_reader {
    lua_State *L;
    const char *start;
    const char *end;
    const char *at;
    int depth_max;
    clua_json_big big;
    uint32_t step_count;
} clua_json_reader;

/// Raises "json: … at line 1, column 5". Does not return.
int clua_json_fail(clua_json_reader *reader, const char *at, const char *what);
void clua_json_skip_space(clua_json_reader *reader);
/// Pushes the value at the cursor, which goes behind it.
void clua_json_push_value(clua_json_reader *reader, int depth);
/// Pushes the string at the cursor.
void clua_json_push_string(clua_json_reader *reader);

/// Sets the marker of arrays on the table at the top.
void clua_mark_top_as_array(lua_State *L);

/// Bytes of the UTF-8 sequence of two or more bytes (RFC 3629) at `p`, 0 if there is none.
size_t clua_utf8_sequence_bytes(const unsigned char *p, const unsigned char *end);

int clua_json_encode(lua_State *L);

#endif
