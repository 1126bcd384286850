import LuaRuntime
import Testing

@testable import LuaLibraries

struct MetricsModuleTests {
    private let store = MetricsStore(prefix: "plugin_p_")
    private let host: LibraryHost

    init() throws {
        host = try LibraryHost([MetricsModule.module])
        host.vm.provide(store)
    }

    private func labels(_ pairs: (String, String)...) -> [MetricFamily.Label] {
        pairs.map { MetricFamily.Label(name: $0.0, value: $0.1) }
    }

    @Test func figuresAreKeptBySeries() throws {
        try host.call(
            """
            local m = platform.metrics
            m.counter("late_total"):add() m.counter("late_total"):add(2.5)
            m.gauge("depth", { region = "eu", shard = 1 }):set(7)
            m.gauge("depth", { shard = 1, region = "eu" }):add(-2)
            m.gauge("depth", { shard = 2, region = true }):add()
            """)
        #expect(
            store.snapshot() == [
                MetricFamily(
                    name: "plugin_p_depth", kind: .gauge,
                    series: [
                        .init(labels: labels(("region", "eu"), ("shard", "1")), value: .number(5)),
                        .init(labels: labels(("region", "true"), ("shard", "2")), value: .number(1)),
                    ]),
                MetricFamily(
                    name: "plugin_p_late_total", kind: .counter, series: [.init(labels: [], value: .number(3.5))]),
            ])
    }

    @Test func aHistogramCountsUpToItsBounds() throws {
        try host.call(
            """
            local h = platform.metrics.histogram("qty", nil, { 1, 10.5 })
            for _, value in ipairs { 0.5, 1, 1.5, 10.5, 11, math.huge } do h:observe(value) end
            platform.metrics.histogram("qty"):observe(-1)
            platform.metrics.histogram("seconds"):observe(0.3)
            """)
        let snapshot = store.snapshot()
        guard case .histogram(let buckets, let sum, let count)? = snapshot.first?.series.first?.value else {
            Issue.record("no histogram: \(snapshot)")
            return
        }
        #expect(buckets == [.init(upperBound: 1, count: 3), .init(upperBound: 10.5, count: 5)])
        #expect(sum == .infinity && count == 7)
        guard case .histogram(let seconds, 0.3, 1)? = snapshot.last?.series.first?.value else {
            Issue.record("no histogram of one value: \(snapshot)")
            return
        }
        #expect(seconds.map(\.upperBound) == MetricsStore.bounds)
        #expect(seconds.map(\.count) == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    }

    /// A label with too many values costs a hundred series, and nothing is lost.
    @Test func labelsWithoutEndEndInOneSeries() throws {
        try host.call("for i = 1, 1000 do platform.metrics.counter('n_total', { id = i }):add() end")
        let series = try #require(store.snapshot().first?.series)
        #expect(series.count == 100)
        #expect(series.first { $0.labels == labels(("id", "other")) }?.value == .number(901))
        #expect(series.first { $0.labels == labels(("id", "99")) }?.value == .number(1))
    }

    static let mistakes = [
        ("counter('1a')", "no name of a metric"), ("counter('a-b')", "no name of a metric"),
        ("counter('a:b')", "no name of a metric"), ("counter('')", "no name of a metric"),
        ("counter('ä')", "no name of a metric"), ("counter('a', { ['b.c'] = 1 })", "no name of a label"),
        ("counter('a', { __b = 1 })", "no name of a label"), ("histogram('a', { le = 1 })", "no name of a label"),
        ("counter('a', { b = {} })", "label 'b' is a table"), ("counter('a', { 'b' })", "a table by name"),
        ("counter('a') platform.metrics.gauge('a')", "of another kind"),
        ("counter('a', { b = 1 }) platform.metrics.counter('a', { c = 1 })", "has the labels {b}, not {c}"),
        ("counter('a'):add(-1)", "only grows"), ("counter('a'):add(0/0)", "only grows"),
        ("counter('a'):add(math.huge)", "only grows"), ("histogram('a', nil, { 2, 1 })", "rising numbers"),
        ("histogram('a', nil, {})", "an array of numbers"), ("histogram('a', nil, { 'x' })", "a bound is a string"),
        ("histogram('a', nil, { 1 }) platform.metrics.histogram('a', nil, { 2 })", "other bounds already"),
        ("histogram('a'):observe(0/0)", "cannot be observed"),
        ("histogram('a') platform.metrics.counter('a_sum')", "a name in common with 'a'"),
        ("counter('a_count') platform.metrics.histogram('a')", "a name in common with 'a_count'"),
        ("gauge('a'):set('x')", "number expected"),
        ("counter('x', { a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1 })", "11 labels, more than 10"),
    ]

    @Test(arguments: mistakes) func aMistakeIsNamed(text: String, message: String) throws {
        #expect { try host.call("platform.metrics.\(text)") } throws: { "\($0)".contains(message) }
    }

    @Test func namesHaveALimit() throws {
        #expect { try host.call("for i = 1, 101 do platform.metrics.counter('n' .. i) end") } throws: {
            "\($0)".contains("one more than the 100 allowed")
        }
    }

    @Test func longLabelValuesAreCut() throws {
        try host.call("platform.metrics.gauge('g', { a = ('ü'):rep(100) }):set(1)")
        let value = try #require(store.snapshot().first?.series.first?.labels.first?.value)
        #expect(value == String(repeating: "ü", count: 64))
    }

    @Test func statesOnSeveralThreadsAddUp() async throws {
        let store = store
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        let host = try LibraryHost([MetricsModule.module])
                        host.vm.provide(store)
                        try host.call(
                            """
                            local c, h = platform.metrics.counter("c_total"), platform.metrics.histogram("h", nil, { 1 })
                            for i = 1, 5000 do c:add(0.5) h:observe(i % 2) end
                            """)
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        let values = store.snapshot().map { $0.series.first?.value }
        #expect(
            values == [
                .number(10_000),
                .histogram(buckets: [.init(upperBound: 1, count: 20_000)], sum: 10_000, count: 20_000),
            ])
    }
}
