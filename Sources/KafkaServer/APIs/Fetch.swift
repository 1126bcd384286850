import BrokerEngine
import KafkaWire
import LogStorage
import NIOCore
import NIOPosix
import Replication
import Synchronization

extension RequestDispatcher {
    /// Fetch. Sessions (KIP-227) are refused as the protocol allows: the answer's session id is always 0, upon which
    /// every client goes on with full requests.
    func fetch(_ request: FetchRequest, _ call: RequestCall) {
        guard request.sessionID == 0 || request.sessionEpoch <= 0 else {
            return answer(
                call, FetchRequest.self, FetchResponse(errorCode: KafkaError.fetchSessionIDNotFound.rawValue))
        }
        let fetch = ParkedFetch(request: request, call: call, dispatcher: self)
        fetch.begin()
    }
}

/// What a fetch has found in one partition.
struct FetchedPartition: Sendable {
    var index: Int32
    var error: KafkaError = .noError
    var extent = ReplicatedLog.Extent(logStartOffset: -1, committedOffset: -1, endOffset: -1)
    var slice: LogSlice?
    var byteCount: Int { slice?.count ?? 0 }
}

/// What a fetch has found in one topic's partitions.
struct FetchedTopic: Sendable {
    var name: String
    var partitions: [FetchedPartition]
}

/// A fetch from its arrival until its answer: answered at once if there is enough, an error or nothing to wait for,
/// else parked until enough is committed or its time is over. Confined to its connection's loop, but for the wake-up.
final class ParkedFetch: CommitObserver, @unchecked Sendable {
    // Safe to share: other threads call only `committedOffsetMoved`, which touches `isWoken` and hops to the loop.
    private let request: FetchRequest
    private let call: RequestCall
    private let dispatcher: RequestDispatcher
    private let isWoken = Atomic<Bool>(false)
    private var deadline: Scheduled<Void>?
    private var observed: [ReplicatedLog] = []
    private var isDone = false
    /// The first read is under way on another thread.
    private var isReading = false
    /// The answer is due however much there is.
    private var mustFinish = false

    init(request: FetchRequest, call: RequestCall, dispatcher: RequestDispatcher) {
        self.request = request
        self.call = call
        self.dispatcher = dispatcher
    }

    /// What lies behind the segment being written may have to come from the device, indexes first: on a thread that may
    /// wait for it.
    func begin() {
        guard readsBehindTail else { return begin(with: read()) }
        dispatcher.parkedFetches[call.slot] = self
        isReading = true
        dispatcher.service.blockingPool.submit { _ in
            let found = self.read()
            self.dispatcher.loop.execute {
                self.isReading = false
                if !self.isDone { self.begin(with: found) }
            }
        }
    }

    private var readsBehindTail: Bool {
        request.topics.contains { topic in
            let known = dispatcher.broker.topic(topic.name)
            return topic.partitions.contains { wanted in
                guard let log = try? known?.partition(wanted.partitionIndex).log else { return false }
                return !log.isAtTail(wanted.fetchOffset)
            }
        }
    }

