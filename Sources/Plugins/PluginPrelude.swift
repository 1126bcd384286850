/// The part of the plugin interface that is itself Lua, on host functions.
enum PluginPrelude {
    /// What errors call it; its frames are not shown.
    static let chunkName = "platform"

    static let text = #"""
        local platform = platform
        local internal = platform.internal
        platform.internal = nil

        function platform.plugin(spec)
            if type(spec) ~= "table" then
                error("platform.plugin takes a table: platform.plugin { name = …, … }", 2)
            end
            return spec
        end

        function platform.fail(failure)
            if type(failure) ~= "table" then
                error("platform.fail takes a table: platform.fail { code = \"RETRY\", message = … }", 2)
            end
            error(failure, 0)
        end

        function print(...)
            local parts = table.pack(...)
            for i = 1, parts.n do parts[i] = tostring(parts[i]) end
            platform.log.info(table.concat(parts, "\t"))
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
        """#
}
