// What the files of `csv` share: the parser's state.
//
//     buffer   ...consumed...│ row being scanned             │ slack
//                            0      field   position         end
//                            ▲ `row`: offsets below count from here

#ifndef CLUASHIM_CSV_H
#define CLUASHIM_CSV_H

#include "vm.h"

enum {
    /// Some 10 microseconds of scanning.
    WINDOW_BYTES = 32768,
    /// Readable bytes after the input: find_special reads words.
    SLACK_BYTES = 8,
    BUFFER_BYTES_MIN = 4096,
    /// Fields of one row, and names of one record.
    FIELD_COUNT_MAX = 65536,
    INLINE_SPAN_COUNT = 64,
};

/// Where one field lies in its row: [start, end). Without its quotes.
typedef struct clua_csv_span {
    uint32_t start;
    uint32_t end : 31;
    /// Holds doubled quotes.
    uint32_t is_escaped : 1;
} clua_csv_span;

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

typedef struct clua_csv_parser {
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
    /// Its fields up to there.
    clua_csv_span *spans;
    uint32_t span_count;
    uint32_t span_capacity;

    /// Of the row's first byte; lines count from 1.
    lua_Integer line;
    /// Line ends before `position`, and before the opening quote of the field.
    lua_Integer inner_line_count;
    lua_Integer quote_line_count;
    /// Whether the row has a line end.
    bool has_line_end;
    /// That of the row last answered; 0 is none.
    lua_Integer answered_line;

    // What next_record compiled names and types into.
    const void *given_names;
    const void *given_types;
    uint32_t name_count;
    /// Of each column.
    uint8_t *kinds;

    clua_csv_span inline_spans[INLINE_SPAN_COUNT];
} clua_csv_parser;

/// Why a row is refused: at which byte of it, after how many of its line ends.
typedef struct clua_csv_problem {
    const char *text;
    size_t offset;
    lua_Integer line_count;
    /// The limit that was reached, or 0.
    size_t row_bytes_max;
} clua_csv_problem;

typedef enum clua_csv_outcome {
    OUTCOME_ROW,
    OUTCOME_NEEDS_INPUT,
    OUTCOME_PROBLEM,
} clua_csv_outcome;

typedef struct clua_csv_dialect {
    uint8_t separator;
    uint8_t quote;
    const char *line_end;
} clua_csv_dialect;

// --- csv_scanning.c

/// Gets to the end of the next row, if the input has it. Can be called again without anything having been consumed.
clua_csv_outcome clua_csv_advance(lua_State *L, clua_csv_parser *p, clua_csv_problem *why);
/// The row has been dealt with: the next begins at `position`.
void clua_csv_consume_row(clua_csv_parser *p);

// --- csv.c

/// The parser that is the first argument of a method; the metatable is the method's first upvalue.
clua_csv_parser *clua_csv_check_parser(lua_State *L);
/// Pushes a field's text.
void clua_csv_push_field(lua_State *L, const clua_csv_parser *p, clua_csv_span span);
/// Answers false, the message on top of the stack, and the row's line, and has the row consumed.
int clua_csv_answer_refusal(lua_State *L, clua_csv_parser *p);
/// As `clua_csv_answer_refusal`, for a row that breaks the format: goes on at the line after that of the problem.
int clua_csv_answer_problem(lua_State *L, clua_csv_parser *p, const clua_csv_problem *why);
/// nil: more input is needed, or there is none.
int clua_csv_answer_nothing(lua_State *L, clua_csv_parser *p);
/// Reads the table of options at index `argument`, by raw access; an option of another name is a mistake.
clua_csv_dialect clua_csv_check_dialect(lua_State *L, int argument, bool is_for_writing);

// --- csv_records.c, csv_writing.c

/// `parser:next_record(names [, types])`
int clua_csv_next_record(lua_State *L);
/// `csv.format(row [, options])`
int clua_csv_format(lua_State *L);

#endif