    private func begin(with found: [FetchedTopic]) {
        let waitMS = mustFinish ? 0 : min(request.maxWaitMS, dispatcher.service.configuration.fetchWaitMSMax)
        if waitMS <= 0 || isEnough(found) { return answer(found) }
        dispatcher.parkedFetches[call.slot] = self
        for topic in request.topics {
            guard let known = dispatcher.broker.topic(topic.name) else { continue }
            for partition in topic.partitions {
                guard let log = try? known.partition(partition.partitionIndex).log else { continue }
                log.addObserver(self)
                observed.append(log)
            }
        }
        deadline = dispatcher.loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(waitMS))) { self.finish() }
        // What was committed between the first read and the registration woke nobody.
        let again = read()
        if isEnough(again) { answer(again) }
    }

    func committedOffsetMoved() {
        guard !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
        dispatcher.loop.execute { self.wake() }
    }

    private func wake() {
        guard !isDone else { return }
        isWoken.store(false, ordering: .releasing)
        let found = read()
        if isEnough(found) { answer(found) }
    }

    /// Answers with what there is.
    func finish() {
        guard !isDone else { return }
        mustFinish = true
        if !isReading { answer(read()) }
    }

    /// Stops waiting without an answer.
    func cancel() {
        isDone = true
        deadline?.cancel()
        deadline = nil
        for log in observed { log.removeObserver(self) }
        observed = []
    }

    private func isEnough(_ topics: [FetchedTopic]) -> Bool {
        guard !request.topics.isEmpty else { return true }
        var bytes = 0
        for topic in topics {
            for partition in topic.partitions {
                if partition.error != .noError { return true }
                bytes += partition.byteCount
            }
        }
        return bytes >= max(1, Int(request.minBytes))
    }

    private func answer(_ topics: [FetchedTopic]) {
        cancel()
        dispatcher.parkedFetches[call.slot] = nil
        let answer = FetchAnswer(
            topics: topics, isolationLevel: request.isolationLevel, call: call, allocator: dispatcher.channel.allocator)
        answer.send(by: dispatcher)
    }

    // MARK: Reading

    /// Finds what can be sent, in the order of the request. The first partition that has anything gives at least one
    /// whole batch, whatever the limits; the others what fits into theirs and into what is left of the response's. A
    /// batch above its partition's limit waits until its partition comes first: cut, it would be sent for nothing, and
    /// whole, it would fill clients' queues beyond what they asked for (librdkafka then pauses for half a second).
    private func read() -> [FetchedTopic] {
        var bytesLeft = min(Int(max(request.maxBytes, 0)), dispatcher.service.configuration.fetchBytesMax)
        var isFirst = true
        var topics: [FetchedTopic] = []
        topics.reserveCapacity(request.topics.count)
        for topic in request.topics {
            let known = dispatcher.broker.topic(topic.name)
            var fetched = FetchedTopic(name: topic.name, partitions: [])
            fetched.partitions.reserveCapacity(topic.partitions.count)
            for partition in topic.partitions {
                let found = read(partition, of: known, bytesLeft: bytesLeft, isFirst: isFirst)
                if found.byteCount > 0 {
                    isFirst = false
                    bytesLeft = max(0, bytesLeft - found.byteCount)
                }
                fetched.partitions.append(found)
            }
            topics.append(fetched)
        }
        return topics
    }

    private func read(_ wanted: FetchRequest.Partition, of topic: Topic?, bytesLeft: Int, isFirst: Bool)
        -> FetchedPartition
    {
        var found = FetchedPartition(index: wanted.partitionIndex)
        guard let topic, let partition = try? topic.partition(wanted.partitionIndex) else {
            found.error = .unknownTopicOrPartition
            return found
        }
        if let error = partition.log.epochError(wanted.currentLeaderEpoch) {
            found.error = error
            return found
        }
        do throws(LogError) {
            let bytesMax = min(Int(max(wanted.partitionMaxBytes, 0)), bytesLeft)
            guard isFirst || bytesMax > 0 else {
                found.extent = partition.log.extent
                return found
            }
            (found.slice, found.extent) = try partition.log.read(
                from: wanted.fetchOffset, bytesMax: bytesMax, firstBatchBytesMax: isFirst ? .max : 0)
            if found.byteCount == 0 { found.slice = nil }
        } catch {
            found.error = KafkaError(error)
            found.extent = partition.log.extent
        }
        return found
    }
}

extension ReplicatedLog {
    /// What is wrong with the leader epoch a client believes in; nil if nothing is, or if it names none (-1).
    func epochError(_ epoch: Int32) -> KafkaError? {
        if epoch < 0 || epoch == leaderEpoch { return nil }
        return epoch < leaderEpoch ? .fencedLeaderEpoch : .unknownLeaderEpoch
    }
}
