-- RFC 4648, section 8.

local function refused(text, what)
    local value, message = hex.decode(text)
    if value ~= nil or type(message) ~= "string" or not message:find(what, 1, true) then
        error(string.format("%q: got %s, %s", text, value, message), 2)
    end
end

return {
    ["encodes in lower case"] = function()
        assert(hex.encode("") == "")
        assert(hex.encode("\0\x01\x9a\xfF") == "00019aff")
        assert(hex.encode("Lua") == "4c7561")
    end,

    ["decodes either case"] = function()
        assert(hex.decode("") == "")
        assert(hex.decode("00019aff") == "\0\x01\x9a\xff")
        assert(hex.decode("00019AfF") == "\0\x01\x9a\xff")
    end,

    ["every byte comes back"] = function()
        for b = 0, 255 do
            local plain = string.char(b)
            assert(hex.encode(plain) == string.format("%02x", b))
            assert(hex.decode(string.format("%02X", b)) == plain)
        end
    end,

    ["long strings come back, whatever the window"] = function()
        local plain = ("\x01\x23\x45\x67\x89\xab\xcd\xef!"):rep(7000)
        local text = hex.encode(plain)
        assert(#text == 2 * #plain)
        assert(hex.decode(text) == plain)
    end,

    ["no other byte is a digit"] = function()
        local count = 0
        for b = 0, 255 do
            if hex.decode("0" .. string.char(b)) then count = count + 1 end
        end
        assert(count == 22)
    end,

    ["a byte that is no digit is named, by its position"] = function()
        refused("0g", "byte 2 ('g')")
        refused("g0", "byte 1 ('g')")
        refused("00 0", "byte 3 (0x20)")
        refused("0x12", "byte 2 ('x')")
        refused("00z", "byte 3 ('z')")
        refused(("00"):rep(20000) .. "0\xff", "byte 40002 (0xff)")
    end,

    ["half a byte is refused"] = function()
        refused("0", "byte 1 is a single digit")
        refused("00f", "byte 3 is a single digit")
    end,

    ["anything but a string is refused"] = function()
        assert(not pcall(hex.encode))
        assert(not pcall(hex.encode, {}))
        assert(not pcall(hex.decode, true))
    end,
}
