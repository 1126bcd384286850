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
        fails("plugins.limits.pattern-steps", string.find, ("a"):rep(5000), ".-b")
    end,

    ["strings have a limit of length"] = function()
        fails("longer than the limit", string.rep, "x", 1 << 40)
        fails("longer than the limit", string.rep, "x", math.maxinteger)
        fails("longer than the limit", string.rep, "", math.maxinteger, ",")
        fails("longer than the limit", string.gsub, ("a"):rep(1 << 20), "a", ("b"):rep(100))
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
