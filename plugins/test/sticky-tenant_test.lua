local config = { own = { big = 0, huge = 1 }, shared_from = 2 }

it("gives large tenants their own partition", function()
    local p = t.plugin(config)
    expect(p:select({ headers = { tenant = "big" } }, 6)).equals(0)
    expect(p:select({ headers = { tenant = "huge" } }, 6)).equals(1)
end)

it("keeps the others off it, each on one", function()
    local p = t.plugin(config)
    for i = 1, 50 do
        local message = { headers = { tenant = "t" .. i } }
        local partition = p:select(message, 6)
        expect(partition >= 2 and partition < 6).is_true()
        expect(p:select(message, 6)).equals(partition)
    end
end)

it("leaves a message without a tenant to the host", function()
    expect(t.plugin(config):select({ value = "x" }, 6)).is_nil()
end)

it("leaves all to the host where there are too few partitions", function()
    expect(t.plugin(config):select({ headers = { tenant = "t1" } }, 2)).is_nil()
end)
