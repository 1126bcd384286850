public import ArgumentParser
public import KafkaClient
public import LogStorage

extension CompressionCodec: ExpressibleByArgument {
    public init?(argument: String) {
        guard let codec = CompressionCodec.allCases.first(where: { "\($0)" == argument }) else { return nil }
        self = codec
    }

    public static var allValueStrings: [String] { allCases.map { "\($0)" } }
}

extension ProducerConfiguration.Acknowledgement: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument {
        case "all", "-1": self = .all
        case "1": self = .leader
        case "0": self = .none
        default: return nil
        }
    }

    public static var allValueStrings: [String] { ["all", "1", "0"] }
}
