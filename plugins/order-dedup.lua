-- Stores each order once, though its sender tries again: what makes two messages the same is the order's id in their JSON
-- value, or the header `idempotency-key`.

local function dedup(msg, cfg)
    return msg:json(cfg.field) or msg:header("idempotency-key"), cfg.window
end

return platform.plugin {
    name = "order-dedup", version = "1.0.0", api = 1,
    about = "Each order is stored once",
    config = {
        field = { "string", default = "order_id", about = "path of the id in the JSON value" },
        window = { "duration", default = "1h", about = "how long an id is remembered" },
    },
    dedup = dedup,
}
