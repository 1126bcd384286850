local function fails(message, f, ...)
    local ok, err = pcall(f, ...)
    assert(not ok, "it did not fail")
    assert(tostring(err):find(message, 1, true), tostring(err))
end

return {
    ["patterns match as the manual says"] = function()
        assert(("hello world"):find("o w") == 5)
        assert(("hello"):find("l+") == 3)
        assert(("a.b"):find(".", 1, true) == 2)
        assert(("key = value"):match("^(%w+)%s*=%s*(%w+)$") == "key")
        assert(("f(a(b)c)d"):match("%b()") == "(a(b)c)")
        assert(("THE (quick) fox"):find("%f[%a]%a+%f[%A]") == 1)
        assert(("aXbX"):gsub("X", "%%") == "a%b%")
        assert(("abc"):gsub("%w", "%0%0") == "aabbcc")
        assert(("abc"):gsub("", "-") == "-a-b-c-")
        assert(("hello world"):gsub("o", { o = "0" }) == "hell0 w0rld")
        assert(("abab"):match("(a)(b)%1%2") == "a")
        assert(("  x"):match("^()%s*()") == 1)
        assert(("[]]"):find("[]]") == 2)
        assert(("a-b"):match("[a%-]+") == "a-")
        local words = {}
        for word in ("one two three"):gmatch("%a+") do words[#words + 1] = word end
        assert(#words == 3 and words[3] == "three")
    end,

    ["find and match begin where they are told to"] = function()
        assert(("abcabc"):find("b", 3) == 5 and ("abcabc"):find("b", -2) == 5 and ("abcabc"):find("b", -100) == 2)
        assert(("abc"):find("", 4) == 4 and ("abc"):find("", 5) == nil and ("abc"):find("", math.maxinteger) == nil)
        assert(("abc"):match("^b", 2) == "b" and ("abc"):match("()", 3) == 3)
        assert(("a.c"):find(".c", 1, true) == 2 and ("a%c"):find("%", 1, true) == 2)
        local from, to, first, second = ("key=value"):find("(%w+)=()")
        assert(from == 1 and to == 4 and first == "key" and second == 5)
    end,

    ["long subjects are searched whole"] = function()
        for _, bytes in ipairs({ 1023, 1024, 1025, 8191, 8192, 8193, 65535, 65536, 65537, 200000 }) do
            local text = ("a"):rep(bytes)
            assert((text .. "bc"):find("bc", 1, true) == bytes + 1)
            assert((text .. "bc"):find("b+c") == bytes + 1 and (text .. "bc"):find("[bc]c") == bytes + 1)
            assert((text .. "b"):match("^a*()b") == bytes + 1)
            assert(text:find(text .. "b", 1, true) == nil and (text .. "b"):find("ab", 1, true) == bytes)
            assert(("Ab"):rep(bytes):upper() == ("AB"):rep(bytes) and ("Ab"):rep(bytes):lower() == ("ab"):rep(bytes))
            assert((text .. "b"):reverse() == "b" .. text)
            assert(#("ab"):rep(bytes, ",") == 3 * bytes - 1 and ("ab"):rep(bytes, ","):sub(-5) == "ab,ab")
        end
    end,

    ["gmatch gives each match once"] = function()
        local function all(...)
            local found = {}
            for match in string.gmatch(...) do found[#found + 1] = tostring(match) end
            return table.concat(found, "|")
        end
        assert(all("abc", "%w*") == "abc" and all("a,b", "%w*") == "a|b")
        assert(all("abc", "()") == "1|2|3|4" and all("abc", "()", 3) == "3|4" and all("abc", ".", -1) == "c")
        assert(all("abc", ".", 5) == "" and all("^a^a", "^a") == "^a|^a")
    end,

    ["gsub replaces by strings, tables and functions"] = function()
        assert(("abc"):gsub("b", { b = false }) == "abc" and ("abc"):gsub("b", function() end) == "abc")
        local text, count = ("a b c"):gsub("%a", "<%0>", 2)
        assert(text == "<a> <b> c" and count == 2)
        assert(("abc"):gsub("^a", "") == "bc" and ("aaa"):gsub("^a", "") == "aa" and ("abc"):gsub("b*", "-") == "-a-c-")
        assert(("x=1,y=2"):gsub("(%w)=(%w)", "%2=%1") == "1=x,2=y" and ("ab"):gsub("()", "%1") == "1a2b3")
        assert(("ab"):gsub("%w", { a = 1, b = 2.5 }) == "12.5")
        assert(("ab"):gsub("(a)(b)", function(a, b) return b .. a end) == "ba")
        assert(("ab"):gsub("a", setmetatable({}, { __index = function(_, key) return key .. key end })) == "aab")
        assert(("abc"):gsub("b", "%%1") == "a%1c" and select(2, ("abc"):gsub("", "")) == 4)
        fails("invalid use of '%'", string.gsub, "a", "a", "%x")
        local co = coroutine.create(function() return ("a"):gsub("a", coroutine.yield) end)
        local ok, err = coroutine.resume(co)
        assert(not ok and err:find("yield", 1, true), err)
    end,

    ["what is malformed is an error once matching comes to it"] = function()
        assert(("b"):find("a[") == nil and ("b"):find("a%1") == nil and ("b"):match("a)") == nil)
        assert(("a"):gsub("(a", "b") == "b", "an open capture that nothing asks for")
        fails("missing ']'", string.gmatch("b", "[b"))
    end,

    ["sets end at the bracket that Lua ends them at"] = function()
        assert(("]"):find("[]]") == 1 and ("a]"):find("[^]]") == 1 and ("-"):find("[a-]") == 1)
        assert(("]x"):match("[%]]x") == "]x" and ("^"):find("[%^]") == 1)
        fails("missing ']'", string.find, "a", "[!-%]")
        assert(("]"):find("[!-%]]") == 1)
        assert(("a\0b"):find("%z") == 2 and ("a\0b"):find("[%z]b") == 2 and ("\0a"):find("%Z") == 2)
    end,

    ["a byte that may be absent costs no depth"] = function()
        assert(("b"):rep(10):find(("a*"):rep(1000)) == 1)
        assert(("a"):rep(10):find(("a*"):rep(1000)) == 1)
    end,

    ["format makes what liblua's makes, however long"] = function()
        assert(("%s=%d %5.1f|%-4s|%q"):format("k", 7, 2.25, "ab", "a\n\0001") == "k=7   2.2|ab  |\"a\\\n\\0001\"")
        local object = setmetatable({}, { __tostring = function() return "object" end })
        assert(("%s%.2s%8s"):format(object, object, object) == "objectob  object")
        local values = {}
        for i = 1, 250 do values[i] = i end
        assert(("%d,"):rep(250):format(table.unpack(values)) == table.concat(values, ",") .. ",")
        assert(("%%"):rep(100000):format() == ("%"):rep(100000))
        for _, unit in ipairs({ "\1", "\0001", "\n", '"', "\\", "x", "\200", "\r9" }) do
            local text = unit:rep(70000)
            assert(load("return " .. ("%q"):format(text))() == text)
            assert(#("x%q%s"):format(text, "yz") == #("%q"):format(text) + 3)
        end
        fails("number expected", string.format, "%d", "x")
        fails("no value", string.format, "%d")
        fails("no value", string.format, ("%d"):rep(250), table.unpack(values, 1, 249))
        local mute = setmetatable({}, { __tostring = function() end })
        fails("'__tostring' must return a string", string.format, "%s", mute)
    end,

    ["malformed patterns are errors"] = function()
        fails("missing ']'", string.find, "a", "[a")
        fails("ends with '%'", string.find, "a", "%")
        fails("missing arguments to '%b'", string.find, "a", "%b")
        fails("unfinished capture", string.find, "a", "(a")
        fails("invalid pattern capture", string.match, "a", "a)")
        fails("invalid capture index %1", string.find, "a", "%1")
        fails("invalid capture index %2 in replacement", string.gsub, "a", "a", "%2")
        fails("too many captures", string.find, "a", ("()"):rep(33))
        fails("pattern too complex", string.find, ("a"):rep(300), ("a?"):rep(300))
    end,

    ["a search has a limit of steps"] = function()
        fails("make it more specific", string.find, ("a"):rep(5000), ".-b")
    end,

    ["strings have a limit of length"] = function()
        fails("longer than the limit", string.rep, "x", 1 << 40)
        fails("longer than the limit", string.rep, "x", math.maxinteger)
        fails("longer than the limit", string.rep, "", math.maxinteger, ",")
        fails("longer than the limit", string.gsub, ("a"):rep(1 << 20), "a", ("b"):rep(100))
        local mebibyte = ("x"):rep(1 << 20)
        fails("longer than the limit", string.format, "%s%s%s%s%s%s%s%s%s", mebibyte, mebibyte, mebibyte, mebibyte,
            mebibyte, mebibyte, mebibyte, mebibyte, mebibyte)
        fails("longer than the limit", string.format, "%q", ("\1"):rep(4 << 20) .. "9")
        fails("longer than the limit", string.pack, "c1000000000", "")
        fails("longer than the limit", string.pack, "s4s4s4s4s4s4s4s4s4", mebibyte, mebibyte, mebibyte, mebibyte,
            mebibyte, mebibyte, mebibyte, mebibyte, mebibyte)
        fails("a format of", string.packsize, ("B"):rep(2 << 20))
        assert(#string.format("%s%.3s", mebibyte, ("y"):rep(8 << 20)) == (1 << 20) + 3)
        assert(string.unpack("<I4", string.pack("<I4", 7)) == 7 and string.packsize("<i4i8") == 12)
        assert(string.rep("", math.maxinteger) == "")
        assert(("ab"):rep(3, "-") == "ab-ab-ab")
        assert(("ab"):rep(-1) == "")
    end,

    ["callbacks of gsub may fail"] = function()
        fails("callback", string.gsub, "abc", "b", function() error("callback") end)
        fails("invalid replacement value (a table)", string.gsub, "abc", "b", function() return {} end)
    end,

    ["there is no bytecode, and strings' metatable is closed"] = function()
        assert(string.dump == nil)
        assert(getmetatable("") == false)
        assert(("x"):upper() == "X")
    end,
}
