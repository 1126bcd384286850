/// Rows under titles, columns aligned with spaces.
struct TextTable {
    struct Column {
        var title: String
        var isNumber: Bool

        /// Aligned at its beginning.
        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        /// Aligned at its end.
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    /// What stands where there is no value.
    static let absent = "-"

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: Column...) { self.columns = columns }

    /// One cell a column; an empty one is shown as absent.
    mutating func add(_ cells: String...) {
        precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
        rows.append(cells.map { $0.isEmpty ? TextTable.absent : $0.printable })
    }

    /// Titles, then the rows, without spaces at the ends of lines and without a last line end.
    var text: String {
        let titles = columns.map(\.title)
        let widths = columns.indices.map { index in
            rows.reduce(titles[index].count) { max($0, $1[index].count) }
        }
        return ([titles] + rows).map { line($0, widths) }.joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { line += "  " }
            let padding = String(repeating: " ", count: widths[index] - cell.count)
            line += columns[index].isNumber ? padding + cell : cell + padding
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Names with their values, one a line, values aligned.
    static func facts(_ facts: [(name: String, value: String)]) -> String {
        let width = facts.reduce(0) { max($0, $1.name.count) }
        return facts.map { name, value in
            let padding = String(repeating: " ", count: width - name.count)
            return "\(name)\(padding)  \(value.isEmpty ? absent : value.printable)"
        }.joined(separator: "\n")
    }
}

extension String {
    /// Without characters that would move the cursor or end the line: names come from anybody.
    var printable: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.properties.generalCategory == .control {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Int64? {
    /// A cell of a table.
    var cell: String { self.map { "\($0)" } ?? TextTable.absent }
}

/// A field that stands in the JSON document as null if there is no value.
@propertyWrapper struct NullIfAbsent<Value: Encodable>: Encodable {
    var wrappedValue: Value?

    init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

extension NullIfAbsent: Sendable where Value: Sendable {}
extension NullIfAbsent: Equatable where Value: Equatable {}
