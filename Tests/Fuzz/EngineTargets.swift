import Foundation
import HTTPTypes
import LogStorage
import Metadata
import NIOCore

@testable import AdminServer
@testable import BrokerEngine
@testable import KafkaWire

/// What engines and HTTP read: group records, subscriptions, the catalog's records, JSON.
enum EngineTargets {
    static let all = [groups, subscriptions, catalog, json, queries]

    // MARK: Groups

    /// Records: key and value, each behind its length; two bytes of ones for a null value.
    static let groups = FuzzTarget(
        name: "groups", about: "records of __consumer_offsets, replayed by a coordinator that then lives on",
        makeInput: { random in
            var input: [UInt8] = []
            for _ in 0..<1 + random.number(below: 4) {
                let record = randomGroupRecord(&random)
                input += InputReader.block(random.chance(oneIn: 4) ? random.mutated(record.key) : record.key)
                input += InputReader.block(random.mutated(record.value ?? [], splicing: record.key))
            }
            return input
        },
        check: { input in
            var rest = InputReader(input)
            var core = GroupCoordinatorCore(random: SeededGenerator(seed: 1))
            var outcome = FuzzTarget.Outcome.refused
            for _ in 0..<4 {
                let key = rest.block()
                let value = rest.block()
                let record = GroupRecord(key: key, value: value.isEmpty ? nil : value)
                do throws(GroupRecordError) {
                    try core.replay(record)
                    try checkRewriting(try record.decoded())
                    outcome = .accepted
                } catch { continue }
            }
            var time = GroupTime(monotonicMS: 1_000, wallMS: 1_700_000_000_000)
            _ = core.loaded(at: time)
            for _ in 0..<8 {
                // Times in records are anything; the clock stays within a thousand years.
                guard let dueMS = core.nextDeadlineMS, dueMS < 1 << 45 else { break }
                time.wallMS += max(0, dueMS - time.monotonicMS)
                time.monotonicMS = max(dueMS, time.monotonicMS)
                for action in core.advance(to: time) {
                    if case .persist(let token, _, _) = action { _ = core.persisted(token, at: time) }
                }
            }
            return outcome
        })

    private static func checkRewriting(_ content: GroupRecord.Content) throws(GroupRecordError) {
        let again: GroupRecord.Content
        switch content {
        case .offset(let groupID, let topic, let partition, let offset):
            again = try GroupRecord.offset(groupID: groupID, topic: topic, partition: partition, offset).decoded()
        case .group(let groupID, let snapshot):
            again = try GroupRecord.group(groupID: groupID, snapshot).decoded()
        case .foreign: return
        }
        precondition(again == content, "a group record reads otherwise after it was written")
    }

    private static func randomGroupRecord(_ random: inout RandomValues) -> GroupRecord {
        guard random.bool() else {
            return .offset(
                groupID: random.pick(["g", "h", random.string()]), topic: random.string(), partition: random.integer(),
                CommittedOffset(
                    offset: random.integer(), leaderEpoch: random.integer(), metadata: random.string(),
                    commitWallMS: random.integer(), expiryWallMS: random.bool() ? nil : random.integer()))
        }
        let members = (0..<random.count()).map { _ in
            GroupSnapshot.Member(
                memberID: random.string(), groupInstanceID: random.bool() ? nil : random.string(),
                clientID: random.string(), clientHost: random.string(), rebalanceTimeoutMS: random.integer(),
                sessionTimeoutMS: random.integer(), metadata: subscription(&random),
                assignment: random.blob())
        }
        return .group(
            groupID: random.pick(["g", "h", random.string()]),
            GroupSnapshot(
                protocolType: random.pick(["consumer", random.string()]), generation: random.integer(),
                protocolName: random.bool() ? nil : random.string(),
                leaderID: random.bool() ? members.first?.memberID : random.string(),
                stateSinceWallMS: random.integer(), members: members))
    }

    // MARK: Subscriptions

    private static func subscription(_ random: inout RandomValues) -> [UInt8] {
        let versions = ConsumerProtocolSubscription.validVersions
        let version = versions.lowerBound + Int16(random.number(below: versions.count))
        return Array(
            buffer: ConsumerProtocolSubscription.random(version: version, using: &random).metadata(version: version))
    }

    static let subscriptions = FuzzTarget(
        name: "subscriptions", about: "subscription and assignment of consumers, by codec and by engine",
        makeInput: { random in
            if random.bool() { return random.mutated(subscription(&random), splicing: subscription(&random)) }
            let version = ConsumerProtocolAssignment.validVersions.upperBound
            let assignment = ConsumerProtocolAssignment.random(version: version, using: &random)
            return random.mutated(Array(buffer: assignment.assignment(version: version)))
        },
        check: { input in
            let bytes = ByteBuffer(bytes: input)
            if let assignment = try? ConsumerProtocolAssignment(assignment: bytes) {
                let version = ConsumerProtocolAssignment.validVersions.upperBound
                let again = try ConsumerProtocolAssignment(assignment: assignment.assignment(version: version))
                try require(again == assignment, "assignment reads otherwise after it was written")
            }
            let topics = ConsumerSubscription.topics(in: input)
            let subscription: ConsumerProtocolSubscription
            do { subscription = try ConsumerProtocolSubscription(metadata: bytes) } catch { return .refused }
            try require(topics == Set(subscription.topics), "the engine sees other topics than the codec")
            let version = ConsumerProtocolSubscription.validVersions.upperBound
            let again = try ConsumerProtocolSubscription(metadata: subscription.metadata(version: version))
            try require(again == subscription, "subscription reads otherwise after it was written")
            return .accepted
        })

