-- Which plugin decides what, and what each may do. `platform plugin reload` takes up changes.

grant("order-billing", { sql = true, produce = { "invoices" } })

bind { plugin = "hash-order", topic = "orders", point = "select" }
bind { plugin = "order-billing", topic = "orders", point = "handle" }
