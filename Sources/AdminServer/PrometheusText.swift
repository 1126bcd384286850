import LuaLibraries

/// Metrics in Prometheus's text format, version 0.0.4: for each metric a HELP and a TYPE line, then its samples.
///
///     # HELP name text            backslash and line feed escaped
///     # TYPE name counter
///     name{label="value"} 42      backslash, line feed and double quote escaped in the value
struct PrometheusText {
    enum Kind: String {
        case counter, gauge
    }

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// Writes a metric with all its samples, which the format wants together; nothing if it has none.
    mutating func write(_ name: String, _ kind: Kind, _ help: String, _ samples: [PrometheusSample]) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            text += name
            var separator = "{"
            for label in sample.labels {
                text += "\(separator)\(label.name)=\"\(escaped(label.value, quotes: true))\""
                separator = ","
            }
            text += sample.labels.isEmpty ? " " : "} "
            text += sample.value.description
            text += "\n"
        }
    }

    /// Writes a metric without labels; nothing if its value is not known.
    mutating func write(_ name: String, _ kind: Kind, _ help: String, sample: PrometheusSample?) {
        if let sample { write(name, kind, help, [sample]) }
    }

    /// Writes a metric of a plugin's own.
    mutating func write(_ family: MetricFamily) {
        text += "# HELP \(family.name) Kept by a plugin.\n# TYPE \(family.name) \(family.kind.rawValue)\n"
        for series in family.series {
            let labels = series.labels.map { (name: $0.name, value: $0.value) }
            switch series.value {
            case .number(let value): line(family.name, labels, value)
            case .histogram(let buckets, let sum, let count):
                for bucket in buckets {
                    line(
                        family.name + "_bucket", labels + [("le", "\(bucket.upperBound)")], Double(bucket.count))
                }
                line(family.name + "_bucket", labels + [("le", "+Inf")], Double(count))
                line(family.name + "_sum", labels, sum)
                line(family.name + "_count", labels, Double(count))
            }
        }
    }

    private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
        let pairs = labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
        text += name + (pairs.isEmpty ? "" : "{\(pairs)}") + " \(PrometheusSample.Value.real(value))\n"
    }

    private func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// One value of a metric.
struct PrometheusSample: Equatable {
    enum Value: Equatable, CustomStringConvertible {
        case integer(Int64)
        case real(Double)

        var description: String {
            switch self {
            case .integer(let value): "\(value)"
            case .real(let value) where value.isNaN: "NaN"
            case .real(let value) where value.isInfinite: value < 0 ? "-Inf" : "+Inf"
            case .real(let value): "\(value)"
            }
        }
    }

    var labels: [MetricLabel]
    var value: Value

    init(_ value: some BinaryInteger, _ labels: [MetricLabel] = []) {
        self.labels = labels
        self.value = .integer(Int64(clamping: value))
    }

    init(_ value: Double, _ labels: [MetricLabel] = []) {
        self.labels = labels
        self.value = .real(value)
    }
}

/// A label of a metric's sample.
struct MetricLabel: Hashable {
    /// Of ASCII letters, digits and underscores.
    var name: String
    var value: String

    init(_ name: String, _ value: some CustomStringConvertible) {
        self.name = name
        self.value = value.description
    }
}

/// Values that carry the same labels, the coarsest label first.
struct MetricRow: Equatable {
    var labels: [MetricLabel]
    var values: [Int64]
}

/// Sums rows over their finest label, and again, until at most `countMax` are left: what a scrape costs its server
/// and the one that stores it must not grow without limit with partitions and groups.
func folded(_ rows: [MetricRow], countMax: Int) -> [MetricRow] {
    var rows = rows
    while rows.count > countMax, rows.contains(where: { !$0.labels.isEmpty }) {
        var indices: [[MetricLabel]: Int] = [:]
        var sums: [MetricRow] = []
        for row in rows {
            let labels = Array(row.labels.dropLast())
            if let index = indices[labels] {
                for (column, value) in row.values.enumerated() { sums[index].values[column] &+= value }
            } else {
                indices[labels] = sums.count
                sums.append(MetricRow(labels: labels, values: row.values))
            }
        }
        rows = sums
    }
    return rows
}
