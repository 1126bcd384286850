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
    end,
}
