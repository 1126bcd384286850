import Foundation
import Metadata
import TestSupport

/// Changes as a broker might make them, and some that it never would: of topics that do not exist, of names reused.
struct RandomCatalogChanges {
    private var random: SeededGenerator
    private let names = ["orders", "payments", "a.b_c-d", "__consumer_offsets"]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func log(count: Int) -> [(offset: Int64, record: MetadataRecord)] {
        (0..<count).map { (Int64($0), next()) }
    }

    mutating func next() -> MetadataRecord {
        let name = names[random.int(in: 0..<names.count)]
        switch random.int(in: 0..<10) {
        case 0...2: return .topicCreated(topic(name))
        case 3: return .partitionsAdded(topic: name, count: Int32(random.int(in: 1...1000)))
        case 4...5: return .topicConfigChanged(topic: name, config: config())
        case 6: return .topicDeleted(name: name)
        case 7: return .brokerConfigChanged(config: config())
        default: return .producerIDsReserved(end: Int64(random.int(in: 0...1_000_000)))
        }
    }

    private mutating func topic(_ name: String) -> CatalogTopic {
        let bytes = random.bytes(16)
        let id = UUID(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
        return CatalogTopic(
            name: name, id: id, partitionCount: Int32(random.int(in: 1...100)),
            kind: TopicKind.allCases[random.int(in: 0..<TopicKind.allCases.count)], config: config(),
            isInternal: random.chance(1, in: 4))
    }

    private mutating func config() -> [String: String] {
        let values = ["1", "-1", "", "compact,delete", "a\"b\\c/d", "Grüße \u{1F4E6}", "nul\u{0}nul", "line\nline"]
        var config: [String: String] = [:]
        for key in ["retention.ms", "cleanup.policy", "x", ""] where random.chance(1, in: 2) {
            config[key] = values[random.int(in: 0..<values.count)]
        }
        return config
    }
}

extension Catalog {
    /// What a log adds up to.
    init(following log: some Sequence<MetadataRecord>) {
        self.init()
        for record in log { apply(record) }
    }
}

/// A directory that is removed with the value.
final class ScratchDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("metadata-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/metadata.sqlite" }
}
