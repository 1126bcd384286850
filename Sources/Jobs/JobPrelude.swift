import LuaRuntime

/// The part of the script API that is itself Lua, on host functions.
enum JobPrelude {
    /// What its functions are, for help and documentation.
    static let module = HostModule(
        "lines", about: "Reading and writing rows; what is built of the other modules.",
        [
            HostFunction(
                "csv.read",
                [.required("path", .string, "`-` is stdin"), .optional("options", .table("platform.CSVOptions"))],
                returns: [.value(.any, "an iterator of rows")], at: .script,
                about: """
                    The rows of a CSV file, read as the loop goes on. Options: header (true: rows are tables by the \
                    names in the first row), types ({ amount = "integer" }: also number, boolean), separator, quote, \
                    on_error (a function that gets the message and the line of a bad row; without it that raises). The \
                    iterator has line, the line its row began at, position and size in bytes.
                    """,
                example: "for row in platform.csv.read(\"orders.csv\", { types = { amount = \"integer\" } }) do … end",
                body: nil),
            HostFunction(
                "jsonl.read", [.optional("path", .string, "stdin without it")], returns: [.value(.any, "an iterator")],
                at: .script, about: "The values of a file with one JSON text a line, and the line's number.",
                example: "for value, line in platform.jsonl.read(\"rows.jsonl\") do … end", body: nil),
            HostFunction(
                "jsonl.append", [.required("path", .string), .required("value", .any)], at: .script,
                about: "Adds a value as a line of JSON to a file.", body: nil),
            HostFunction(
                "all", [.required("functions", .table("function[]"))], returns: [.value(.table("any[]"))], at: .script,
                mayWait: true,
                about: "Runs functions side by side; their first results, in order. Raises the first error.",
                body: nil),
            HostFunction(
                "each",
                [
                    .required("list", .table("any[]")), .required("options", .table("{ workers: integer }")),
                    .required("body", .function),
                ], at: .script, mayWait: true, about: "Calls a function with each element, so many at a time.",
                example: "platform.each(files, { workers = 8 }, load_file)", body: nil),
            HostFunction(
                "progress", [.optional("options", .table("{ total: integer?, label: string? }"))],
                returns: [.value(.any, "with add(n) and close()")], at: .script,
                about: "Shows on stderr how far the work has come.",
                example: "local bar <close> = platform.progress { total = rows.size, label = \"bytes\" }", body: nil),
            HostFunction(
                "checkpoint", [.required("name", .string)], returns: [.value(.any, "with get, set and clear")],
                at: .script,
                about: """
                    Values that outlive the script, in a file of this name: `get(key, default)`, `set(key, value)`, \
                    durable when it returns, `clear()`.
                    """,
                example: "local done = ck:get(\"line\", 0)", body: nil),
            HostFunction(
                "inspect", [.required("value", .any)], returns: [.value(.string)],
                about: "A value as text, tables too.",
                body: nil),
        ])

    /// What errors call it; its frames are not shown.
    static let chunkName = "platform"

    /// An error that the prelude raised, at the place of the script's that led to it.
    static func blamingScript(for error: LuaError) -> LuaError {
        guard error.place?.source == chunkName else { return error }
        var error = error
        error.place = error.traceback.lazy.compactMap { LuaError.Place(frame: $0) }.first { $0.source != chunkName }
        return error
    }

    static let text = #"""
        local platform = platform
        local json, csv, fs = platform.json, platform.csv, platform.fs
        local new_parser = csv.parser
        local internal = platform.internal
        platform.internal = nil

