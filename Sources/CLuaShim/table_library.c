// The table library. Its loops run over ranges that a script names, or that a `__len` makes up, and call no instruction
// in between that a hook could stop: each looks at the budget itself.

#include <limits.h>

#include "vm.h"

enum { INSERTION_SORT_COUNT_MAX = 12, LONG_RANGE_COUNT_MIN = 100 };

/// What a function does with an argument: what is no table has to have the metamethods for it.
enum { READS = 1, WRITES = 2, MEASURES = 4 };

static void check_table(lua_State *L, int index, int uses) {
    if (lua_type(L, index) == LUA_TTABLE) {
        return;
    }
    static const char *const metamethods[] = {"__index", "__newindex", "__len"};
    bool has_all = lua_getmetatable(L, index) != 0;
    for (int i = 0; has_all && i < 3; i++) {
        if ((uses >> i & 1) != 0) {
            lua_pushstring(L, metamethods[i]);
            has_all = lua_rawget(L, -2) != LUA_TNIL;
            lua_pop(L, 1);
        }
    }
    if (!has_all) {
        luaL_checktype(L, index, LUA_TTABLE);
    }
    lua_pop(L, 1);
}

static lua_Integer length_of(lua_State *L, int uses) {
    check_table(L, 1, uses | MEASURES);
    return luaL_len(L, 1);
}

static int concat(lua_State *L) {
    lua_Integer last = length_of(L, READS);
    size_t separator_bytes;
    const char *separator = luaL_optlstring(L, 2, "", &separator_bytes);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    uint64_t total = 0;
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (; i <= last; i++) {
        clua_tick(L);
        lua_geti(L, 1, i);
        if (!lua_isstring(L, -1)) {
            return luaL_error(
                L, "invalid value (a %s) at index %I in table for 'concat'", luaL_typename(L, -1), i);
        }
        size_t bytes;
        lua_tolstring(L, -1, &bytes);
        total += bytes + (i < last ? separator_bytes : 0);
        clua_check_string_bytes(L, total);
        luaL_addvalue(&buffer);
        if (i == last) {
            break;  // Also keeps `i` from overflowing.
        }
        luaL_addlstring(&buffer, separator, separator_bytes);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int insert(lua_State *L) {
    lua_Integer end = (lua_Integer)((lua_Unsigned)length_of(L, READS | WRITES) + 1);
    lua_Integer position = end;
    switch (lua_gettop(L)) {
    case 2:
        break;
    case 3:
        position = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)position - 1 < (lua_Unsigned)end, 2, "position out of bounds");
        for (lua_Integer i = end; i > position; i--) {
            clua_tick(L);
            lua_geti(L, 1, i - 1);
            lua_seti(L, 1, i);
        }
        break;
    default:
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, position);
    return 0;
}

static int remove_element(lua_State *L) {
    lua_Integer length = length_of(L, READS | WRITES);
    lua_Integer position = luaL_optinteger(L, 2, length);
    if (!lua_isnoneornil(L, 2)) {
        // From 1 to just behind the end; the length itself also where it is 0 or negative.
        luaL_argcheck(
            L, position == length || (lua_Unsigned)position - 1 <= (lua_Unsigned)length, 2, "position out of bounds");
    }
    lua_geti(L, 1, position);
    for (; position < length; position++) {
        clua_tick(L);
        lua_geti(L, 1, position + 1);
        lua_seti(L, 1, position);
    }
    lua_pushnil(L);
    lua_seti(L, 1, position);
    return 1;
}

