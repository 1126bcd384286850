import ArgumentParser
import KafkaClient
import LogStorage

// Wrapped, as the help of an option shows the raw value of an enumeration: a number of the protocol.

/// A codec by its name.
struct CodecArgument: ExpressibleByArgument, CustomStringConvertible {
    var codec: CompressionCodec

    init(_ codec: CompressionCodec) { self.codec = codec }

    init?(argument: String) {
        guard let codec = CompressionCodec.allCases.first(where: { "\($0)" == argument }) else { return nil }
        self.codec = codec
    }

    var description: String { "\(codec)" }
    static var allValueStrings: [String] { CompressionCodec.allCases.map { "\($0)" } }
}

/// Who must have a record: all (also -1), 1 or 0, as with Kafka's clients.
struct AcknowledgementArgument: ExpressibleByArgument, CustomStringConvertible {
    var acknowledgement: ProducerConfiguration.Acknowledgement

    init(_ acknowledgement: ProducerConfiguration.Acknowledgement) { self.acknowledgement = acknowledgement }

    init?(argument: String) {
        switch argument {
        case "all", "-1": acknowledgement = .all
        case "1": acknowledgement = .leader
        case "0": acknowledgement = .none
        default: return nil
        }
    }

    var description: String { acknowledgement == .all ? "all" : "\(acknowledgement.rawValue)" }
    static var allValueStrings: [String] { ["all", "1", "0"] }
}
