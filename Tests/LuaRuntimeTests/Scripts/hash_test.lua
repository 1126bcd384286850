-- Published vectors of each algorithm, and the lengths at which their loops change.

local function bytes(first, last)
    local all = {}
    for b = first, last, first <= last and 1 or -1 do all[#all + 1] = string.char(b) end
    return table.concat(all)
end

local function expect(value, expected, what)
    if value ~= expected or math.type(value) ~= "integer" then
        error(string.format("%s: got %s, expected %s", what, value, expected), 2)
    end
end

-- The input of xxHash's own sanity check: 32-bit state that is squared, its top byte each.
local function xxh_sanity(n)
    local state, all = 2654435761, {}
    for i = 1, n do
        all[i] = string.char(state >> 24)
        state = state * state & 0xffffffff
    end
    return table.concat(all)
end

-- Signed, as Kafka's Java client tests them (UtilsTest.testMurmur2).
local murmur2_vectors = {
    ["21"] = -973932308,
    ["foobar"] = -790332482,
    ["a-little-bit-long-string"] = -985981536,
    ["a-little-bit-longer-string"] = -1486304829,
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"] = -58897971,
    ["abc"] = 479470107,
    [""] = 275646681,
    [string.char(12, 42, 56, 24, 109, 111)] = 274204207,
}

return {
    ["crc32 is that of IEEE 802.3"] = function()
        expect(hash.crc32(""), 0, "empty")
        expect(hash.crc32("123456789"), 0xcbf43926, "check value")
        expect(hash.crc32("The quick brown fox jumps over the lazy dog"), 0x414fa339, "fox")
    end,

    ["crc32c is that of RFC 3720 B.4"] = function()
        expect(hash.crc32c(""), 0, "empty")
        expect(hash.crc32c("123456789"), 0xe3069283, "check value")
        expect(hash.crc32c(("\0"):rep(32)), 0x8a9136aa, "zeros")
        expect(hash.crc32c(("\xff"):rep(32)), 0x62a8ab43, "ones")
        expect(hash.crc32c(bytes(0, 31)), 0x46dd794e, "ascending")
        expect(hash.crc32c(bytes(31, 0)), 0x113fdb5c, "descending")
    end,

    ["checksums agree with a bitwise one at every length around the window"] = function()
        local function bitwise(s, polynomial)
            local crc = 0xffffffff
            for i = 1, #s do
                crc = crc ~ s:byte(i)
                for _ = 1, 8 do crc = crc >> 1 ~ (crc & 1) * polynomial end
            end
            return crc ~ 0xffffffff
        end
        local text = xxh_sanity(80)
        for n = 0, #text do
            expect(hash.crc32(text:sub(1, n)), bitwise(text:sub(1, n), 0xedb88320), "crc32 of " .. n)
            expect(hash.crc32c(text:sub(1, n)), bitwise(text:sub(1, n), 0x82f63b78), "crc32c of " .. n)
        end
        for n = 16383, 16385 do
            local long = text:rep(210):sub(1, n)
            expect(hash.crc32(long), bitwise(long, 0xedb88320), "crc32 of " .. n)
        end
    end,

    ["fnv1a has the published values"] = function()
        expect(hash.fnv1a(""), 0xcbf29ce484222325, "empty")
        expect(hash.fnv1a("a"), 0xaf63dc4c8601ec8c, "a")
        expect(hash.fnv1a("foobar"), 0x85944171f73967e8, "foobar")
        local text, expected = xxh_sanity(101):rep(170), 0xcbf29ce484222325
        for i = 1, #text do expected = (expected ~ text:byte(i)) * 0x100000001b3 end
        expect(hash.fnv1a(text), expected, "longer than a window")
    end,

    ["murmur2 is Kafka's, unsigned"] = function()
        for text, signed in pairs(murmur2_vectors) do
            expect(hash.murmur2(text), signed & 0xffffffff, text)
        end
    end,

    ["murmur2 goes through windows as through one piece"] = function()
        local function plain(s)
            local m, h = 0x5bd1e995, 0x9747b28c ~ #s
            for i = 1, #s - 3, 4 do
                local k = string.unpack("<I4", s, i) * m & 0xffffffff
                k = (k ~ k >> 24) * m & 0xffffffff
                h = h * m & 0xffffffff ~ k
            end
            local rest = #s % 4
            if rest > 0 then
                h = (h ~ string.unpack("<I" .. rest, s, #s - rest + 1)) * m & 0xffffffff
            end
            h = (h ~ h >> 13) * m & 0xffffffff
            return h ~ h >> 15
        end
        local text = xxh_sanity(101):rep(330)
        for _, n in ipairs { 0, 1, 2, 3, 4, 5, 7, 8, 16380, 16383, 16384, 16385, 16387, 16388, 32771 } do
            expect(hash.murmur2(text:sub(1, n)), plain(text:sub(1, n)), n .. " bytes")
        end
    end,

    ["partition is where Kafka's default partitioner sends a key"] = function()
        for text, signed in pairs(murmur2_vectors) do
            for _, count in ipairs { 1, 2, 3, 12, 1000, 2147483647 } do
                expect(hash.partition(text, count), (signed & 0x7fffffff) % count, text)
            end
        end
        expect(hash.partition("foobar", 10), 6, "foobar of 10")
    end,

    ["partition refuses impossible counts"] = function()
        for _, count in ipairs { 0, -1, 2147483648, math.mininteger } do
            local ok, message = pcall(hash.partition, "k", count)
            assert(not ok and message:find("1 to 2147483647, got " .. count, 1, true), message)
        end
        assert(not pcall(hash.partition, "k"))
        assert(not pcall(hash.partition, "k", 1.5))
    end,

    ["xxh64 passes xxHash's sanity check"] = function()
        local prime = 2654435761
        expect(hash.xxh64(""), 0xef46db3751d8e999, "empty")
        expect(hash.xxh64("", prime), 0xac75fda2929b17ef, "empty, seed")
        expect(hash.xxh64("abc"), 0x44bc2cf5ad770999, "abc")
        local expected = {
            [1] = { 0x4fce394cc88952d8, 0x739840cb819fa723 },
            [4] = { 0x9256e58aa397aef1, 0x09d5ffdfb928ab4b },
            [8] = { 0xf74cb1451b32b8cf, 0x9c44b77fbcc302c5 },
            [14] = { 0xcffa8db881bc3a3d, 0x5b9611585efcc9cb },
            [32] = { 0xaf5753d39159edee, 0xdcab9233b8ca7b0f },
            [101] = { 0x0eab543384f878ad, 0xcaa65939306f1e21 },
        }
        for n, pair in pairs(expected) do
            expect(hash.xxh64(xxh_sanity(n)), pair[1], n .. " bytes")
            expect(hash.xxh64(xxh_sanity(n), 0), pair[1], n .. " bytes, seed 0")
            expect(hash.xxh64(xxh_sanity(n), prime), pair[2], n .. " bytes, seed")
        end
    end,

    ["xxh64 goes through windows as through one piece"] = function()
        local P1, P2, P3 = 0x9e3779b185ebca87, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9
        local P4 = 0x85ebca77c2b2ae63
        local function rotate(x, n) return x << n | x >> 64 - n end
        local function round(a, lane) return rotate(a + lane * P2, 31) * P1 end
        local text = xxh_sanity(96):rep(400)
        local a = { P1 + P2, P2, 0, -P1 }
        for i = 1, #text, 32 do
            local lanes = { string.unpack("<i8i8i8i8", text, i) }
            for k = 1, 4 do a[k] = round(a[k], lanes[k]) end
        end
        local h = rotate(a[1], 1) + rotate(a[2], 7) + rotate(a[3], 12) + rotate(a[4], 18)
        for k = 1, 4 do h = (h ~ round(0, a[k])) * P1 + P4 end
        h = h + #text
        h = (h ~ h >> 33) * P2
        h = (h ~ h >> 29) * P3
        expect(hash.xxh64(text), h ~ h >> 32, "38400 bytes")
    end,

    ["siphash has the values of its authors' test vectors"] = function()
        local key = bytes(0, 15)
        local expected = {
            [0] = 0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
            0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
            0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
            0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
            0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794,
        }
        for n = 0, 17 do
            expect(hash.siphash(n == 0 and "" or bytes(0, n - 1), key), expected[n], n .. " bytes")
        end
        expect(hash.siphash(bytes(0, 31), key), 0x7127512f72f27cce, "32 bytes")
        expect(hash.siphash("", ("\0"):rep(16)), 0x1e924b9d737700d7, "key of zeros")
    end,

    ["siphash of long input depends on every byte and on the key"] = function()
        local key, text = bytes(1, 16), ("x"):rep(40000)
        local seen = {}
        for _, i in ipairs { 1, 8, 9, 16384, 16385, 39999, 40000 } do
            local changed = text:sub(1, i - 1) .. "y" .. text:sub(i + 1)
            seen[hash.siphash(changed, key)] = true
        end
        seen[hash.siphash(text, key)] = true
        seen[hash.siphash(text, bytes(2, 17))] = true
        local count = 0
        for _ in pairs(seen) do count = count + 1 end
        expect(count, 9, "distinct hashes")
    end,

    ["siphash refuses a key of another size"] = function()
        for _, n in ipairs { 0, 15, 17 } do
            local ok, message = pcall(hash.siphash, "x", ("k"):rep(n))
            assert(not ok and message:find("16 bytes expected, got " .. n .. " bytes", 1, true), message)
        end
    end,

    ["anything but a string is refused"] = function()
        for name, f in pairs(hash) do
            for _, value in ipairs { true, {}, error } do
                local ok, message = pcall(f, value, 1)
                assert(not ok and message:find("bad argument #1", 1, true), name)
            end
        end
    end,
}
