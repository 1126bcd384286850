/// The part of the SQL functions that is itself Lua: those that call a function of the script.
public enum SQLPrelude {
    /// To be run before the host's prelude takes `platform.internal` away.
    public static let text = #"""
        local internal = platform.internal
        local control, classes = internal.control, internal.classes
        local rows_per_transaction = 1000

        local function finish(self, begin, commit, undo, body)
            control(self, begin)
            local results = table.pack(pcall(body, self))
            for _, statement in ipairs(results[1] and commit or undo) do control(self, statement) end
            return results
        end

        local function savepoint(self, body)
            local results = finish(self, "SAVEPOINT script", { "RELEASE script" },
                { "ROLLBACK TO script", "RELEASE script" }, body)
            return table.unpack(results, 1, results.n)
        end

        local function tx(self, body)
            local results = finish(self, "BEGIN IMMEDIATE", { "COMMIT" }, { "ROLLBACK" }, body)
            if not results[1] then error(results[2], 0) end
            return table.unpack(results, 2, results.n)
        end

        local function bulk(self, statement, rows)
            local following, count = rows, 0
            if type(rows) == "table" and not getmetatable(rows) then
                local index = 0
                function following()
                    index = index + 1
                    return rows[index]
                end
            end
            local has_more = true
            while has_more do
                tx(self, function()
                    for _ = 1, rows_per_transaction do
                        local row = following()
                        if row == nil then
                            has_more = false
                            return
                        end
                        if row[1] ~= nil then
                            self:exec(statement, table.unpack(row, 1, row.n or #row))
                        else
                            self:exec(statement, row)
                        end
                        count = count + 1
                    end
                end)
            end
            return count
        end

        if classes.Database then
            classes.Database.savepoint, classes.Database.tx, classes.Database.bulk = savepoint, tx, bulk
        end
        if classes.Transaction then classes.Transaction.savepoint = savepoint end
        """#

    public static let chunkName = "platform"
}
