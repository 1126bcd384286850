import Testing

@testable import AdminServer

@Suite struct PrometheusTextTests {
    @Test func aMetricHasItsHelpItsTypeAndItsSamples() {
        var text = PrometheusText()
        text.write(
            "requests_total", .counter, "Requests.",
            [.init(3, [MetricLabel("api", "Produce"), MetricLabel("version", 9)]), .init(1)])
        text.write("cpu_seconds", .gauge, "CPU.", sample: .init(0.25))
        #expect(
            text.text == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{api="Produce",version="9"} 3
                requests_total 1
                # HELP cpu_seconds CPU.
                # TYPE cpu_seconds gauge
                cpu_seconds 0.25

                """)
    }

    @Test func whatWouldBreakTheFormatIsEscaped() {
        var text = PrometheusText()
        text.write("m", .gauge, "a\\b\nc\"d", [.init(1, [MetricLabel("group", "q\"uo\\te\nline\u{301}é")])])
        #expect(
            text.text == "# HELP m a\\\\b\\nc\"d\n# TYPE m gauge\nm{group=\"q\\\"uo\\\\te\\nline\u{301}é\"} 1\n")
    }

    @Test func aMetricWithoutSamplesIsLeftOut() {
        var text = PrometheusText()
        text.write("m", .gauge, "Nothing.", [])
        text.write("n", .gauge, "Unknown.", sample: nil)
        #expect(text.text.isEmpty)
    }

    @Test func numbersThatAreNoneHaveTheirNames() {
        #expect(PrometheusSample(Double.infinity).value.description == "+Inf")
        #expect(PrometheusSample(-Double.infinity).value.description == "-Inf")
        #expect(PrometheusSample(Double.nan).value.description == "NaN")
        #expect(PrometheusSample(UInt64.max).value.description == "9223372036854775807")
    }

    // MARK: Folding

    private func row(_ topic: String, _ partition: Int, _ values: Int64...) -> MetricRow {
        MetricRow(labels: [MetricLabel("topic", topic), MetricLabel("partition", partition)], values: values)
    }

    @Test func fewRowsStayAsTheyAre() {
        let rows = [row("a", 0, 1, 10), row("a", 1, 2, 20)]
        #expect(folded(rows, countMax: 2) == rows)
    }

    @Test func manyPartitionsAreSummedByTopic() {
        let rows = [row("a", 0, 1, 10), row("b", 0, 5, 50), row("a", 1, 2, 20)]
        #expect(
            folded(rows, countMax: 2) == [
                MetricRow(labels: [MetricLabel("topic", "a")], values: [3, 30]),
                MetricRow(labels: [MetricLabel("topic", "b")], values: [5, 50]),
            ])
    }

    @Test func manyTopicsAreSummedIntoOneRow() {
        let rows = (0..<10).map { row("t\($0)", 0, 1) }
        #expect(folded(rows, countMax: 9) == [MetricRow(labels: [], values: [10])])
        #expect(folded(rows, countMax: 0) == [MetricRow(labels: [], values: [10])])
    }
}
