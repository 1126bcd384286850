import LuaRuntime
import Synchronization

/// The metrics that a plugin's scripts keep: a service of each of its `LuaVM`s, shared by all of them.
public final class MetricsStore: Sendable {
    public struct Limits: Sendable, Equatable {
        /// Of names; more are an error.
        public var nameCountMax = 100
        /// Of each name. All further labels share one series, whose labels have the value `other`: a mistake in the
        /// choice of labels must neither fill the memory nor stop the plugin.
        public var seriesCountMax = 100
        /// More are an error.
        public var labelCountMax = 10
        /// Longer values are cut.
        public var labelValueBytesMax = 128
        /// More are an error.
        public var bucketCountMax = 50

        public init() {}
    }

    /// Before each name as it is exported: `plugin_orders_`.
    public let prefix: String
    public let limits: Limits
    private let families = Mutex<[String: Family]>([:])

    public init(prefix: String, limits: Limits = .init()) {
        self.prefix = prefix
        self.limits = limits
    }

    /// Bounds of a histogram that is given none: seconds, from 5 ms to 10 s.
    public static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// The value of labels for which there was no series left.
    public static let otherValue = "other"

    private enum Instrument {
        case counter(MetricCounter)
        case gauge(MetricGauge)
        case histogram(MetricHistogram)

        init(_ kind: MetricFamily.Kind, bounds: [Double]) {
            switch kind {
            case .counter: self = .counter(MetricCounter())
            case .gauge: self = .gauge(MetricGauge())
            case .histogram: self = .histogram(MetricHistogram(bounds: bounds))
            }
        }
    }

    /// All series of a name.
    private struct Family {
        var kind: MetricFamily.Kind
        /// Sorted.
        var labelNames: [String]
        var bounds: [Double]
        /// By the values of the labels, in the order of `labelNames`.
        var series: [[String]: Instrument] = [:]
    }

    // MARK: Scripts

    func counter(_ name: String, _ labels: [String: String]) throws(LuaError) -> MetricCounter {
        guard case .counter(let counter) = try instrument(.counter, name, labels) else { throw wrongKind(name) }
        return counter
    }

    func gauge(_ name: String, _ labels: [String: String]) throws(LuaError) -> MetricGauge {
        guard case .gauge(let gauge) = try instrument(.gauge, name, labels) else { throw wrongKind(name) }
        return gauge
    }

    /// `bounds` are those of the name's first histogram; others for the same name are an error. nil: whatever it has.
    func histogram(_ name: String, _ labels: [String: String], bounds: [Double]?) throws(LuaError) -> MetricHistogram {
        if let bounds {
            let isRising = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
            guard (1...limits.bucketCountMax).contains(bounds.count), isRising, bounds.allSatisfy(\.isFinite) else {
                throw LuaError(
                    .argument, "the bounds of '\(name)' have to be 1 to \(limits.bucketCountMax) rising numbers")
            }
        }
        guard case .histogram(let histogram) = try instrument(.histogram, name, labels, bounds: bounds) else {
            throw wrongKind(name)
        }
        return histogram
    }

    private func wrongKind(_ name: String) -> LuaError {
        LuaError(.argument, "metric '\(name)' is of another kind already")
    }

    private func instrument(
        _ kind: MetricFamily.Kind, _ name: String, _ labels: [String: String], bounds: [Double]? = nil
    ) throws(LuaError) -> Instrument {
        let labelNames = labels.keys.sorted()
        let values = labelNames.map { cut(labels[$0] ?? "") }
        return try families.withLock { (families) throws(LuaError) -> Instrument in
            if families[name] == nil {
                try check(kind, name, labelNames, families)
                families[name] = Family(kind: kind, labelNames: labelNames, bounds: bounds ?? MetricsStore.bounds)
            }
            guard let family = families[name], family.kind == kind else { throw wrongKind(name) }
            guard family.labelNames == labelNames else {
                let wanted = family.labelNames.joined(separator: ", ")
                throw LuaError(
                    .argument,
                    "metric '\(name)' has the labels {\(wanted)}, not {\(labelNames.joined(separator: ", "))}")
            }
            guard bounds == nil || bounds == family.bounds else {
                throw LuaError(.argument, "histogram '\(name)' has other bounds already")
            }
            if let instrument = family.series[values] { return instrument }
            let isFull = family.series.count >= limits.seriesCountMax - 1 && !labelNames.isEmpty
            let kept = isFull ? labelNames.map { _ in MetricsStore.otherValue } : values
            if let instrument = family.series[kept] { return instrument }
            let instrument = Instrument(kind, bounds: family.bounds)
            families[name]?.series[kept] = instrument
            return instrument
        }
    }

