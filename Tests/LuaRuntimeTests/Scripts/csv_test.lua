-- RFC 4180 and this parser's choices beyond it, errors and how parsing goes on, records, writing; and that no cut of
-- the input changes what is read.

--- Rows as text, one a line: `line: a|b|c`, refusals as `line! message`.
local function transcript(pieces, options, step)
    local parser, out = csv.parser(options), {}
    local function drain()
        while true do
            local row, message, line = step(parser)
            if row == nil then return end
            if row == false then
                assert(line == parser:line())
                out[#out + 1] = line .. "! " .. message
            else
                out[#out + 1] = parser:line() .. ": " .. table.concat(row, "|")
            end
        end
    end
    for _, piece in ipairs(pieces) do
        parser:feed(piece)
        drain()
    end
    parser:finish()
    drain()
    return table.concat(out, "\n")
end

local function next_row(parser) return parser:next() end

local function expect(text, expected, options)
    local found = transcript({ text }, options, next_row)
    if found ~= expected then
        error(string.format("%q gives\n%s\nnot\n%s", text, found, expected), 2)
    end
end

local function fails(message, f, ...)
    local ok, found = pcall(f, ...)
    assert(not ok, "it did not fail")
    assert(found:find(message, 1, true), found)
end

local STRAY = "a quote within a field that does not begin with one; quote the field and double the quote"
local AFTER = "text after a closing quote; a quote within a quoted field has to be doubled"
local NEVER = "a quote that is never closed"

--- The same grammar written down a second time: by searching instead of by states. Gives what `transcript` gives.
local function model(text)
    local out, position, line = {}, 1, 1
    if text:sub(1, 3) == "\xef\xbb\xbf" then position = 4 end
    while position <= #text do
        local fields, at, problem, bad, is_quoted = {}, position, nil, nil, false
        repeat
            local is_last = true
            is_quoted = text:sub(at, at) == '"'
            if is_quoted then
                local close = at
                repeat
                    close = text:find('"', close + 1, true)
                    local is_doubled = close and text:sub(close + 1, close + 1) == '"'
                    if is_doubled then close = close + 1 end
                until not is_doubled
                if not close then
                    problem, bad = NEVER, at
                    break
                end
                fields[#fields + 1] = text:sub(at + 1, close - 1):gsub('""', '"')
                local rest = text:sub(close + 1, close + 2)
                if rest:sub(1, 1) == "," then
                    is_last, at = false, close + 2
                elseif rest == "" or rest:sub(1, 1) == "\n" then
                    at = close + 2
                elseif rest == "\r\n" or rest == "\r" then
                    at = close + 3
                else
                    problem, bad = AFTER, close + 1
                end
            else
                local stop = text:find('[,"\n]', at) or #text + 1
                local what = text:sub(stop, stop)
                if what == '"' then
                    problem, bad = STRAY, stop
                else
                    local field = text:sub(at, stop - 1)
                    fields[#fields + 1] = what == "," and field or field:gsub("\r$", "")
                    is_last, at = what ~= ",", stop + 1
                end
            end
        until is_last
        local after = problem and bad or at
        local before = text:sub(position, after - 1)
        local count = select(2, before:gsub("\n", ""))
        if problem then
            local column = #before:match("[^\n]*$") + 1
            out[#out + 1] = string.format("%d! line %d, column %d: %s", line, line + count, column, problem)
            line = line + count + 1
            position = (text:find("\n", bad, true) or #text) + 1
        else
            if #fields > 1 or fields[1] ~= "" or is_quoted then
                out[#out + 1] = line .. ": " .. table.concat(fields, "|")
            end
            line = line + count
            position = at
        end
    end
    return table.concat(out, "\n")
end

local function random_text(alphabet, n)
    local all = {}
    for i = 1, n do all[i] = alphabet[math.random(#alphabet)] end
    return table.concat(all)
end

--- Cuts a text at random places; some pieces are empty.
local function cut(text)
    local pieces, at = {}, 1
    while at <= #text do
        local n = math.random(0, math.random(1, 12))
        pieces[#pieces + 1] = text:sub(at, at + n - 1)
        at = at + n
    end
    return pieces
end

local function bytes_of(text)
    local all = {}
    for i = 1, #text do all[i] = text:sub(i, i) end
    return all
end

local function record(parser, names, types)
    local found, message, line = parser:next_record(names, types)
    return found, message, line
end

return {
    ["rows end in LF, CRLF or with the input"] = function()
        expect("a,b\nc,d\n", "1: a|b\n2: c|d")
        expect("a,b\r\nc,d\r\n", "1: a|b\n2: c|d")
        expect("a,b\r\nc,d", "1: a|b\n2: c|d")
        expect('a,b\r\nc,"d"', "1: a|b\n2: c|d")
        expect("a,b\r", "1: a|b")
        expect('a,"b"\r', "1: a|b")
        expect("", "")
    end,

    ["empty fields are fields, empty lines are not rows"] = function()
        expect(",\n", "1: |")
        expect("a,,\n", "1: a||")
        expect("a,", "1: a|")
        expect("\n\r\na\n\n\nb\n\n", "3: a\n6: b")
        expect('""\n', "1: ")
        expect('""', "1: ")
        expect("\r", "")
        expect(" \n", "1:  ")
    end,

    ["quoted fields hold separators, line ends and doubled quotes"] = function()
        expect('"a,b","c""d","e\nf"\ng\n', '1: a,b|c"d|e\nf\n3: g')
        expect('"a\r\nb"\r\nc\r\n', "1: a\r\nb\n3: c")
        expect('""""', '1: "')
        expect('"""","",""""""\n', '1: "||""')
        expect('"\n\n\n",x\ny', "1: \n\n\n|x\n5: y")
    end,

    ["a CR that ends no line, and any other byte, is text"] = function()
        expect("a\rb,\rc\r\n", "1: a\rb|\rc")
        expect("a\r\r\n", "1: a\r")
        expect("\0,\xff\xfe,\x7f\n", "1: \0|\xff\xfe|\x7f")
        expect(" a , b \n", "1:  a | b ")
    end,

    ["a byte order mark is dropped, at the start only"] = function()
        expect("\xef\xbb\xbfa,b\n\xef\xbb\xbfc", "1: a|b\n2: \xef\xbb\xbfc")
        expect('\xef\xbb\xbf"a",b\n', "1: a|b")
        expect("\xef\xbb\xbf", "")
        expect("\xef\xbb", "1: \xef\xbb")
        expect("\xef\xbbx\n", "1: \xef\xbbx")
    end,

    ["other separators and quotes"] = function()
        expect("a;b,c;'d;e'\n", "1: a|b,c|d;e", { separator = ";", quote = "'" })
        expect('a\tb"', '1! line 1, column 4: ' .. STRAY, { separator = "\t" })
        expect("a\0b\n", "1: a|b", { separator = "\0" })
    end,

    ["an error names its place, and parsing goes on at the next line"] = function()
        expect('a,b"c\nd\n', "1! line 1, column 4: " .. STRAY .. "\n2: d")
        expect('a\n"b"c,"d\ne\n', "1: a\n2! line 2, column 4: " .. AFTER .. "\n3: e")
        expect('"a"\rb\nc', "1! line 1, column 4: " .. AFTER .. "\n2: c")
        expect('"x\ny"z\nok', "1! line 2, column 3: " .. AFTER .. "\n3: ok")
        expect('"x\ny",u"\nok', "1! line 2, column 5: " .. STRAY .. "\n3: ok")
        expect('a"', "1! line 1, column 2: " .. STRAY)
    end,

    ["a quote that is never closed costs the line that it is on"] = function()
        expect('a,"b\nc,d\n\ne', "1! line 1, column 3: " .. NEVER .. "\n2: c|d\n4: e")
        expect('"a\nb","c\nd', "1! line 2, column 4: " .. NEVER .. "\n3: d")
        expect('"', "1! line 1, column 1: " .. NEVER)
    end,

    ["line is that of the row last answered"] = function()
        local parser = csv.parser():feed('a\n"b\nb"\nx"y\nc')
        assert(parser:line() == nil)
        assert(parser:next()[1] == "a" and parser:line() == 1)
        assert(parser:next()[1] == "b\nb" and parser:line() == 2)
        local row, message, line = parser:next()
        assert(row == false and line == 4 and parser:line() == 4, message)
        assert(parser:next() == nil and parser:line() == 4)
        assert(parser:finish():next()[1] == "c" and parser:line() == 5)
    end,

    ["nil means more input, and then the end"] = function()
        local parser = csv.parser()
        assert(parser:next() == nil)
        parser:feed("a,b")
        assert(parser:next() == nil)
        parser:feed("c\nd")
        local row = parser:next()
        assert(#row == 2 and row[1] == "a" and row[2] == "bc")
        assert(parser:next() == nil)
        parser:finish()
        assert(parser:next()[1] == "d")
        assert(parser:next() == nil and parser:next() == nil)
        fails("feed after finish", parser.feed, parser, "x")
        assert(csv.parser():finish():next() == nil)
    end,

    ["the model and the parser agree, and no cut of the input changes the rows"] = function()
        local alphabets = {
            { "a", ",", "\n", '"' },
            { "a", "b", ",", ",", "\n", '"', '"', '""', "\r", "\r\n" },
            { '"a"', '"b\n"', ",", "\n", '"x""y"', '"', "cd", "\r\n" },
            { "\xef", "\xbb", "\xbf", "\xef\xbb\xbf", ",", "\n", '"' },
            { "abcdefg", "abcdefgh", "abcdefghi", ",", ",", ",", "\n", '"abcdefghijk"' },
        }
        for seed = 1, 3000 do
            math.randomseed(seed)
            local text = random_text(alphabets[seed % #alphabets + 1], math.random(0, 60))
            local expected = model(text)
            local whole = transcript({ text }, nil, next_row)
            if whole ~= expected then
                error(string.format("seed %d: %q gives\n%s\nnot\n%s", seed, text, whole, expected))
            end
            if transcript(bytes_of(text), nil, next_row) ~= expected then
                error(string.format("seed %d: byte by byte, %q gives other rows", seed, text))
            end
            if transcript(cut(text), nil, next_row) ~= expected then
                error(string.format("seed %d: in pieces, %q gives other rows", seed, text))
            end
        end
    end,

    ["long rows in small pieces are gone through once"] = function()
        -- Were each piece to start the row anew, this would take 50 GB of scanning.
        local parser = csv.parser()
        local piece = ("text, with \n lines "):rep(5)
        parser:feed('"')
        for _ = 1, 10000 do
            parser:feed(piece)
            assert(parser:next() == nil)
        end
        parser:feed('"\nz\n')
        assert(parser:next()[1] == piece:rep(10000))
        assert(parser:next()[1] == "z" and parser:line() == 50002)
    end,

    ["rows of many fields"] = function()
        for _, count in ipairs { 63, 64, 65, 128, 129, 1000, 65536 } do
            local parser = csv.parser():feed(("x,"):rep(count - 1) .. "y\nnext\n")
            local row = parser:next()
            assert(#row == count and row[1] == "x" and row[count] == "y")
            assert(parser:next()[1] == "next")
        end
        local parser = csv.parser():feed(("x,"):rep(65536) .. "y\nnext\n")
        local row, message, line = parser:next()
        assert(row == false and line == 1, message)
        assert(message == "line 1, column 131074: the row has more than 65536 fields", message)
        assert(parser:next()[1] == "next")
    end,

    ["a row that is too long is refused, in pieces as in one"] = function()
        local limit = 8 << 20
        local long = ("x"):rep(limit)
        local function check(pieces, expected)
            local found = transcript(pieces, nil, next_row)
            if found ~= expected then
                error(string.format("%s\nnot\n%s", found:sub(1, 300), expected), 2)
            end
        end
        local reason = ": a row may have 8388608 bytes"
        local refusal = "1! line 1, column 8388609: the row is too long" .. reason
        check({ long, "\nnext" }, refusal .. "\n2: next")
        check({ long:sub(2), "x\nnext" }, refusal .. "\n2: next")
        check({ long, "xyz,", "z\n", "next" }, refusal .. "\n2: next")
        local open = '1! line 1, column 3: a quote that is not closed in time' .. reason
        local third = "3! line 3, column 8388609: the row is too long" .. reason
        check({ 'a,"b\nnext\n', long, "\n" }, open .. "\n2: next\n" .. third)
        -- The longest row that is allowed.
        local parser = csv.parser():feed(long:sub(2)):feed("\nnext\n")
        assert(#parser:next()[1] == limit - 1)
        assert(parser:next()[1] == "next")
    end,

    ["what is consumed is dropped"] = function()
        local parser = csv.parser()
        local piece = ("abcdefghi,abcdefghi\n"):rep(3000) .. "abc"
        local before = collectgarbage("count")
        for _ = 1, 500 do
            parser:feed(piece)
            while parser:next() do end
        end
        assert(collectgarbage("count") - before < 4096, "30 MB went through, and more than 4 MB are there")
    end,

    ["records have the names of the columns"] = function()
        local parser = csv.parser():feed('id,name\n1,"a b"\n2,\n')
        local names = parser:next()
        local found = parser:next_record(names)
        assert(found.id == "1" and found.name == "a b" and found[1] == nil)
        found = parser:next_record(names)
        assert(found.id == "2" and found.name == "")
        assert(parser:next_record(names) == nil)
    end,

    ["fields are converted"] = function()
        local types = { i = "integer", n = "number", b = "boolean", s = "string" }
        local function check(field, type, expected)
            local found, message = csv.parser():feed(field .. ",\n"):next_record({ "x", "y" }, { x = type })
            if expected == nil then
                assert(found == false, "accepted as " .. type .. ": " .. field)
                assert(message:find("line 1, column 'x': '", 1, true), message)
            else
                assert(found, message)
                assert(found.x == expected and math.type(found.x) == math.type(expected), field)
            end
        end
        for field, expected in pairs {
            ["0"] = 0, ["-0"] = 0, ["007"] = 7, ["+5"] = 5, ["-12"] = -12,
            ["1234567890123456789"] = 1234567890123456789,
            ["9223372036854775807"] = math.maxinteger, ["-9223372036854775808"] = math.mininteger,
        } do
            check(field, types.i, expected)
        end
        for _, field in ipairs {
            "", "-", "+", " 1", "1 ", "1.0", "1e3", "0x10", "abc", "--1", "9223372036854775808", "-9223372036854775809",
            "18446744073709551616", "18446744073709551615", "99999999999999999999", ("0"):rep(129), "1_000", "١",
        } do
            check(field, types.i, nil)
        end
        for _, field in ipairs {
            "0", "1", "-1", "0.1", "-0.37", "123456.789", "1e3", "1E-3", "1e+22", "1e23", "9007199254740993",
            "179769313486231570000e288", "2.2250738585072014e-308", "5e-324", "1e-400", "12345678901234567890123456789",
            "0.000000000000000000000000123", "3.14159265358979323846", ".5", "5.", "+2.5", "00.5", "8.41e21",
        } do
            check(field, types.n, tonumber(field) + 0.0)
        end
        for _, field in ipairs {
            "", ".", "-", "+", "e5", "1e", "1e+", "1.2.3", "inf", "nan", "-inf", "0x1p4", "1e400", "-1e999999999999",
            " 1", "1 ", "1d", "1.5f", ("1"):rep(129),
        } do
            check(field, types.n, nil)
        end
        for field, expected in pairs { ["true"] = true, TRUE = true, True = true, ["1"] = true } do
            check(field, types.b, expected)
        end
        for field, expected in pairs { ["false"] = false, FALSE = false, ["0"] = false } do
            check(field, types.b, expected)
        end
        for _, field in ipairs { "", "yes", "t", "2", "10", "tru", "truee", "TRU\xc5" } do
            check(field, types.b, nil)
        end
        check("x y", types.s, "x y")
    end,

    ["numbers are those that Lua reads"] = function()
        math.randomseed(7)
        local names, types = { "x" }, { x = "number" }
        local parser = csv.parser()
        for _ = 1, 20000 do
            local value = (math.random() - 0.5) * 10.0 ^ math.random(-30, 30)
            local text = string.format("%." .. math.random(1, 17) .. "g", value)
            local found = parser:feed(text .. "\n"):next_record(names, types)
            assert(found.x == tonumber(text) + 0.0, text)
        end
    end,

    ["a type with '?' takes an empty field as nil"] = function()
        local names = { "i", "n", "b", "s" }
        local types = { i = "integer?", n = "number?", b = "boolean?", s = "string?" }
        local parser = csv.parser():feed(',,,\n1,2,0,x\n"","",,""\nx,,,\n')
        assert(next(parser:next_record(names, types)) == nil)
        local found = parser:next_record(names, types)
        assert(found.i == 1 and found.n == 2.0 and found.b == false and found.s == "x")
        assert(next(parser:next_record(names, types)) == nil)
        assert(parser:next_record(names, types) == false)
    end,

    ["a field that does not convert is named, with its value, and the next row follows"] = function()
        local names, types = { "id", "amount" }, { amount = "integer" }
        local parser = csv.parser():feed('a,1\nb,"1\n2"\nc,' .. ("é"):rep(30) .. "\nd,2\ne\nf,3,4\n")
        assert(record(parser, names, types).amount == 1)
        local found, message, line = record(parser, names, types)
        assert(found == false and line == 2, message)
        assert(message == "line 2, column 'amount': '1?2' is not an integer of 64 bits", message)
        found, message, line = record(parser, names, types)
        assert(found == false and line == 4, message)
        local excerpt = ("é"):rep(20) .. "..."
        assert(message == "line 4, column 'amount': '" .. excerpt .. "' is not an integer of 64 bits", message)
        assert(record(parser, names, types).amount == 2 and parser:line() == 5)
        found, message, line = record(parser, names, types)
        assert(found == false and line == 6 and message == "line 6: 1 field, but 2 columns", message)
        found, message, line = record(parser, names, types)
        assert(found == false and line == 7 and message == "line 7: 3 fields, but 2 columns", message)
        assert(record(parser, names, types) == nil)
    end,

    ["records and rows come in pieces alike"] = function()
        local names, types = { "id", "text" }, { id = "integer" }
        local text = '1,a\n2,"b\n,"\nx,y\n"3",""\n4\n5,"c"d\n6,e'
        local function step(parser)
            local found, message, line = parser:next_record(names, types)
            if found then return { found.id, found.text } end
            return found, message, line
        end
        local expected = table.concat({
            "1: 1|a", "2: 2|b\n,", "4! line 4, column 'id': 'x' is not an integer of 64 bits", "5: 3|",
            "6! line 6: 1 field, but 2 columns", "7! line 7, column 6: " .. AFTER, "8: 6|e",
        }, "\n")
        assert(transcript({ text }, nil, step) == expected, transcript({ text }, nil, step))
        assert(transcript(bytes_of(text), nil, step) == expected)
    end,

    ["names and types are checked"] = function()
        local parser = csv.parser():feed("1,2\n")
        local method = parser.next_record
        fails("table expected", method, parser)
        fails("table expected", method, parser, "id")
        fails("table expected", method, parser, { "a" }, "integer")
        fails("1 to 65536 names of columns expected, got 0", method, parser, {})
        fails("name 2 has to be a string, got number", method, parser, { "a", 2 })
        fails("name 'a' is given twice", method, parser, { "a", "b", "a" })
        fails("column 'c' has a type, but is not among the names", method, parser, { "a", "b" }, { c = "integer" })
        fails("type 'int' of column 'a' is unknown", method, parser, { "a", "b" }, { a = "int" })
        fails("type '?' of column 'a' is unknown", method, parser, { "a", "b" }, { a = "?" })
        fails("both strings; got string = boolean", method, parser, { "a", "b" }, { a = true })
        fails("both strings; got number = string", method, parser, { "a", "b" }, { "integer" })
        -- None of that consumed the row.
        assert(parser:next_record({ "a", "b" }, { a = "integer" }).a == 1)
    end,

    ["other names and types may follow in the same input"] = function()
        local parser = csv.parser():feed("1,2\n3,4\n5,6\n7\n")
        local names = { "a", "b" }
        assert(parser:next_record(names).a == "1")
        assert(parser:next_record(names, { a = "integer" }).a == 3)
        assert(parser:next_record(names).a == "5")
        assert(parser:next_record({ "only" }).only == "7")
    end,

    ["names that are no plain array, and metatables, are not called"] = function()
        local trap = setmetatable({ "a" }, { __index = error, __len = error })
        local types = setmetatable({ a = "integer" }, { __index = error, __pairs = error })
        assert(csv.parser():feed("1\n"):next_record(trap, types).a == 1)
        assert(csv.format(setmetatable({ "a" }, { __index = error, __len = error })) == "a\n")
    end,

    ["options of a parser are checked"] = function()
        fails("unknown option 'sep': there are 'separator' and 'quote'", csv.parser, { sep = ";" })
        fails("unknown option 'eol'", csv.parser, { eol = "\n" })
        fails("unknown option 'number'", csv.parser, { ";" })
        for _, value in ipairs { "", ";;", "\n", "\r", 1, true } do
            fails("option 'separator' has to be a string of one byte", csv.parser, { separator = value })
            fails("option 'quote' has to be a string of one byte", csv.parser, { quote = value })
        end
        fails("have to differ", csv.parser, { separator = '"' })
        fails("have to differ", csv.parser, { quote = "," })
        fails("table expected", csv.parser, ";")
    end,

    ["methods need a parser"] = function()
        local parser = csv.parser()
        for _, name in ipairs { "feed", "finish", "next", "next_record", "line" } do
            fails("csv.parser expected", parser[name])
            fails("csv.parser expected", parser[name], {})
            fails("csv.parser expected", parser[name], "")
        end
        fails("string expected", parser.feed, parser)
        assert(getmetatable(parser) == false)
    end,

    ["format writes what needs no quotes without, and the rest with"] = function()
        assert(csv.format({ "a", "b c", "" }) == "a,b c,\n")
        assert(csv.format({ "a,b", 'c"d', "e\nf", "g\rh" }) == '"a,b","c""d","e\nf","g\rh"\n')
        assert(csv.format({ '"' }) == '""""\n')
        assert(csv.format({ "" }) == '""\n')
        assert(csv.format({ "", "" }) == ",\n")
        assert(csv.format({ "a", "b" }, { eol = "\r\n" }) == "a,b\r\n")
        assert(csv.format({ "a,b", "c;d", "'", '"' }, { separator = ";", quote = "'" }) == "a,b;'c;d';'''';\"\n")
    end,

    ["format writes numbers, booleans and nothing"] = function()
        assert(csv.format({ 1, -2, math.mininteger, true, false }) == "1,-2,-9223372036854775808,true,false\n")
        assert(csv.format({ 0.1, 1e300, 3.0, -0.5, 1 / 3 }) == "0.1,1e+300,3,-0.5,0.3333333333333333\n")
        assert(csv.format({ "a", null, "b" }) == "a,,b\n")
        assert(csv.format({ null }) == '""\n')
        local row = { "a", nil, "b" }
        assert(csv.format(row) == "a,,b\n")
        for _ = 1, 1000 do
            local x = (math.random() - 0.5) * 10.0 ^ math.random(-300, 300)
            assert(tonumber((csv.format({ x }):gsub("\n", ""))) == x)
        end
    end,

    ["format refuses what has no text"] = function()
        fails("a row has at least one field", csv.format, {})
        fails("field 2 is a table", csv.format, { 1, {} })
        fails("field 1 is a function", csv.format, { error })
        fails("field 1 is inf", csv.format, { 1 / 0 })
        fails("nan", csv.format, { 0 / 0 })
        fails("table expected", csv.format, "a")
        fails("option 'eol' has to be", csv.format, { 1 }, { eol = "\r" })
        local known = "there are 'separator', 'quote' and 'eol'"
        fails("unknown option 'seperator': " .. known, csv.format, { 1 }, { seperator = ";" })
        fails("have to differ", csv.format, { 1 }, { separator = '"' })
    end,

    ["a line of format is bounded"] = function()
        local half = ("x"):rep(4 << 20)
        assert(#csv.format({ half, half:sub(3) }) == 8 << 20)
        fails("limit of 8388608 bytes", csv.format, { half, half:sub(2) })
        fails("limit of 8388608 bytes", csv.format, { ('"'):rep(5 << 20) })
        -- A border of the table that lies beyond what can be written.
        local sparse = {}
        for bit = 40, 0, -1 do sparse[1 << bit] = "" end
        assert(#sparse == 1 << 40)
        fails("limit of 8388608 bytes", csv.format, sparse)
    end,

    ["what format writes, a parser reads"] = function()
        local long = ("long"):rep(300)
        local alphabet = { "a", "bc", ",", ";", '"', "'", "\n", "\r", " ", "\0", "é", "\xef\xbb\xbf", long }
        for seed = 1, 2000 do
            math.randomseed(seed)
            local options = seed % 2 == 0 and { separator = ";", quote = "'" } or nil
            local written = { eol = seed % 3 == 0 and "\r\n" or "\n" }
            for name, byte in pairs(options or {}) do written[name] = byte end
            local rows, text = {}, {}
            for i = 1, 5 do
                rows[i] = {}
                for j = 1, math.random(1, 6) do rows[i][j] = random_text(alphabet, math.random(0, 6)) end
                text[i] = csv.format(rows[i], written)
            end
            local parser = csv.parser(options):feed(table.concat(text)):finish()
            for i = 1, 5 do
                local row, message = parser:next()
                if not row or #row ~= #rows[i] then error(string.format("seed %d, row %d: %s", seed, i, message)) end
                for j = 1, #row do
                    if row[j] ~= rows[i][j] then error(string.format("seed %d: %q, %q", seed, row[j], rows[i][j])) end
                end
            end
            assert(parser:next() == nil)
        end
    end,
}
