import KafkaClient
import LogStorage
import LuaLibraries
import LuaRuntime

/// What `p:consume` takes.
struct ConsumeOptions {
    var topic: String
    var group: String?
    var from = Position.earliest
    var partition: Int64?
    /// Stops at the end of the partitions as of the beginning.
    var stopsAtEnd = false
    /// Stops when no record came for so long.
    var idleMS: Int64?

    private static let fields: Set<String> = ["topic", "group", "from", "to", "idle", "partition"]

    init(_ stack: LuaStack, at index: Int) throws(LuaError) {
        if let unknown = stack.unknownField(of: index, known: ConsumeOptions.fields) {
            throw LuaError(
                .argument, "consume has no option '\(unknown)'; there are topic, group, from, to, idle, partition")
        }
        let text = { (name: String) throws(LuaError) -> String? in
            try stack.field(name, of: index) { stack throws(LuaError) in
                stack.isAbsent(at: -1) ? nil : stack.description(at: -1)
            }
        }
        guard let topic = try text("topic") else { throw LuaError(.argument, "consume: topic is missing") }
        self.topic = topic
        group = try text("group")
        if let from = try text("from") {
            guard group == nil else {
                throw LuaError(.argument, "consume: a group goes on where it was; leave out from, or group")
            }
            guard let position = ConsumeOptions.position(from) else {
                throw LuaError(
                    .argument,
                    "consume: from is '\(from)'; it can be \"earliest\", \"latest\", \"-1000\", \"@2026-01-31\" or an offset"
                )
            }
            self.from = position
        }
        if let to = try text("to") {
            guard to == "end" else { throw LuaError(.argument, "consume: to is '\(to)'; it can be \"end\"") }
            stopsAtEnd = true
        }
        partition = try OutgoingMessage.integer("partition", stack, at: index)
        idleMS = try stack.field("idle", of: index) { stack throws(LuaError) in
            stack.isAbsent(at: -1) ? nil : try LuaDuration.milliseconds(stack: stack, at: -1, what: "idle")
        }
    }

    private static func position(_ text: String) -> Position? {
        switch text {
        case "earliest": return .earliest
        case "latest": return .latest
        default: break
        }
        if text.hasPrefix("@") {
            let time = String(text.dropFirst())
            return (Int64(time) ?? TimeModule.milliseconds(time)).map { .timestamp($0) }
        }
        guard let number = Int64(text) else { return nil }
        return number < 0 ? .beforeEnd(-number) : .offset(number)
    }
}

/// Reads records for a script, one by one. On the main actor alone.
final class ScriptConsumer {
    enum Source {
        case partitions(Consumer)
        case group(GroupConsumer)
    }

    private struct Waiting {
        var place: TopicPartition
        var offset: Int64
        var timestampMS: Int64
        var record: Record
    }

    private let source: Source
    private let client: KafkaClient
    private let options: ConsumeOptions
    private let job: JobRunner
    /// Records that have come, from `nextIndex` on not given out yet.
    private var waiting: [Waiting] = []
    private var nextIndex = 0
    private var ends: [TopicPartition: Int64] = [:]
    private var isOver = false
    private var isClosed = false

    init(_ source: Source, client: KafkaClient, _ options: ConsumeOptions, job: JobRunner) {
        self.source = source
        self.client = client
        self.options = options
        self.job = job
    }

    private var positions: [TopicPartition: Int64] {
        switch source {
        case .partitions(let consumer): consumer.positions
        case .group(let member): member.positions
        }
    }

    /// Takes the ends of partitions that are new as those to stop at.
    func noteEnds() async throws {
        let unknown = positions.keys.filter { ends[$0] == nil }
        guard !unknown.isEmpty else { return }
        let found = try await client.offsets(of: ScriptConnection.positions(unknown, .latest))
        for (place, end) in found { ends[place] = end }
    }

    /// Pushes the next message; false if none has come yet.
    func pushNext(on stack: LuaStack) -> Bool {
        guard nextIndex < waiting.count else { return false }
        let next = waiting[nextIndex]
        nextIndex += 1
        job.figures.readCount += 1
        ScriptConsumer.push(
            next.record, from: next.place, offset: next.offset, timestampMS: next.timestampMS, on: stack)
        return true
    }

    private static func push(
        _ record: Record, from place: TopicPartition, offset: Int64, timestampMS: Int64, on stack: LuaStack
    ) {
        // All bytes in one block, as the message borrows them while it is copied.
        var bytes: [UInt8] = Array(place.topic.utf8)
        let topicCount = bytes.count
        bytes += record.key ?? []
        bytes += record.value ?? []
        for header in record.headers {
            bytes += header.key.utf8
            bytes += header.value ?? []
        }
        bytes.withUnsafeBytes { all in
            var start = 0
            func take(_ count: Int) -> UnsafeRawBufferPointer {
                defer { start += count }
                return UnsafeRawBufferPointer(rebasing: all[start..<start + count])
            }
            let topic = take(topicCount)
            let key = record.key.map { take($0.count) }
            var message = LuaMessage(topic: topic, key: key, value: record.value.map { take($0.count) })
            for header in record.headers {
                message.headers.append((take(header.key.utf8.count), header.value.map { take($0.count) }))
            }
            message.timestampMS = timestampMS
            message.partition = Int64(place.partition)
            message.offset = offset
            stack.push(message)
        }
    }

    /// Waits for records; leaves none waiting at the end.
    func fill() async throws {
        let began = ContinuousClock.now
        while !isOver, nextIndex == waiting.count {
            try Task.checkCancellation()
            waiting.removeAll(keepingCapacity: true)
            nextIndex = 0
            let fetched =
                switch source {
                case .partitions(let consumer): try await consumer.poll()
                case .group(let member): try await member.poll()
                }
            if options.stopsAtEnd { try await noteEnds() }
            for batches in fetched { try take(batches) }
            if !waiting.isEmpty { return }
            if options.stopsAtEnd, !positions.isEmpty,
                positions.allSatisfy({ place, position in position >= ends[place] ?? .max })
            {
                isOver = true
            }
            if let idleMS = options.idleMS, ContinuousClock.now - began >= .milliseconds(idleMS) { isOver = true }
        }
    }

    private func take(_ batches: FetchedBatches) throws {
        let place = batches.partition
        let end = options.stopsAtEnd ? ends[place] ?? .max : .max
        try batches.forEach { offset, timestampMS, record in
            guard offset < end else { return false }
            let copy = Record(copying: record, baseTimestampMS: 0)
            waiting.append(Waiting(place: place, offset: offset, timestampMS: timestampMS, record: copy))
            return true
        }
    }

    /// A group is told how far this came: what was not given out belongs to whoever reads on, and so does the record
    /// given out last if it was not dealt with. Closed already, nothing happens.
    func close(returningLast: Bool) async throws {
        guard case .group(let member) = source, !isClosed else { return }
        isClosed = true
        isOver = true
        var rewound: Set<TopicPartition> = []
        let first = returningLast ? max(0, nextIndex - 1) : nextIndex
        for next in waiting[first...] where rewound.insert(next.place).inserted {
            member.rewind(next.place, to: next.offset)
        }
        waiting = []
        nextIndex = 0
        try await member.leave()
    }
}
