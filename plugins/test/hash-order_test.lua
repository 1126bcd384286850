it("keeps messages of one order together, whatever else they say", function()
    local p = t.plugin()
    local first = p:select({ value = '{"order_id":"o1"}' }, 12)
    expect(first).is_true()
    expect(p:select({ key = "other", value = '{"amount":5,"order_id":"o1"}' }, 12)).equals(first)
end)

it("agrees with Kafka's own partitioner", function()
    for i = 1, 100 do
        local id = "order-" .. i
        expect(t.plugin():select({ value = '{"order_id":"' .. id .. '"}' }, 7)).equals(platform.hash.partition(id, 7))
    end
end)

it("leaves messages without the field to the host", function()
    expect(t.plugin():select({ value = "{}" }, 12)).is_nil()
    expect(t.plugin { field = "customer.id" }:select({ value = '{"order_id":"o1"}' }, 12)).is_nil()
end)