static int move(lua_State *L) {
    lua_Integer first = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    check_table(L, 1, READS);
    check_table(L, target, WRITES);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
        lua_Integer count = last - first + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        // Backwards where the ranges overlap and forwards would overwrite what is still to be read.
        bool is_backwards = to > first && to <= last && (target == 1 || lua_compare(L, 1, target, LUA_OPEQ));
        for (lua_Integer i = 0; i < count; i++) {
            lua_Integer at = is_backwards ? count - 1 - i : i;
            clua_tick(L);
            lua_geti(L, 1, first + at);
            lua_seti(L, target, to + at);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

static int pack(lua_State *L) {
    int count = lua_gettop(L);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; i--) {
        clua_tick(L);
        lua_seti(L, 1, i);
    }
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

static int unpack(lua_State *L) {
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
    if (first > last) {
        return 0;
    }
    lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
    if (count >= INT_MAX || !lua_checkstack(L, (int)count + 1)) {
        return luaL_error(L, "too many results to unpack");
    }
    for (lua_Unsigned i = 0; i <= count; i++) {
        clua_tick(L);
        lua_geti(L, 1, (lua_Integer)((lua_Unsigned)first + i));
    }
    return (int)count + 1;
}

// --- sort: quicksort that turns to heapsort where it degenerates. An order function that contradicts itself leads to
// some order, as every index is checked. Elements are only ever exchanged once the order function has returned: where
// it raises, the table still has them all.

/// Whether the value at stack index `a` goes before that at `b`.
static bool is_less(lua_State *L, int a, int b) {
    clua_tick(L);
    if (lua_isnil(L, 2)) {
        return lua_compare(L, a, b, LUA_OPLT);
    }
    a = lua_absindex(L, a);
    b = lua_absindex(L, b);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a);
    lua_pushvalue(L, b);
    lua_call(L, 2, 1);
    bool result = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return result;
}

/// Sets elements `i` and `j` to the two values on top, `i` to the upper one, and pops both.
static void set_pair(lua_State *L, lua_Integer i, lua_Integer j) {
    lua_seti(L, 1, i);
    lua_seti(L, 1, j);
}

/// Swaps elements `i` < `j` if they are in the wrong order.
static void order_pair(lua_State *L, lua_Integer i, lua_Integer j) {
    lua_geti(L, 1, i);
    lua_geti(L, 1, j);
    if (is_less(L, -1, -2)) {
        set_pair(L, i, j);
    } else {
        lua_pop(L, 2);
    }
}

/// Binary insertion: few comparisons, as those may be calls, and none once an element has been moved.
static void insertion_sort(lua_State *L, lua_Integer first, lua_Integer last) {
    for (lua_Integer i = first + 1; i <= last; i++) {
        lua_geti(L, 1, i);
        // It goes to a place from `low` to `high`. Where it stands is tried first: much is in order already.
        lua_Integer low = first;
        lua_Integer high = i;
        for (lua_Integer tried = i - 1; low < high; tried = low + (high - low) / 2) {
            lua_geti(L, 1, tried);
            if (is_less(L, -2, -1)) {
                high = tried;
            } else {
                low = tried + 1;
            }
            lua_pop(L, 1);
        }
        if (low == i) {
            lua_pop(L, 1);
            continue;
        }
        for (lua_Integer at = i; at > low; at--) {
            lua_geti(L, 1, at - 1);
            lua_seti(L, 1, at);
        }
        lua_seti(L, 1, low);
    }
}

/// Moves the element at `root` (0-based within the range) down to where it belongs in a heap of `count`.
static void sift_down(lua_State *L, lua_Integer first, lua_Integer root, lua_Integer count) {
    for (lua_Integer child; (child = 2 * root + 1) < count; root = child) {
        lua_geti(L, 1, first + root);
        lua_geti(L, 1, first + child);
        if (child + 1 < count) {
            lua_geti(L, 1, first + child + 1);
            if (is_less(L, -2, -1)) {
                lua_remove(L, -2);
                child++;
            } else {
                lua_pop(L, 1);
            }
        }
        // Stack: element, its greater child.
        if (!is_less(L, -2, -1)) {
            lua_pop(L, 2);
            return;
        }
        set_pair(L, first + root, first + child);
    }
}

static void heap_sort(lua_State *L, lua_Integer first, lua_Integer last) {
    lua_Integer count = last - first + 1;
    for (lua_Integer root = count / 2 - 1; root >= 0; root--) {
        sift_down(L, first, root, count);
    }
    for (lua_Integer end = count - 1; end > 0; end--) {
        lua_geti(L, 1, first);
        lua_geti(L, 1, first + end);
        set_pair(L, first, first + end);
        sift_down(L, first, 0, end);
    }
}

static void sort_range(lua_State *L, lua_Integer first, lua_Integer last, int splits_left) {
    while (last - first >= INSERTION_SORT_COUNT_MAX) {
        if (splits_left-- == 0) {
            heap_sort(L, first, last);
            return;
        }
        // The median of three; far from the ends in a long range, where rising and falling runs meet.
        lua_Integer margin = last - first < LONG_RANGE_COUNT_MIN ? 0 : (last - first) / 4;
        lua_Integer middle = first + (last - first) / 2;
        order_pair(L, first + margin, middle);
        order_pair(L, middle, last - margin);
        order_pair(L, first + margin, middle);
        lua_geti(L, 1, middle);
        lua_Integer i = first;
        lua_Integer j = last;
        for (;;) {
            for (;; i++) {
                lua_geti(L, 1, i);
                if (i >= last || !is_less(L, -1, -2)) {
                    break;
                }
                lua_pop(L, 1);
            }
            for (;; j--) {
                lua_geti(L, 1, j);
                if (j <= first || !is_less(L, -3, -1)) {
                    break;
                }
                lua_pop(L, 1);
            }
            // Stack: pivot, element i, element j.
            if (i >= j) {
                lua_pop(L, 2);
                break;
            }
            set_pair(L, i, j);
            i++;
            j--;
        }
        lua_pop(L, 1);
        // Elements up to j go before those from i on; the smaller part is sorted by recursion, so that it stays flat.
        if (j - first < last - i) {
            sort_range(L, first, j, splits_left);
            first = i > first ? i : first + 1;
        } else {
            sort_range(L, i, last, splits_left);
            last = j < last ? j : last - 1;
        }
    }
    insertion_sort(L, first, last);
}

static int sort(lua_State *L) {
    lua_Integer count = length_of(L, READS | WRITES);
    if (count < 2) {
        return 0;
    }
    luaL_argcheck(L, count < INT_MAX, 1, "array too big");
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TFUNCTION);
    }
    lua_settop(L, 2);
    luaL_checkstack(L, 16, "");
    int splits = 4;
    for (lua_Integer n = count; n > 1; n >>= 1) {
        splits += 2;
    }
    sort_range(L, 1, count, splits);
    return 0;
}

int clua_open_table(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"concat", concat}, {"insert", insert}, {"move", move},     {"pack", pack},
        {"remove", remove_element}, {"sort", sort}, {"unpack", unpack}, {NULL, NULL},
    };
    luaL_newlib(L, functions);
    return 1;
}
