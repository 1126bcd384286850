/// Why bytes are not what the protocol says they should be.
public struct WireError: Error, Equatable, Sendable {
    /// What was found, with the values that show it.
    public enum Reason: Equatable, Sendable {
        /// A value of `neededBytes` would end after the input.
        case truncated(neededBytes: Int, remainingBytes: Int)
        /// A string or byte field claims more bytes than the input holds.
        case lengthBeyondEnd(lengthBytes: Int, remainingBytes: Int)
        /// An array claims more elements than the input can hold, each at its smallest.
        case countBeyondEnd(count: Int, remainingBytes: Int)
        /// A length or count is below -1.
        case negativeLength(Int)
        /// A field is null that must not be null in this version.
        case unexpectedNull
        /// A variable-length integer has more bits than its type.
        case varintTooLong
        /// A string is not UTF-8.
        case invalidUTF8
        /// An embedded structure has a negative version.
        case negativeVersion(Int)
        /// A frame announces a length below zero; the stream is lost.
        case negativeFrameLength(Int)
        /// A frame announces more bytes than allowed; the stream is lost.
        case frameTooLarge(lengthBytes: Int, bytesMax: Int)
    }

    /// What was found.
    public let reason: Reason
    /// Bytes between the start of the message and the value in question.
    public let position: Int

    /// An error at a byte of the message.
    public init(_ reason: Reason, at position: Int) {
        self.reason = reason
        self.position = position
    }
}

extension WireError: CustomStringConvertible {
    /// The place, what was found there and what the limit is.
    public var description: String {
        let what =
            switch self.reason {
            case .truncated(let needed, let remaining):
                "a value of \(needed) bytes begins with \(remaining) bytes left"
            case .lengthBeyondEnd(let length, let remaining):
                "a field claims \(length) bytes with \(remaining) bytes left"
            case .countBeyondEnd(let count, let remaining):
                "an array claims \(count) elements with \(remaining) bytes left"
            case .negativeLength(let length):
                "a length is \(length); the least is -1, for null"
            case .unexpectedNull:
                "a field is null that may not be null in this version"
            case .varintTooLong:
                "a variable-length integer does not end in time"
            case .invalidUTF8:
                "a string is not UTF-8"
            case .negativeVersion(let version):
                "a structure has version \(version); the least is 0"
            case .negativeFrameLength(let length):
                "a frame has length \(length); the least is 0"
            case .frameTooLarge(let length, let max):
                "a frame has \(length) bytes; the limit is \(max)"
            }
        return "byte \(self.position): \(what)"
    }
}
