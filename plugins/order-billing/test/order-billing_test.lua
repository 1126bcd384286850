describe("order-billing", function()
    local p
    before_each(function() p = t.plugin() end)

    local function order(fields) return { value = platform.json.encode(fields) } end

    it("makes an invoice and sends it", function()
        local result = p:handle(order { order_id = "o1", sku = "pen", quantity = 3 })
        expect(result.verdict).equals("ok")
        expect(p:rows("SELECT order_id, cents FROM invoice")).equals { { order_id = "o1", cents = 570 } }
        expect(result.produced).has_size(1)
        expect(result.produced[1].topic).equals("invoices")
        expect(platform.json.decode(result.produced[1].value)).equals { order_id = "o1", cents = 570 }
    end)

    it("makes one invoice of an order that comes twice", function()
        p:handle(order { order_id = "o1", sku = "pen", quantity = 3 })
        local again = p:handle(order { order_id = "o1", sku = "pen", quantity = 3 })
        expect(again.duplicate).equals(true)
        expect(again.produced).has_size(0)
        expect(p:rows("SELECT * FROM invoice")).has_size(1)
    end)

    it("gives up what is no order", function()
        local result = p:handle(order { order_id = "o1", quantity = 0 })
        expect(result.verdict).equals("dead")
        expect(result.reason).contains("quantity above 0")
        expect(p:rows("SELECT * FROM invoice")).has_size(0)
    end)

    it("waits for a price, and the order is new when it comes again", function()
        local result = p:handle(order { order_id = "o1", sku = "car", quantity = 1 })
        expect(result.verdict).equals("retry")
        expect(result.delay).equals(5000)
        expect(p:handle(order { order_id = "o1", sku = "pen", quantity = 1 }).duplicate).equals(false)
    end)
end)
