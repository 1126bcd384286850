local function fails(message, f, ...)
    local ok, err = pcall(f, ...)
    assert(not ok, "it did not fail")
    assert(tostring(err):find(message, 1, true), tostring(err))
end

local function sorted(t, less)
    for i = 2, #t do
        if less and less(t[i], t[i - 1]) or not less and t[i] < t[i - 1] then return false end
    end
    return true
end

return {
    ["sort orders anything"] = function()
        for count = 0, 200, 7 do
            local shapes = {
                function(i) return i end, function(i) return -i end, function() return 1 end,
                function(i) return i % 7 end, function() return math.random(1000) end,
            }
            for _, shape in ipairs(shapes) do
                local t = {}
                for i = 1, count do t[i] = shape(i) end
                table.sort(t)
                assert(#t == count and sorted(t))
                local function more(a, b) return a > b end
                table.sort(t, more)
                assert(#t == count and sorted(t, more))
            end
        end
        local words = { "b", "a", "C" }
        table.sort(words)
        assert(table.concat(words) == "Cab")
    end,

    ["an order that contradicts itself ends"] = function()
        for count = 0, 100 do
            local t = {}
            for i = 1, count do t[i] = i end
            table.sort(t, function() return true end)
            assert(#t == count)
            local flip = false
            table.sort(t, function() flip = not flip return flip end)
            table.sort(t)
            for i = 1, count do assert(t[i] == i) end
        end
        fails("attempt to compare", table.sort, { 1, "x", 2 })
        fails("no order", table.sort, { 3, 2, 1 }, function() error("no order") end)
    end,

    ["no input makes sort quadratic"] = function()
        -- McIlroy's adversary ("A Killer Adversary for Quicksort", 1999): settles each comparison so as to help least.
        local count, solid, candidate = 3000, 0, 0
        local compared = 0
        local value, t = {}, {}
        for i = 1, count do t[i], value[i] = i, count end
        table.sort(t, function(a, b)
            compared = compared + 1
            if value[a] == count and value[b] == count then
                value[a == candidate and a or b] = solid
                solid = solid + 1
            end
            if value[a] == count then candidate = a elseif value[b] == count then candidate = b end
            return value[a] < value[b]
        end)
        assert(compared < 6 * count * math.log(count, 2), compared)
        for i = 2, count do assert(value[t[i - 1]] <= value[t[i]]) end
        -- Two runs, one up, one down: usual, and no worse than any other.
        compared = 0
        for i = 1, count do t[i] = i < count / 2 and i or count - i end
        table.sort(t, function(a, b) compared = compared + 1 return a < b end)
        assert(compared < 1.5 * count * math.log(count, 2), compared)
    end,

    ["an order that fails loses no element"] = function()
        for stop = 1, 300, 7 do
            local t, has = {}, {}
            for i = 1, 60 do t[i] = i * 37 % 61 end
            local compared = 0
            pcall(table.sort, t, function(a, b)
                compared = compared + 1
                return compared == stop and error("no order") or a < b
            end)
            for i = 1, 60 do has[t[i]] = true end
            for i = 1, 60 do assert(has[i * 37 % 61], stop) end
        end
    end,

    ["insert, remove, move, pack, unpack, concat"] = function()
        local t = { 1, 2, 3 }
        table.insert(t, 4)
        table.insert(t, 1, 0)
        assert(table.concat(t, ",") == "0,1,2,3,4")
        assert(table.remove(t) == 4 and table.remove(t, 1) == 0 and table.concat(t, ",") == "1,2,3")
        assert(table.remove({}) == nil)
        assert(table.concat(table.move({ 1, 2, 3 }, 1, 3, 2), ",") == "1,1,2,3")
        assert(table.concat(table.move({ 1, 2, 3 }, 2, 3, 1), ",") == "2,3,3")
        assert(table.pack(1, nil, 3).n == 3)
        assert(select("#", table.unpack({ 1, nil, 3 }, 1, 3)) == 3)
        assert(table.concat({ 1, 2.5, "x" }, "-") == "1-2.5-x")
        assert(table.concat({}, "-", 1, 0) == "")
        assert(table.concat({ 1, 2, 3 }, ",", math.maxinteger, math.maxinteger - 1) == "")
    end,

    ["wrong arguments are named"] = function()
        fails("position out of bounds", table.insert, { 1 }, 5, "x")
        fails("position out of bounds", table.remove, { 1 }, 5)
        fails("position out of bounds", table.remove, {}, -1)
        assert(table.remove({ 7 }, 1) == 7 and table.remove({ 7 }, 2) == nil and table.remove({}, 0) == nil)
        fails("table expected, got number", table.concat, 5)
        fails("table expected, got no value", table.sort)
        fails("table expected, got nil", table.insert, nil, 1)
        fails("table expected, got string", table.insert, "abc", 1)
        fails("array too big", table.sort, setmetatable({}, { __len = function() return math.maxinteger end }))
        fails("object length is not an integer", table.concat, setmetatable({}, { __len = function() return "x" end }))
        fails("wrong number of arguments", table.insert, { 1 }, 1, 2, 3)
        fails("invalid value (a table) at index 2", table.concat, { 1, {} })
        fails("too many results to unpack", table.unpack, {}, 1, 1e8)
        fails("too many elements to move", table.move, {}, math.mininteger, math.maxinteger, 1)
        fails("wrap around", table.move, {}, 1, 10, math.maxinteger)
    end,

    ["metamethods are respected"] = function()
        local log = {}
        local proxy = setmetatable({}, {
            __len = function() return 3 end,
            __index = function(_, i) log[#log + 1] = i return i * 10 end,
        })
        assert(table.concat(proxy, ",") == "10,20,30")
        assert(select(3, table.unpack(proxy)) == 30)
        assert(table.concat(log, ",") == "1,2,3,1,2,3")

        local store = { 3, 1, 2 }
        local shown = setmetatable({}, {
            __len = function() return #store end, __index = store,
            __newindex = function(_, i, value) store[i] = value end,
        })
        table.insert(shown, 5)
        table.insert(shown, 1, 9)
        table.sort(shown)
        assert(table.concat(store, ",") == "1,2,3,5,9" and next(shown) == nil)
        assert(table.remove(shown, 1) == 1 and table.remove(shown) == 9 and table.concat(shown, ",") == "2,3,5")
        assert(table.concat(table.move(shown, 1, 3, 2), ",") == "2,2,3,5")
        assert(table.concat(table.move(shown, 1, 2, 1, {}), ",") == "2,2" and next(shown) == nil)
    end,

    ["strings have a limit of length"] = function()
        local mebibyte = ("x"):rep(1 << 20)
        local endless = setmetatable({}, { __index = function() return mebibyte end })
        fails("longer than the limit", table.concat, endless, "", 1, math.maxinteger)
        assert(#table.concat(endless, "", 1, 8) == 8 << 20)
        -- There is no separator behind the last element.
        assert(#table.concat({ ("x"):rep((8 << 20) - 2), "y" }, "-") == 8 << 20)
    end,

    ["what ends at the greatest integer ends"] = function()
        local last = math.maxinteger
        assert(table.concat({ [last] = "x", [last - 1] = "y" }, ",", last - 1, last) == "y,x")
        assert(select("#", table.unpack({}, last - 1, last)) == 2)
        assert(table.move({ [last] = "x" }, last, last, 1)[1] == "x")
        assert(table.move({ "x" }, 1, 1, last)[last] == "x")
    end,
}
