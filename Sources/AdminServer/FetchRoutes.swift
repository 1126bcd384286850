import BrokerEngine
import Hummingbird
import LogStorage
import NIOCore
import Replication

extension AdminService {
    /// `GET /v1/topics/{topic}/records`: committed records of one partition from an offset on.
    func addFetchRoutes(to router: Router<AdminRequestContext>) {
        router.get("/v1/topics/:topic/records") { request, context in
            let topic = try self.topic(in: context)
            let wanted = try RecordQuery(request.uri.query, topic: topic, configuration: self.configuration)
            let page = try await self.page(wanted, of: topic)
            return try await self.inflating {
                try Response.json(PageAnswer(topic: topic.name, partition: wanted.partition.index, page: page))
            }
        }
    }

    /// Reads; if there is nothing to read, waits as long as the query allows.
    private func page(_ wanted: RecordQuery, of topic: Topic) async throws -> RecordPage {
        let log = wanted.partition.log
        let deadline = NIODeadline.now() + .milliseconds(wanted.waitMS)
        var page = try await inflating {
            try RecordPage.readForHTTP(log, from: wanted.start(in: log.extent), limit: wanted.limit)
        }
        guard page.records.isEmpty, wanted.waitMS > 0, waitingReads.take(1) else { return page }
        defer { waitingReads.giveBack(1) }
        while page.records.isEmpty {
            let wakeUp = WakeUp()
            log.addObserver(wakeUp)
            defer { log.removeObserver(wakeUp) }
            // What happened between the read and the registration woke nobody: look again.
            guard broker.topic(topic.name)?.id == topic.id else { throw AdminError(.unknownTopic(name: topic.name)) }
            if log.extent.committedOffset <= page.nextOffset {
                let cause = await wakeUp.wait(until: deadline, on: eventLoopGroup.next(), endsOnShutdown: true)
                guard cause == .committed else { return page }
            }
            let next = page.nextOffset
            page = try await inflating { try RecordPage.readForHTTP(log, from: next, limit: wanted.limit) }
        }
        return page
    }
}

extension RecordPage {
    /// As `read`; throws `AdminError` if the first record is too large.
    fileprivate static func readForHTTP(_ log: ReplicatedLog, from offset: Int64, limit: Limit) throws -> RecordPage {
        let page = try read(log, from: offset, limit: limit)
        if let sizeBytes = page.oversizedRecordBytes, page.records.isEmpty {
            throw AdminError(
                .unprocessableContent, "record_too_large",
                "the record at offset \(page.nextOffset) takes \(sizeBytes) bytes, over HTTP the limit is "
                    + "\(limit.recordBytesMax): read it with a Kafka client, or go on at offset \(page.nextOffset + 1)"
            )
        }
        return page
    }
}

/// What a read asks for.
struct RecordQuery: Sendable {
    private enum Start {
        case earliest
        case latest
        case offset(Int64)
    }

    let partition: Partition
    let waitMS: Int64
    let limit: RecordPage.Limit
    private let start: Start

    init(_ query: String?, topic: Topic, configuration: AdminServerConfiguration) throws(AdminError) {
        let query = try QueryParameters(query, known: ["partition", "offset", "limit", "wait-ms"])
        start =
            switch query.text("offset") {
            case nil, "earliest": .earliest
            case "latest": .latest
            case let text?:
                if let offset = Int64(text), offset >= 0 {
                    .offset(offset)
                } else {
                    throw AdminError(
                        .badRequest, "invalid_parameter",
                        "offset=\(text): must be earliest, latest or an integer from 0 on")
                }
            }
        limit = RecordPage.Limit(
            recordCountMax: try query.integer("limit", in: 1...configuration.readRecordCountMax)
                ?? configuration.readRecordCountDefault,
            bytesMax: configuration.readBytesMax, recordBytesMax: configuration.readRecordBytesMax)
        waitMS = try query.integer("wait-ms", in: 0...configuration.readWaitMSMax) ?? 0
        if let index = try query.integer("partition", in: 0...Int32.max) {
            do { partition = try topic.partition(index) } catch { throw AdminError(error) }
        } else {
            guard topic.partitions.count == 1 else {
                throw AdminError(
                    .badRequest, "partition_required",
                    "topic '\(topic.name)' has \(topic.partitions.count) partitions: add partition=0 to "
                        + "partition=\(topic.partitions.count - 1)")
            }
            partition = topic.partitions[0]
        }
    }

    func start(in extent: ReplicatedLog.Extent) -> Int64 {
        switch start {
        case .earliest: extent.logStartOffset
        case .latest: extent.committedOffset
        case .offset(let offset): offset
        }
    }
}

/// The body of an answer to a read.
private struct PageAnswer: Encodable {
    struct Entry: Encodable {
        var offset: Int64
        var timestamp: Int64
        var key: JSONBytes
        var value: JSONBytes
        var headers: JSONHeaders
    }

    var topic: String
    var partition: Int32
    var records: [Entry]
    /// Where the next request goes on.
    var nextOffset: Int64
    var committedOffset: Int64
    var logStartOffset: Int64

    init(topic: String, partition: Int32, page: RecordPage) {
        self.topic = topic
        self.partition = partition
        records = page.records.map {
            Entry(
                offset: $0.offset, timestamp: $0.record.timestampMS, key: JSONBytes(bytes: $0.record.key),
                value: JSONBytes(bytes: $0.record.value), headers: JSONHeaders(headers: $0.record.headers))
        }
        nextOffset = page.nextOffset
        committedOffset = page.extent.committedOffset
        logStartOffset = page.extent.logStartOffset
    }
}
