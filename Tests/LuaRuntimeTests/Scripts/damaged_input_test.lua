-- Damaged JSON and MessagePack: decoding gives a value or raises, and what it gives can be encoded and decoded again.

local texts = {
    '{"a":[1,2.5,-3e10,null,true,false,"x\\u00e4\\ud83d\\ude00\\n"],"b":{"c":{}},"d":[]}',
    "[9223372036854775807,-9223372036854775808,0.1]",
    '"\\"\\\\"',
    '{"customer":{"id":"c-1","orders":[{"n":1},{"n":2}]}}',
}
local paths = { "a[0]", "b.c", "customer.orders[1].n", "customer.id", "d[5]", '["a"][6]', "a.b..c", "[x", "", "a[" }

local function damage(bytes)
    for _ = 1, math.random(0, 4) do
        local at, kind = math.random(1, #bytes + 1), math.random(4)
        local byte = string.char(math.random(0, 255))
        if kind == 1 then
            bytes = bytes:sub(1, at - 1) .. byte .. bytes:sub(at)
        elseif kind == 2 then
            bytes = bytes:sub(1, at - 1) .. bytes:sub(at + 1)
        elseif kind == 3 then
            bytes = bytes:sub(1, at - 1) .. byte .. bytes:sub(at + 1)
        else
            bytes = bytes:sub(1, at - 1) .. bytes:sub(at // 2 + 1, at) .. bytes:sub(at)
        end
    end
    return bytes
end

local function each_seed(body)
    for seed = 1, 5000 do
        math.randomseed(seed)
        local ok, message = pcall(body)
        if not ok then error("seed " .. seed .. ": " .. tostring(message)) end
    end
end

return {
    ["JSON"] = function()
        local decoded_count = 0
        each_seed(function()
            local text = damage(texts[math.random(#texts)])
            pcall(json.get, text, paths[math.random(#paths)])
            local ok, value = pcall(json.decode, text)
            if not ok then
                assert(value:find("json:", 1, true), value)
                return
            end
            decoded_count = decoded_count + 1
            local sorted = { sort_keys = true }
            local is_utf8, encoded = pcall(json.encode, value, sorted)
            assert(not is_utf8 or json.encode(json.decode(encoded), sorted) == encoded)
        end)
        assert(decoded_count > 500)
    end,

    ["MessagePack"] = function()
        local decoded_count = 0
        each_seed(function()
            local bytes = damage(msgpack.encode(json.decode(texts[math.random(#texts)])))
            local ok, value = pcall(msgpack.decode, bytes)
            if not ok then
                assert(value:find("msgpack:", 1, true), value)
                return
            end
            decoded_count = decoded_count + 1
            local encoded = msgpack.encode(value)
            assert(#msgpack.encode((msgpack.decode(encoded))) == #encoded)
        end)
        assert(decoded_count > 500)
    end,
}
