/// The part of the test interface that is itself Lua.
enum PluginTestPrelude {
    static let text = #"""
        local platform = platform
        local internal = platform.internal
        platform.internal = nil

        t = { plugin = internal.plugin }

        local path, before, after = {}, {}, {}

        function describe(name, body)
            path[#path + 1] = name
            local before_count, after_count = #before, #after
            body()
            for i = #before, before_count + 1, -1 do before[i] = nil end
            for i = #after, after_count + 1, -1 do after[i] = nil end
            path[#path] = nil
        end

        function before_each(body) before[#before + 1] = body end
        function after_each(body) after[#after + 1] = body end

        function it(name, body)
            local first, last = table.move(before, 1, #before, 1, {}), table.move(after, 1, #after, 1, {})
            path[#path + 1] = name
            internal.case(table.concat(path, " "), function()
                for _, step in ipairs(first) do step() end
                body()
                for _, step in ipairs(last) do step() end
            end)
            path[#path] = nil
        end

        local function shown(value, depth)
            if type(value) == "string" then return string.format("%q", value) end
            if type(value) ~= "table" or depth > 6 then return tostring(value) end
            local parts, keys = {}, {}
            for key in pairs(value) do keys[#keys + 1] = key end
            table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
            for _, key in ipairs(keys) do
                local name = type(key) == "string" and key or "[" .. tostring(key) .. "]"
                parts[#parts + 1] = name .. " = " .. shown(value[key], depth + 1)
            end
            return "{ " .. table.concat(parts, ", ") .. " }"
        end

        local function same(a, b, depth)
            if rawequal(a, b) then return true end
            if type(a) ~= "table" or type(b) ~= "table" or depth > 30 then return a == b end
            for key, value in pairs(a) do if not same(value, b[key], depth + 1) then return false end end
            for key in pairs(b) do if a[key] == nil then return false end end
            return true
        end

        local function fail(text) error(text, 3) end

        local expectation = {}
        expectation.__index = expectation

        function expectation:equals(wanted)
            if not same(self.value, wanted, 0) then
                fail("expected " .. shown(wanted, 0) .. ", got " .. shown(self.value, 0))
            end
        end

        function expectation:is_nil()
            if self.value ~= nil then fail("expected nil, got " .. shown(self.value, 0)) end
        end

        function expectation:is_true()
            if not self.value then fail("expected something true, got " .. shown(self.value, 0)) end
        end

        function expectation:contains(part)
            if type(self.value) == "string" then
                if self.value:find(part, 1, true) then return end
            else
                for _, element in pairs(self.value) do if same(element, part, 0) then return end end
            end
            fail("expected " .. shown(self.value, 0) .. " to contain " .. shown(part, 0))
        end

        function expectation:matches(pattern)
            if not tostring(self.value):match(pattern) then
                fail("expected " .. shown(self.value, 0) .. " to match " .. shown(pattern, 0))
            end
        end

        function expectation:has_size(size)
            if #self.value ~= size then fail("expected " .. size .. " elements, got " .. shown(self.value, 0)) end
        end

        function expectation:raises(part)
            local ok, message = pcall(self.value)
            if ok then fail("expected an error") end
            if part and not tostring(message):find(part, 1, true) then
                fail("expected an error with " .. shown(part, 0) .. ", got " .. shown(message, 0))
            end
        end

        -- Both `expect(x).equals(y)` and `expect(x):equals(y)`.
        function expect(value)
            local self = setmetatable({ value = value }, expectation)
            return setmetatable({}, {
                __index = function(_, name)
                    local check = expectation[name]
                    if not check then error("expect has no '" .. tostring(name) .. "'", 2) end
                    return function(first, ...)
                        if getmetatable(first) == "expect" then return check(self, ...) end
                        return check(self, first, ...)
                    end
                end,
                __metatable = "expect",
            })
        end
        """#
}
