local function fails(message, f, ...)
    local ok, err = pcall(f, ...)
    assert(not ok, "it did not fail")
    assert(tostring(err):find(message, 1, true), tostring(err))
end

local function roundtrip(text)
    local encoded = json.encode(json.decode(text))
    assert(encoded == text, text .. " became " .. encoded)
end

return {
    ["integers of 64 bits survive"] = function()
        for _, text in ipairs { "0", "-1", "9223372036854775807", "-9223372036854775808", "15947634569000323" } do
            roundtrip(text)
            assert(math.type(json.decode(text)) == "integer")
        end
    end,

    ["floats stay floats"] = function()
        for _, text in ipairs { "1.0", "-0.5", "0.1", "1e+300", "3.141592653589793", "1e-07" } do
            roundtrip(text)
            assert(math.type(json.decode(text)) == "float")
        end
        assert(json.encode(2 ^ 53) == "9007199254740992.0")
        assert(json.decode("1E2") == 100.0)
    end,

    ["integers beyond 64 bits are an error unless asked for"] = function()
        fails("integer beyond 64 bits", json.decode, "[9223372036854775808]")
        fails("integer beyond 64 bits", json.decode, "-9223372036854775809")
        assert(json.decode("18446744073709551615", { big = "string" }) == "18446744073709551615")
        assert(json.decode("18446744073709551615", { big = "float" }) == 2.0 ^ 64)
        fails("invalid option", json.decode, "1", { big = "lost" })
    end,

    ["empty arrays, empty objects and nulls survive"] = function()
        for _, text in ipairs { "[]", "{}", "null", "[null,1,null]", '{"a":[]}', '{"a":null}', "[[],[[]],{}]" } do
            roundtrip(text)
        end
        assert(json.decode("null") == json.null)
        assert(json.is_array(json.decode("[]")) and not json.is_array(json.decode("{}")))
        assert(json.encode {} == "{}" and json.encode(json.array {}) == "[]" and json.encode { 1, 2 } == "[1,2]")
        assert(json.encode(nil) == "null")
    end,

    ["strings are escaped and unescaped"] = function()
        assert(json.decode [["a\"\\\/\b\f\n\r\t\u00e4\u20ac\ud83d\ude00"]] == "a\"\\/\b\f\n\r\t\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")
        assert(json.encode("a\"\\\b\f\n\r\t\0\x1f\xC3\xA4") == [["a\"\\\b\f\n\r\t\u0000\u001f]] .. "\xC3\xA4\"")
        fails("half of a surrogate pair", json.decode, [["\ud83d"]])
        fails("half of a surrogate pair", json.decode, [["\ude00"]])
        fails("half of a surrogate pair", json.decode, [["\ud83d\u0041"]])
        fails("no such escape", json.decode, [["\x"]])
        fails("four hexadecimal digits", json.decode, [["\u12g4"]])
        fails("control character", json.decode, '"a\nb"')
        fails("string without end", json.decode, '"abc')
        fails("not UTF-8 cannot be encoded (at list[2].name)", json.encode, { list = { 1, { name = "\xff" } } })
        fails("not UTF-8", json.encode, "\xed\xa0\x80")
        fails("not UTF-8", json.encode, "\xc0\x80")
    end,

    ["errors of decoding say where"] = function()
        fails("a value expected at the end of the text (line 1, column 1)", json.decode, "")
        fails("',' or '}' expected at line 2, column 3: 'x'", json.decode, '{"a":1\n  x')
        fails("text after the value at line 1, column 3: '2'", json.decode, "1 2")
        fails("a key in quotes expected", json.decode, "{a:1}")
        fails("a key in quotes expected", json.decode, '{"a":1,}')
        fails("a value expected", json.decode, "[1,]")
        fails("must not begin with 0", json.decode, "01")
        fails("digits expected after the point", json.decode, "1.")
        fails("digits expected in the exponent", json.decode, "1e")
        fails("a value expected", json.decode, "nul")
        fails("a value expected", json.decode, "+1")
        fails("nesting deeper than 64", json.decode, ("["):rep(65) .. ("]"):rep(65))
        assert(json.decode(("["):rep(65) .. ("]"):rep(65), { max_depth = 65 }))
    end,

    ["what JSON cannot say is an error of encoding"] = function()
        fails("NaN cannot be encoded (at the top)", json.encode, 0 / 0)
        fails("an infinite number cannot be encoded (at x)", json.encode, { x = math.huge })
        fails("a function cannot be encoded (at f)", json.encode, { f = print or error })
        fails("a table with holes", json.encode, { 1, nil, 3, nil, nil, 6 })
        fails("a table with holes", json.encode, { [5] = 1 })
        fails("both positions and names", json.encode, { 1, x = 2 })
        fails("keys that are no strings", json.encode, { [true] = 1 })
        local t = {}
        t.t = t
        fails("nested deeper than 64, or in itself", json.encode, t)
    end,

    ["keys can be sorted and the text be made pretty"] = function()
        assert(json.encode({ b = 1, a = { d = 1, c = 2 } }, { sort_keys = true }) == '{"a":{"c":2,"d":1},"b":1}')
        assert(json.encode({ a = { 1, 2 } }, { pretty = true }) == '{\n  "a": [\n    1,\n    2\n  ]\n}')
        assert(json.encode({}, { pretty = true, sort_keys = true }) == "{}")
    end,

    ["a path reads one value"] = function()
        local text = [==[ {"a": {"b": [10, {"c": "x"}, []]}, "a.b": 5, "skip": {"deep": ["]", "}\""]}, "\u0061a": 7, "n": null} ]==]
        assert(json.get(text, "a.b[0]") == 10)
        assert(json.get(text, "a.b[1].c") == "x")
        assert(#json.get(text, "a.b[2]") == 0)
        assert(json.get(text, '["a.b"]') == 5)
        assert(json.get(text, "aa") == 7)
        assert(json.get(text, "n") == json.null)
        assert(json.get(text, "nosuch") == nil)
        assert(json.get(text, "a.b[3]") == nil)
        assert(json.get(text, "a.b.c") == nil)
        assert(json.get(text, "")["n"] == json.null)
        fails("a name is empty", json.get, text, "a..b")
        fails("an index from 0", json.get, text, "a[x]")
        fails("a value expected", json.get, "", "a.b[0]" and "")
        fails("':' expected", json.get, '{"a" 1}', "a")
        -- Bytes that begin no value end the search: a zero byte once did not.
        for _, byte in ipairs { "\0", "\xff", "=", "+" } do
            fails("a value expected", json.get, '{"b":[1,' .. byte .. '],"a":1}', "a")
        end
    end,

    ["later keys win over earlier ones"] = function()
        assert(json.decode('{"a":1,"a":2}').a == 2)
    end,
}
