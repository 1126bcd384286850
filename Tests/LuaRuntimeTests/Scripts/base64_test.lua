-- RFC 4648, sections 4, 5 and 10, and what a decoder has to refuse.

local function refused(text, what)
    local value, message = base64.decode(text)
    if value ~= nil or type(message) ~= "string" or not message:find(what, 1, true) then
        error(string.format("%q: got %s, %s", text, value, message), 2)
    end
end

local function random_bytes(n)
    local all = {}
    for i = 1, n do all[i] = string.char(math.random(0, 255)) end
    return table.concat(all)
end

local vectors = {
    [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy",
}

return {
    ["the vectors of RFC 4648"] = function()
        for plain, text in pairs(vectors) do
            assert(base64.encode(plain) == text, plain)
            assert(base64.decode(text) == plain, text)
        end
    end,

    ["padding is written unless switched off, and need not be read"] = function()
        for plain, text in pairs(vectors) do
            local bare = text:gsub("=", "")
            assert(base64.encode(plain, { pad = false }) == bare, plain)
            assert(base64.encode(plain, { pad = true }) == text, plain)
            assert(base64.decode(bare) == plain, bare)
        end
    end,

    ["both alphabets"] = function()
        assert(base64.encode("\xfb\xef\xff") == "++//")
        assert(base64.encode("\xfb\xef\xff", { url = true }) == "--__")
        assert(base64.encode("\xff", { url = true }) == "_w==")
        assert(base64.encode("\xff", { url = true, pad = false }) == "_w")
        assert(base64.encode("\xff", { url = false }) == "/w==")
        assert(base64.decode("++//") == "\xfb\xef\xff")
        assert(base64.decode("--__") == "\xfb\xef\xff")
        assert(base64.decode("+-/_") == "\xfb\xef\xff")
    end,

    ["all bytes of every length come back"] = function()
        math.randomseed(64)
        for n = 0, 300 do
            local plain = random_bytes(n)
            for _, options in ipairs { {}, { url = true }, { pad = false }, { url = true, pad = false } } do
                assert(base64.decode(base64.encode(plain, options)) == plain, n)
            end
        end
    end,

    ["long strings come back, whatever the window"] = function()
        local plain = random_bytes(1000):rep(50)
        for n = #plain - 5, #plain do
            local text = base64.encode(plain:sub(1, n))
            assert(#text == (n + 2) // 3 * 4)
            assert(base64.decode(text) == plain:sub(1, n))
        end
    end,

    ["a byte outside of the alphabet is named, by its position"] = function()
        refused("Zm9v!mFy", "byte 5 ('!')")
        refused("Zm9vYmF*", "byte 8 ('*')")
        refused("Zm9vY\n", "byte 6 (0x0a)")
        refused(" Zm9v", "byte 1 (0x20)")
        refused("Zm9v\0", "byte 5 (0x00)")
        refused("Zm9\xff", "byte 4 (0xff)")
        refused(("Zm9v"):rep(10000) .. "Z.9v" .. "Zm9v", "byte 40002 ('.')")
    end,

    ["no other byte is in the alphabet"] = function()
        local count = 0
        for b = 0, 255 do
            if base64.decode("AA" .. string.char(b) .. "A") then count = count + 1 end
        end
        assert(count == 66)
    end,

    ["padding has to be right if it is there"] = function()
        refused("Zg=", "byte 3")
        refused("Zm8==", "byte 4")
        refused("Zm9v=", "byte 5")
        refused("Zm9v====", "byte 5")
        refused("=", "byte 1")
        refused("====", "byte 1")
        refused("Z===", "byte 2")
        refused("Zg==Zg==", "byte 3")
        refused("Z=g=", "byte 2")
    end,

    ["a text that is cut off, or that has bits too many, is refused"] = function()
        refused("Z", "byte 1")
        refused("Zm9vY", "byte 5")
        -- Zg is 0x66; its second digit has four bits beyond the byte, and Zm8's third has two.
        refused("Zh==", "byte 2 has bits set")
        refused("Zh", "byte 2 has bits set")
        refused("Zm9=", "byte 3 has bits set")
    end,

    ["options are checked"] = function()
        local ok, message = pcall(base64.encode, "x", { ulr = true })
        assert(not ok and message:find("unknown option 'ulr'", 1, true), message)
        ok, message = pcall(base64.encode, "x", { url = 1 })
        assert(not ok and message:find("'url' has to be true or false, got number", 1, true), message)
        ok, message = pcall(base64.encode, "x", { true })
        assert(not ok and message:find("unknown option 'number'", 1, true), message)
        assert(not pcall(base64.encode, "x", "url"))
        assert(not pcall(base64.encode))
        assert(not pcall(base64.decode, {}))
    end,
}