    // MARK: Checks

    /// Of a name's first series.
    private func check(
        _ kind: MetricFamily.Kind, _ name: String, _ labelNames: [String], _ families: [String: Family]
    ) throws(LuaError) {
        guard MetricsStore.isName(name) else {
            throw LuaError(
                .argument, "'\(name)' is no name of a metric: letters, digits and '_', not beginning with a digit")
        }
        guard families.count < limits.nameCountMax else {
            throw LuaError(.argument, "metric '\(name)' would be one more than the \(limits.nameCountMax) allowed")
        }
        guard labelNames.count <= limits.labelCountMax else {
            throw LuaError(
                .argument, "metric '\(name)' has \(labelNames.count) labels, more than \(limits.labelCountMax)")
        }
        for label in labelNames
        where !MetricsStore.isName(label) || label.hasPrefix("__") || (kind == .histogram && label == "le") {
            throw LuaError(
                .argument,
                "'\(label)' is no name of a label of a \(kind.rawValue): letters, digits and '_', not "
                    + "beginning with a digit or '__', and not 'le' in a histogram")
        }
        // A histogram is exported as three metrics, whose names must not be another's.
        let parts = ["_bucket", "_sum", "_count"]
        let taken =
            kind == .histogram
            ? parts.map { name + $0 }.first { families[$0] != nil }
            : parts.filter(name.hasSuffix).map { String(name.dropLast($0.count)) }
                .first { families[$0]?.kind == .histogram }
        if let taken { throw LuaError(.argument, "metric '\(name)' would have a name in common with '\(taken)'") }
    }

    /// As Prometheus has it, without the colon, which is for recording rules.
    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.count <= 128
            && name.utf8.allSatisfy {
                $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "~")
                    && PercentEncoding.Allowed.unreserved.contains($0)
            }
    }

    private func cut(_ value: String) -> String {
        guard value.utf8.count > limits.labelValueBytesMax else { return value }
        var cut = String.UnicodeScalarView()
        var byteCount = 0
        for scalar in value.unicodeScalars {
            byteCount += UTF8.width(scalar)
            guard byteCount <= limits.labelValueBytesMax else { break }
            cut.append(scalar)
        }
        return String(cut)
    }

    // MARK: Export

    /// All there is, sorted by name and labels, under exported names.
    public func snapshot() -> [MetricFamily] {
        let families = families.withLock { $0 }
        return families.sorted { $0.key < $1.key }.map { name, family in
            let series = family.series.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { values, instrument in
                MetricFamily.Series(
                    labels: zip(family.labelNames, values).map { MetricFamily.Label(name: $0, value: $1) },
                    value: MetricsStore.value(of: instrument))
            }
            return MetricFamily(name: prefix + name, kind: family.kind, series: series)
        }
    }

    private static func value(of instrument: Instrument) -> MetricFamily.Value {
        switch instrument {
        case .counter(let counter): return .number(counter.sum.value)
        case .gauge(let gauge): return .number(gauge.sum.value)
        case .histogram(let histogram):
            let state = histogram.current
            var count: UInt64 = 0
            let buckets = zip(histogram.bounds, state.counts).map { bound, added in
                count += added
                return MetricFamily.Bucket(upperBound: bound, count: count)
            }
            return .histogram(buckets: buckets, sum: state.sum, count: state.counts.reduce(0, +))
        }
    }
}

/// A metric of scripts with all its series, for export.
public struct MetricFamily: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    public struct Label: Sendable, Equatable {
        public var name: String
        public var value: String
    }

    public struct Bucket: Sendable, Equatable {
        public var upperBound: Double
        /// Of all values up to the bound, also those of lower buckets.
        public var count: UInt64
    }

    public enum Value: Sendable, Equatable {
        case number(Double)
        /// Without the last bucket, `+Inf`, whose count is `count`.
        case histogram(buckets: [Bucket], sum: Double, count: UInt64)
    }

    public struct Series: Sendable, Equatable {
        public var labels: [Label]
        public var value: Value
    }

    public var name: String
    public var kind: Kind
    public var series: [Series]
}
