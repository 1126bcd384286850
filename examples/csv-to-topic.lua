#!/usr/bin/env -S platform run
-- Loads a CSV file with a header into a topic, each row once: a run that was broken off, or is repeated, adds what is
-- missing. Rows become JSON; the key is the column that --key names. Bad rows go to a file, with line and reason.

local args = platform.args {
    usage = "Load a CSV file into a topic, each row once.",
    { "file", "string", required = true, about = "CSV file with a header" },
    { "--topic", "string", default = "orders" },
    { "--partitions", "integer", default = 12, min = 1, about = "of the topic, if it is not there yet" },
    { "--key", "string", default = "order_id", about = "column that becomes the record's key" },
    { "--integers", "string", default = "", about = "columns that are integers, separated by commas" },
    { "--rejects", "string", default = "rejects.jsonl", about = "file for rows that cannot be read" },
    { "--max-errors", "integer", default = 0, about = "bad rows that still count as success" },
}

local types = {}
for name in args.integers:gmatch("[^,]+") do types[name] = "integer" end

local p <close> = platform.connect()
p:ensure_topic { name = args.topic, partitions = args.partitions }

local rejected = 0
local rows = platform.csv.read(args.file, {
    types = types,
    on_error = function(message, line)
        rejected = rejected + 1
        platform.jsonl.append(args.rejects, { file = args.file, line = line, reason = message })
    end,
})

-- The topic remembers the line of each row: a row that is there already is left out.
local writer <close> = p:producer(args.topic, { source = args.file })
local bar <close> = platform.progress { total = rows.size, label = "bytes" }
local encode = platform.json.encode

for row in rows do
    writer:send { key = row[args.key], value = encode(row), sequence = rows.line }
    bar:set(rows.position)
end
writer:flush()

if rejected > args.max_errors then
    platform.exit(3, ("%d rows of %s were rejected: see %s"):format(rejected, args.file, args.rejects))
end
