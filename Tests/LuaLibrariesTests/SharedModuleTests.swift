import LuaRuntime
import Synchronization
import Testing

@testable import LuaLibraries

struct SharedModuleTests {
    /// Time stands still until a test moves it.
    private final class Clock: Sendable {
        private let nowMS = Atomic<Int64>(1_000)
        var now: Int64 { nowMS.load(ordering: .relaxed) }
        func advance(ms: Int64) { nowMS.wrappingAdd(ms, ordering: .relaxed) }
    }

    private let clock = Clock()

    private func host(_ store: SharedStore) throws -> LibraryHost {
        let host = try LibraryHost([SharedModule.module(nowMS: { [clock] in clock.now })])
        host.vm.provide(store)
        return host
    }

    private func store(bytesMax: Int = 1 << 20, entryCountMax: Int = 1_000) -> SharedStore {
        var limits = SharedStore.Limits()
        limits.bytesMax = bytesMax
        limits.entryCountMax = entryCountMax
        return SharedStore(limits)
    }

    @Test func statesSeeEachOthersValues() throws {
        let store = store()
        let (a, b) = (try host(store), try host(store))
        try a.call(
            #"""
            local shared = platform.shared
            shared.set("s", "a\0\xff") shared.set("i", math.mininteger) shared.set("f", 1.5) shared.set("b", false)
            """#)
        let results = try b.call(
            """
            local shared = platform.shared
            return shared.get("s"), shared.get("i"), shared.get("f"), shared.get("b"), shared.get("none")
            """)
        #expect(results == [.bytes([97, 0, 255]), .integer(.min), .number(1.5), .boolean(false), .none])
        let removed = try b.call("local s = platform.shared return s.delete('s'), s.delete('s'), s.size()")
        #expect(removed.prefix(3) == [.boolean(true), .boolean(false), .integer(3)])
        try b.call("platform.shared.set('i', nil)")
        #expect(try a.call("return platform.shared.get('i')") == [.none])
    }

    @Test func valuesEnd() throws {
        let host = try host(store())
        try host.call("platform.shared.set('k', 1, { ttl = '5s' }) platform.shared.set('kept', 1)")
        clock.advance(ms: 4_999)
        #expect(try host.call("return platform.shared.get('k')") == [.integer(1)])
        clock.advance(ms: 1)
        #expect(try host.call("return platform.shared.get('k'), platform.shared.get('kept')") == [.none, .integer(1)])
        #expect(try host.call("return (platform.shared.size())") == [.integer(1)])
    }

    @Test func addTellsTheFirstFromTheRest() throws {
        let host = try host(store())
        let text =
            "local add = platform.shared.add return add('k', 1, { ttl = 100 }), add('k', 2), platform.shared.get('k')"
        #expect(try host.call(text) == [.boolean(true), .boolean(false), .integer(1)])
        clock.advance(ms: 100)
        #expect(try host.call("return platform.shared.add('k', 2)") == [.boolean(true)])
    }

    @Test func incrAddsToWhatIsThere() throws {
        let host = try host(store())
        let results = try host.call(
            """
            local incr = platform.shared.incr
            return incr("n"), incr("n", 5), incr("n", -10), incr("m", 1, 100), incr("m", 0.5), incr("t", 1, 0, "1s")
            """)
        #expect(results == [.integer(1), .integer(6), .integer(-4), .integer(101), .number(101.5), .integer(1)])
        clock.advance(ms: 999)
        #expect(try host.call("return platform.shared.incr('t', 1, 0, '1s')") == [.integer(2)])
        clock.advance(ms: 1)
        #expect(try host.call("return platform.shared.incr('t', 1, 0, '1s')") == [.integer(1)])
    }

    static let mistakes = [
        ("set('k', {})", "a table cannot be shared"), ("set('k', platform.null)", "a null cannot be shared"),
        ("add('k', nil)", "there has to be a value"), ("set('k', 1, { tll = 1 })", "no option 'tll'"),
        ("set('k', 1, { ttl = 'soon' })", "ttl is soon"), ("set(('k'):rep(1025), 1)", "it can have 1024"),
        ("set('k', ('x'):rep((1 << 20) + 1))", "it can have"),
        ("set('k', 'x') platform.shared.incr('k')", "only numbers"),
        ("incr('k', 'x')", "number expected"), ("counter(('k'):rep(1025))", "it can have 1024"),
    ]

    @Test(arguments: mistakes) func aMistakeIsNamed(text: String, message: String) throws {
        let host = try host(store())
        #expect { try host.call("platform.shared.\(text)") } throws: { "\($0)".contains(message) }
    }

    /// What was not used for longest makes room, and reading is using.
    @Test func theLeastRecentlyUsedIsDropped() throws {
        let host = try host(store(entryCountMax: 3))
        let results = try host.call(
            """
            local shared, left = platform.shared, {}
            for _, key in ipairs { "a", "b", "c" } do shared.set(key, key) end
            shared.get("a")
            shared.set("d", "d")
            for _, key in ipairs { "a", "b", "c", "d" } do left[#left + 1] = shared.get(key) or "-" end
            return table.concat(left)
            """)
        #expect(results == [.string("a-cd")])
    }

    /// Goal: the store never holds more than it may, and forgets only the oldest. Method: random operations beside an
    /// array in the order of use.
    @Test func itBehavesAsAnOrderedListWould() throws {
        var random = SeededNumbers(seed: 7)
        var entries = SharedEntries(bytesMax: 2_000, countMax: 8)
        var model: [(key: [UInt8], value: SharedValue, endMS: Int64)] = []
        func bytes() -> Int { model.reduce(0) { $0 + SharedEntries.size(of: $1.key, $1.value) } }
        for step in 0..<20_000 {
            let nowMS = Int64(step)
            let key = [UInt8(random.next() % 12)]
            let found = model.firstIndex { $0.key == key && $0.endMS > nowMS }
            switch random.next() % 4 {
            case 0, 1:
                let value = SharedValue.bytes(Array(repeating: 1, count: Int(random.next() % 400)))
                let endMS = random.next() % 2 == 0 ? Int64.max : nowMS + Int64(random.next() % 50)
                entries.set(key, to: value, endMS: endMS)
                model.removeAll { $0.key == key }
                while !model.isEmpty, bytes() + SharedEntries.size(of: key, value) > 2_000 || model.count >= 8 {
                    model.removeFirst()
                }
                model.append((key, value, endMS))
            case 2:
                #expect(entries.value(of: key, nowMS: nowMS) == found.map { model[$0].value }, "step \(step)")
                if let found { model.append(model.remove(at: found)) } else { model.removeAll { $0.key == key } }
            default:
                #expect(entries.remove(key) == model.contains { $0.key == key }, "step \(step)")
                model.removeAll { $0.key == key }
            }
            #expect(entries.count == model.count && entries.byteCount == bytes(), "step \(step)")
        }
    }

    @Test func countersAreTheSameInAllStates() async throws {
        let store = store()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        let host = try self.host(store)
                        try host.call(
                            "local c = platform.shared.counter('c') for _ = 1, 10000 do c:add() end c:add(-1)")
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        let host = try host(store)
        #expect(try host.call("return platform.shared.counter('c'):value()") == [.integer(39_996)])
        #expect(try host.call("return platform.shared.counter('d'):add(5)") == [.integer(5)])
        #expect { try host.call("for i = 1, 1025 do platform.shared.counter('n' .. i) end") } throws: {
            "\($0)".contains("more than 1024 counters")
        }
    }

    @Test func incrementsFromAllStatesAddUp() async throws {
        let store = store()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        let host = try self.host(store)
                        try host.call("for _ = 1, 2000 do platform.shared.incr('n') end")
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        #expect(try host(store).call("return platform.shared.get('n')") == [.integer(8_000)])
    }
}

/// Numbers that are the same for the same seed (SplitMix64).
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
