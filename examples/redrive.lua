#!/usr/bin/env -S platform run
-- Sends the records of a dead-letter topic back to where they came from, as their headers say. Each is counted in the
-- header x-redrive; one that has been sent back too often stays. Shows what it would do unless --go is given.

local args = platform.args {
    usage = "Send dead letters back to their topic.",
    { "topic", "string", required = true, about = "dead-letter topic" },
    { "--group", "string", default = "redrive", about = "consumer group that remembers how far this came" },
    { "--origin", "string", default = "x-origin-topic", about = "header that names the topic a record came from" },
    { "--only", "string", default = "", about = "only records whose header x-error-code is this" },
    { "--max-redrives", "integer", default = 3, min = 1 },
    { "--go", "boolean", about = "do it" },
}

local p <close> = platform.connect()
local sent, kept, by_code = 0, 0, {}

local options = { topic = args.topic, to = "end" }
if args.go then options.group = args.group end

for msg in p:consume(options) do
    local code = msg:header("x-error-code") or "none"
    local origin = msg:header(args.origin)
    local redrives = math.tointeger(msg:header("x-redrive") or "0") or 0
    by_code[code] = (by_code[code] or 0) + 1
    if not origin or redrives >= args.max_redrives or (args.only ~= "" and args.only ~= code) then
        kept = kept + 1
    else
        sent = sent + 1
        if args.go then
            local headers = msg:copy().headers
            headers["x-redrive"] = tostring(redrives + 1)
            -- Acknowledged before the dead letter counts as dealt with.
            p:produce(origin, { key = msg.key, value = msg.value, headers = headers })
        end
    end
end

platform.out { sent = sent, kept = kept, by_code = by_code, done = args.go }
