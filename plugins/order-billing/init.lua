-- Makes an invoice of each order: one row, and one message to `invoices`, however often the order is sent or the server
-- is killed. What marks an order as the same is its `order_id`.

local prices = require "lib.prices"

local function dedup(msg, cfg)
    return msg:json("order_id"), cfg.window
end

local function handle(msg, tx)
    local id, quantity = msg:json("order_id"), msg:json("quantity")
    if type(id) ~= "string" or math.type(quantity) ~= "integer" or quantity <= 0 then
        return "dead", "an order has an order_id and a quantity above 0"
    end
    local cents = prices.cents(msg:json("sku"), quantity)
    if not cents then
        platform.fail { code = "RETRY", message = "no price yet for " .. tostring(msg:json("sku")), after = "5s" }
    end
    tx:exec("INSERT INTO invoice (order_id, cents) VALUES (?, ?)", id, cents)
    tx:produce("invoices", { key = id, value = platform.json.encode { order_id = id, cents = cents } })
end

return platform.plugin {
    name = "order-billing", version = "1.0.0", api = 1,
    about = "An invoice for each order, once",
    needs = { sql = true, produce = { "invoices" } },
    schema = "CREATE TABLE IF NOT EXISTS invoice (order_id TEXT PRIMARY KEY, cents INTEGER NOT NULL)",
    config = {
        window = { "duration", default = "24h", about = "how long an order's id is remembered" },
    },
    dedup = dedup,
    handle = handle,
}
