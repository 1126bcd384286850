local function fails(message, f, ...)
    local ok, err = pcall(f, ...)
    assert(not ok, "it did not fail")
    assert(tostring(err):find(message, 1, true), tostring(err))
end

local function check(value, digits)
    local bytes = msgpack.encode(value)
    assert(hex.encode(bytes) == digits, hex.encode(bytes))
    local decoded, position = msgpack.decode(bytes)
    assert(position == #bytes + 1)
    return decoded
end

return {
    ["integers take their shortest form"] = function()
        for digits, value in pairs {
            ["00"] = 0, ["7f"] = 127, ["cc80"] = 128, ["ccff"] = 255, ["cd0100"] = 256, ["cdffff"] = 65535,
            ["ce00010000"] = 65536, ["ceffffffff"] = 4294967295, ["cf0000000100000000"] = 4294967296,
            ["cf7fffffffffffffff"] = math.maxinteger, ["ff"] = -1, ["e0"] = -32, ["d0df"] = -33, ["d080"] = -128,
            ["d1ff7f"] = -129, ["d18000"] = -32768, ["d2ffff7fff"] = -32769, ["d280000000"] = -2147483648,
            ["d3ffffffff7fffffff"] = -2147483649, ["d38000000000000000"] = math.mininteger,
        } do
            local decoded = check(value, digits)
            assert(decoded == value and math.type(decoded) == "integer")
        end
        fails("beyond 2^63 - 1 at byte 1", msgpack.decode, hex.decode("cf8000000000000000"))
    end,

    ["other scalars"] = function()
        assert(check(msgpack.null, "c0") == msgpack.null and check(nil, "c0") == msgpack.null)
        assert(check(true, "c3") == true and check(false, "c2") == false)
        assert(check(1.5, "cb3ff8000000000000") == 1.5)
        assert(msgpack.decode(hex.decode("ca3fc00000")) == 1.5)
        assert(check("a", "a161") == "a")
        assert(check("\xff", "c401ff") == "\xff")
        assert(check(msgpack.bin("a"), "c40161") == "a")
        assert(#msgpack.encode(("x"):rep(31)) == 32 and #msgpack.encode(("x"):rep(32)) == 34)
        assert(#msgpack.encode(("x"):rep(256)) == 259 and #msgpack.encode(("x"):rep(65536)) == 65541)
    end,

    ["arrays and maps"] = function()
        assert(check({ 1, 2 }, "920102")[2] == 2)
        assert(json.is_array(check(json.array {}, "90")))
        assert(next(check({}, "80")) == nil)
        assert(check({ a = 1 }, "81a16101").a == 1)
        assert(check({ [5] = 1 }, "810501")[5] == 1)
        assert(check({ [true] = { 1 } }, "81c39101")[true][1] == 1)
        local list = {}
        for i = 1, 70000 do list[i] = i end
        local decoded = msgpack.decode(msgpack.encode(list))
        assert(#decoded == 70000 and decoded[70000] == 70000)
    end,

    ["extensions"] = function()
        local ext = check(msgpack.ext(-1, "abcd"), "d6ff61626364")
        assert(ext.type == -1 and ext.data == "abcd")
        check(ext, "d6ff61626364")
        check(msgpack.ext(5, "abc"), "c70305616263")
        fails("from -128 to 127", msgpack.encode, msgpack.ext(128, ""))
    end,

    ["hostile input is an error"] = function()
        for _, digits in ipairs { "", "c1", "a2", "a261", "cd01", "ddffffffff", "dfffffffff", "dbffffffff", "c9ffffffff05", "9101ff" } do
            local ok, err = pcall(msgpack.decode, hex.decode(digits))
            assert(ok == (digits == "9101ff"), digits)
            assert(ok or err:find("msgpack:", 1, true))
        end
        fails("nesting deeper than 64", msgpack.decode, ("\x91"):rep(1000))
        fails("NaN as a key", msgpack.decode, hex.decode("81cb7ff800000000000001"))
        fails("position out of bounds", msgpack.decode, "x", 3)
        local t = {}
        t.t = t
        fails("nested deeper than 64, or in itself", msgpack.encode, t)
        fails("a function cannot be encoded", msgpack.encode, { error })
    end,

    ["values follow one another"] = function()
        local bytes = msgpack.encode(1) .. msgpack.encode("x")
        local first, second = msgpack.decode(bytes)
        assert(first == 1 and msgpack.decode(bytes, second) == "x")
    end,
}
