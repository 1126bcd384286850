-- Keeps all messages of one order on one partition, whoever sends them: by the field of the JSON value that names the
-- order, as Kafka's own clients do it by the key.

local function select(msg, n, cfg)
    local hash = msg:hash(cfg.field)
    -- Without the field it is for the host to choose.
    return hash and hash % n
end

return platform.plugin {
    name = "hash-order", version = "1.0.0", api = 1,
    about = "Messages of one order on one partition",
    config = {
        field = { "string", default = "order_id", about = "path of the field in the JSON value" },
    },
    bench = { select = "1us" },
    select = select,
}
