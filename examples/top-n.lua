#!/usr/bin/env -S platform run
-- The most frequent values of a field in a topic's records, e.g. the customers with most orders.

local args = platform.args {
    usage = "Count the most frequent values of a JSON field.",
    { "topic", "string", required = true },
    { "field", "string", required = true, about = "path, e.g. customer.id" },
    { "--n", "integer", default = 10, min = 1, about = "how many to show" },
    { "--from", "string", default = "earliest", about = "where to begin, e.g. -100000 or @2026-01-31" },
}

local p <close> = platform.connect()
local counts, records, without = {}, 0, 0
local bar <close> = platform.progress { label = "records" }

for msg in p:consume { topic = args.topic, from = args.from, to = "end" } do
    local is_json, value = pcall(msg.json, msg, args.field)
    if is_json and value ~= nil and value ~= platform.null then
        counts[value] = (counts[value] or 0) + 1
    else
        without = without + 1
    end
    records = records + 1
    bar:add(1)
end

local values = {}
for value in pairs(counts) do values[#values + 1] = value end
table.sort(values, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return tostring(a) < tostring(b)
end)

for i = 1, math.min(args.n, #values) do
    platform.out { value = values[i], count = counts[values[i]] }
end
if without > 0 then print(("%d of %d records have no such field"):format(without, records)) end
