-- Gives large tenants partitions of their own, and all others the rest, so that a busy tenant does not hold up the small
-- ones. The tenant is a header.

local function select(msg, n, cfg)
    local tenant = msg:header(cfg.header)
    if not tenant then return nil end
    local own = cfg.own[tenant]
    if own and own < n then return own end
    -- The others share the partitions behind those that are given away.
    local first = cfg.shared_from
    if first >= n then return nil end
    return first + platform.hash.partition(tenant, n - first)
end

return platform.plugin {
    name = "sticky-tenant", version = "1.0.0", api = 1,
    about = "Partitions of their own for large tenants",
    config = {
        header = { "string", default = "tenant", about = "name of the header" },
        own = { "map", of = "integer", default = {}, about = "partition of each large tenant" },
        shared_from = { "integer", default = 0, min = 0, about = "first partition of all others" },
    },
    bench = { select = "2us" },
    select = select,
}
