it("knows an order by its id", function()
    local key, window = t.plugin():dedup { value = '{"order_id":"o1","note":"x"}' }
    expect(key).equals("o1")
    expect(window).equals(3600000)
end)

it("takes the header where there is no id", function()
    expect(t.plugin():dedup { value = "{}", headers = { ["idempotency-key"] = "k" } }).equals("k")
end)

it("lets a message that has neither pass", function()
    expect(t.plugin():dedup { value = "{}" }).is_nil()
end)

it("remembers for as long as it is told", function()
    local _, window = t.plugin { window = "5s" }:dedup { value = '{"order_id":"o1"}' }
    expect(window).equals(5000)
end)
