/// One family of decoders under attack: how to make its input, and what must hold of any input.
///
/// An input is nothing but bytes. Where a decoder takes more than that (a version, a codec), the first bytes choose it,
/// so that any input can be tried again by its hex alone.
struct FuzzTarget: Sendable {
    enum Outcome {
        /// Decoded, and the value was checked.
        case accepted
        /// Refused with the decoder's own error.
        case refused
    }

    let name: String
    /// What it tries, for `--list`.
    let about: String
    /// Makes an input: most often a sound one that was damaged.
    let makeInput: @Sendable (_ random: inout RandomValues) throws -> [UInt8]
    /// Decodes an input. Throws `Violation`, or whatever a decoder throws that it should not.
    let check: @Sendable (_ input: [UInt8]) throws -> Outcome

    /// Address space that a case may add for no reason in its input.
    var growthBytesMax = 24 << 20

    /// All of them, in the order in which they run.
    static let all: [FuzzTarget] =
        WireTargets.all + RecordTargets.all + StorageTargets.all + EngineTargets.all
}

/// Something that must hold of every input did not.
struct Violation: Error, CustomStringConvertible {
    let description: String
}

/// Throws if `condition` does not hold.
func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw Violation(description: what()) }
}

/// Takes an input apart; where it ends, zeros follow.
struct InputReader {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    mutating func byte() -> Int { Int(rest.popFirst() ?? 0) }

    /// The next bytes, behind a length of two bytes.
    mutating func block() -> [UInt8] {
        let count = byte() << 8 | byte()
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// All that is left.
    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    /// Bytes with their length before them, as `block` reads them.
    static func block(_ bytes: [UInt8]) -> [UInt8] {
        let bytes = bytes.prefix(0xffff)
        return [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
    }
}
