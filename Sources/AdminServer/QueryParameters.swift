import Foundation
import HTTPTypes

/// The part of a URL behind its question mark, read strictly: an unknown or repeated name is an error, so that a
/// misspelt parameter is not silently without effect.
struct QueryParameters {
    private var values: [String: String] = [:]

    /// `query` as it stands in the URL, percent-encoded. A plus sign stands for itself.
    init(_ query: String?, known: [String]) throws(AdminError) {
        for part in (query ?? "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = String(pair[0]).removingPercentEncoding,
                let value = pair.count == 2 ? String(pair[1]).removingPercentEncoding : ""
            else {
                throw AdminError(.badRequest, "invalid_query", "'\(part)' in the query is not percent-encoded UTF-8")
            }
            guard known.contains(name) else {
                throw AdminError(
                    .badRequest, "unknown_parameter",
                    "query parameter '\(name)' is not known; known are \(known.joined(separator: ", "))")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw AdminError(.badRequest, "repeated_parameter", "query parameter '\(name)' is given twice")
            }
        }
    }

    func text(_ name: String) -> String? { values[name] }

    /// The integer of a name, nil if it is not given; it must lie in the range.
    func integer<Value: FixedWidthInteger & Sendable>(
        _ name: String, in range: ClosedRange<Value>
    ) throws(AdminError) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = Value(text), range.contains(value) else {
            throw AdminError(
                .badRequest, "invalid_parameter",
                "\(name)=\(text): must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