    // MARK: Text

    private static let jsonTokens = [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u0000", "\\ud800", "\\u00e9", "null", "true", "-", "0", "1e999",
        "1.5", "9223372036854775808", "-9223372036854775808", "\u{0}", "\u{feff}", "//", "{\"a\":", "[[", "\"base64\"",
        "\"value\"", "\"records\"",
    ]

    /// Key, value.
    static let catalog = FuzzTarget(
        name: "catalog", about: "records of __metadata",
        makeInput: { random in
            let record = randomCatalogRecord(&random)
            let key = random.chance(oneIn: 8) ? random.mutated(record.key) : record.key
            return InputReader.block(key) + random.mutated(text: try record.value, tokens: jsonTokens)
        },
        check: { input in
            var input = InputReader(input)
            let record: MetadataRecord
            do { record = try MetadataRecord(key: input.block(), value: input.remainder()) } catch { return .refused }
            try require(
                try MetadataRecord(key: record.key, value: record.value) == record,
                "record reads otherwise after it was written")
            return .accepted
        })

    private static func randomCatalogRecord(_ random: inout RandomValues) -> MetadataRecord {
        let name = random.string()
        let config = [random.string(): random.string()]
        switch random.number(below: 6) {
        case 0:
            let id = random.uuid()
            let bytes = bigEndian(id.hi) + bigEndian(id.lo)
            return .topicCreated(
                CatalogTopic(
                    name: name, id: UUID(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) }),
                    partitionCount: random.integer(), kind: random.pick(TopicKind.allCases), config: config,
                    isInternal: random.bool()))
        case 1: return .partitionsAdded(topic: name, count: random.integer())
        case 2: return .topicConfigChanged(topic: name, config: config)
        case 3: return .topicDeleted(name: name)
        case 4: return .brokerConfigChanged(config: config)
        default: return .producerIDsReserved(end: random.integer())
        }
    }

    private static let produceBodies = [
        #"{"records":[{"key":"k","value":"v","headers":{"a":["x",null,{"base64":"/w=="}],"b":"2"},"partition":3,"#
            + #""timestamp":1700000000000},{"key":{"base64":"AP8="},"value":null,"topic":"t","offset":5}]}"#,
        #"{"value":""}"#, #"{"key":null,"value":{"base64":""},"headers":null,"partition":null,"timestamp":null}"#,
        #"{"records":[{"value":"1"},{"value":"2"},{"value":"3"},{"value":"grüße 🚲","timestamp":-1}]}"#,
    ]
    private static let recordCountMax = 20

    static let json = FuzzTarget(
        name: "json", about: "bodies of HTTP produce requests",
        makeInput: { random in random.mutated(text: Array(random.pick(produceBodies).utf8), tokens: jsonTokens) },
        check: { input in
            let records: [ProducedRecord]
            do throws(AdminError) {
                records = try ProducedRecord.parse(json: ByteBuffer(bytes: input), countMax: recordCountMax)
            } catch {
                try require((400...499).contains(error.status.code), "answers \(error.status)")
                return .refused
            }
            try require((1...recordCountMax).contains(records.count), "\(records.count) records")
            var builder = RecordBatchBuilder()
            for record in records {
                let before = builder.sizeBytes
                builder.append(
                    Record(
                        key: record.key, value: record.value, headers: record.headers,
                        timestampMS: record.timestampMS ?? 0))
                try require(builder.sizeBytes - before <= record.sizeBytesBound, "a record is larger than its bound")
            }
            return .accepted
        })

    static let queries = FuzzTarget(
        name: "queries", about: "query strings of HTTP requests",
        makeInput: { random in
            random.mutated(
                text: Array("partition=0&offset=10&limit=100&wait=5s".utf8),
                tokens: ["&", "=", "%", "%00", "%ff", "%C3%A9", "+", "-1", "9223372036854775808", "offset", ";", "?"])
        },
        check: { input in
            let known = ["partition", "offset", "limit", "wait"]
            let query = String(decoding: input, as: UTF8.self)
            do throws(AdminError) {
                let parameters = try QueryParameters(query, known: known)
                _ = parameters.text("wait")
                _ = try parameters.integer("offset", in: Int64(0)...1000)
                return .accepted
            } catch {
                try require(error.status.code == 400, "answers \(error.status)")
                return .refused
            }
        })
}
