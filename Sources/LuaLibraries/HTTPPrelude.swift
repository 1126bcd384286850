/// The part of `platform.http` that is itself Lua: JSON in requests and answers.
public enum HTTPPrelude {
    /// To be run in each state that has `HTTPModule`, before any script.
    public static let text = #"""
        local http, json = platform.http, platform.json
        local answer = {}
        answer.__index = answer

        function answer:json(path)
            local ok, value
            if path == nil then
                ok, value = pcall(json.decode, self.body)
            else
                ok, value = pcall(json.get, self.body, path)
            end
            if ok then return value end
            return nil, "the answer is no JSON: " .. tostring(value)
        end

        local function finished(reply, message)
            if not reply then return nil, message end
            return setmetatable(reply, answer)
        end

        local function with_body(options)
            if type(options) ~= "table" or options.json == nil then return options end
            if options.body ~= nil then error("a request has a body or json, not both", 3) end
            local ok, text = pcall(json.encode, options.json)
            if not ok then error(text, 3) end
            local copy, headers = {}, { ["content-type"] = "application/json" }
            for name, value in pairs(options) do copy[name] = value end
            if options.headers ~= nil then
                if type(options.headers) ~= "table" then
                    error("headers is a " .. type(options.headers) .. "; it has to be a table by name", 3)
                end
                for name, value in pairs(options.headers) do
                    if type(name) == "string" and name:lower() == "content-type" then headers["content-type"] = nil end
                    headers[name] = value
                end
            end
            copy.json, copy.body, copy.headers = nil, text, headers
            return copy
        end

        local request, get, post = http.request, http.get, http.post
        function http.request(options) return finished(request(with_body(options))) end
        function http.get(url, options) return finished(get(url, with_body(options))) end
        function http.post(url, options) return finished(post(url, with_body(options))) end
        """#

    public static let chunkName = "platform"
}