        local function inspect(value, depth, seen)
            if type(value) == "string" then return string.format("%q", value) end
            if value == platform.null then return "null" end
            if type(value) ~= "table" then return tostring(value) end
            if depth > 8 or seen[value] then return "{…}" end
            seen[value] = true
            local parts, count = {}, #value
            for i = 1, count do parts[i] = inspect(value[i], depth + 1, seen) end
            local keys = {}
            for key in pairs(value) do
                if not (math.type(key) == "integer" and key >= 1 and key <= count) then keys[#keys + 1] = key end
            end
            table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
            for _, key in ipairs(keys) do
                local name = type(key) == "string" and key:match("^[%a_][%w_]*$") or "[" .. inspect(key, depth + 1, seen) .. "]"
                parts[#parts + 1] = name .. " = " .. inspect(value[key], depth + 1, seen)
            end
            seen[value] = nil
            return "{" .. table.concat(parts, ", ") .. "}"
        end

        function platform.inspect(value) return inspect(value, 0, {}) end

        function print(...)
            local parts = table.pack(...)
            for i = 1, parts.n do parts[i] = tostring(parts[i]) end
            internal.note(table.concat(parts, "\t"))
        end

        -- The name that a module or function has under `platform`; nil if it has none.
        local function name_of(value)
            for name, member in pairs(platform) do
                if rawequal(member, value) then return name end
                if type(member) == "table" and member ~= platform.null then
                    for own, inner in pairs(member) do
                        if rawequal(inner, value) then return name .. "." .. tostring(own) end
                    end
                end
            end
        end

        function help(what)
            if what ~= nil and type(what) ~= "string" then
                what = name_of(what) or tostring(what)
            end
            internal.note(internal.help(what))
        end

        platform.help = help

        local write_result = platform.out
        function platform.out(value)
            if type(value) ~= "string" then
                local ok, text = pcall(json.encode, value)
                if not ok then error(text, 2) end
                value = text
            end
            write_result(value)
        end

        local loaded = {}
        function require(name)
            if loaded[name] ~= nil then return loaded[name] end
            local text, path = internal.read_module(name)
            local chunk, message = load(text, "@" .. path)
            if not chunk then error(message, 2) end
            loaded[name] = chunk(name) or true
            return loaded[name]
        end

        -- Rows

        local reader = {}
        reader.__index = reader

        function reader:__call()
            while true do
                local row, message, line
                if self.names then
                    row, message, line = self.parser:next_record(self.names, self.types)
                else
                    row, message, line = self.parser:next()
                end
                if row then
                    self.line = self.parser:line()
                    return row
                elseif row == nil then
                    if self.at_end then return nil end
                    local bytes = self.file:read()
                    if bytes then
                        self.position = self.position + #bytes
                        self.parser:feed(bytes)
                    else
                        self.at_end = true
                        self.parser:finish()
                    end
                elseif self.on_error then
                    self.on_error(message, line)
                else
                    error(string.format("%s:%d: %s", self.path, line or 0, message), 2)
                end
            end
        end

        function reader:close() self.file:close() end
        reader.__close = reader.close

        function csv.read(path, options)
            options = options or {}
            for name in pairs(options) do
                if not ({ header = 1, types = 1, separator = 1, quote = 1, on_error = 1 })[name] then
                    error("csv.read has no option '" .. tostring(name) .. "'", 2)
                end
            end
            local file = fs.open(path)
            local self = setmetatable({
                path = path, file = file, position = 0, size = file:size(), types = options.types,
                on_error = options.on_error,
                parser = new_parser { separator = options.separator, quote = options.quote },
            }, reader)
            if options.header ~= false then
                self.names = self()
                if not self.names then error(path .. ": there is no header: the file is empty", 2) end
            elseif options.types then
                error("csv.read: types need a header", 2)
            end
            return self
        end

        platform.jsonl = {}

        function platform.jsonl.read(path)
            local file, rest, number, at_end = fs.open(path or "-"), "", 0, false
            local position = 1
            return function()
                while true do
                    local stop = rest:find("\n", position, true)
                    local text
                    if stop then
                        text = rest:sub(position, stop - 1)
                        position = stop + 1
                    elseif at_end then
                        text = rest:sub(position)
                        rest, position = "", 1
                        if text == "" then return nil end
                    else
                        local bytes = file:read()
                        rest, position = rest:sub(position) .. (bytes or ""), 1
                        at_end = bytes == nil
                    end
                    if text then
                        number = number + 1
                        if text:find("%S") then
                            local ok, value = pcall(json.decode, text)
                            if not ok then error(string.format("%s:%d: %s", path or "stdin", number, value), 2) end
                            return value, number
                        end
                    end
                end
            end
        end

        function platform.jsonl.append(path, value)
            local ok, text = pcall(json.encode, value)
            if not ok then error(text, 2) end
            fs.append(path, text .. "\n")
        end

        -- Several things at once

        function platform.all(functions)
            local tasks, results = {}, {}
            for i, body in ipairs(functions) do tasks[i] = platform.spawn(body) end
            for i, task in ipairs(tasks) do results[i] = task:wait() end
            return results
        end

        function platform.each(list, options, body)
            local following, tasks = 0, {}
            for i = 1, math.min(options.workers or 4, #list) do
                tasks[i] = platform.spawn(function()
                    while following < #list do
                        following = following + 1
                        body(list[following])
                    end
                end)
            end
            for _, task in ipairs(tasks) do task:wait() end
        end

        -- Progress and checkpoints

        local bar = {}
        bar.__index = bar

        local function show(self)
            local seconds = math.max(platform.time.monotonic() - self.started, 1) / 1000
            local text = string.format("%s: %d", self.label, self.count)
            if self.total then
                text = text .. string.format(" of %d (%d %%)", self.total, 100 * self.count // math.max(self.total, 1))
            end
            internal.progress_shown(string.format("%s, %d/s", text, self.count // seconds))
        end

        function bar:add(count) self:set(self.count + (count or 1)) end

        function bar:set(count)
            self.count = count
            self.calls = self.calls + 1
            if self.calls % 256 == 0 then show(self) end
        end

        function bar:close() show(self) end
        bar.__close = bar.close

        function platform.progress(options)
            options = options or {}
            return setmetatable({
                total = options.total, label = options.label or "done", count = 0, calls = 0,
                started = platform.time.monotonic(),
            }, bar)
        end

        local checkpoint = {}
        checkpoint.__index = checkpoint

        function checkpoint:get(key, default)
            local value = self.values[key]
            if value == nil then return default end
            return value
        end

        function checkpoint:set(key, value)
            self.values[key] = value
            if not platform.is_dry_run() then fs.write(self.path, json.encode(self.values)) end
        end

        function checkpoint:clear()
            self.values = {}
            if not platform.is_dry_run() then fs.remove(self.path) end
        end

        function platform.checkpoint(name)
            local path = internal.checkpoint_path(name)
            local values = {}
            if fs.exists(path) then values = json.decode(assert(fs.read(path))) end
            return setmetatable({ path = path, values = values }, checkpoint)
        end
        """#
}
