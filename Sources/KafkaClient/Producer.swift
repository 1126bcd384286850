import KafkaWire
public import LogStorage
import NIOCore
import Synchronization

/// Writes records to one topic: batched a partition, in order, each once unless acknowledgements are turned off.
///
/// A record that cannot be written ends the producer: nothing appended after it would be in order. Every later call
/// throws its error.
public final class Producer: Sendable {
    /// What became of a batch.
    public struct Delivery: Sendable {
        public var partition: Int32
        /// Offset of the first record; -1 without acknowledgement.
        public var baseOffset: Int64
        public var recordCount: Int
        /// From the first record's append to the answer.
        public var latencyNS: Int64
    }

    public let topic: String
    public let partitionCount: Int32
    private let client: KafkaClient
    private let configuration: ProducerConfiguration
    private let loop: any EventLoop
    private let onDelivery: (@Sendable (Delivery) -> Void)?
    private let onRetry: (@Sendable (KafkaClientError) -> Void)?
    private let state: Mutex<State>

    private struct State {
        var queues: [PartitionQueue]
        /// By partition; nil where the leader has to be looked up.
        var routes: [KafkaConnection?]
        var stickyPartition: Int
        var bufferedBytes = 0
        var isFlushing = false
        var isLookingUp = false
        var hasScheduledPump = false
        var failure: KafkaClientError?
        var waiters: [(isMet: @Sendable (borrowing State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
        var isIdle: Bool { bufferedBytes == 0 }
    }

    private init(
        client: KafkaClient, topic: String, partitionCount: Int, identity: PartitionQueue.Identity?,
        configuration: ProducerConfiguration, onDelivery: (@Sendable (Delivery) -> Void)?,
        onRetry: (@Sendable (KafkaClientError) -> Void)?
    ) {
        self.client = client
        self.topic = topic
        self.partitionCount = Int32(partitionCount)
        self.configuration = configuration
        self.onDelivery = onDelivery
        self.onRetry = onRetry
        loop = client.eventLoopGroup.next()
        let queue = PartitionQueue(configuration: configuration, identity: identity)
        state = Mutex(
            State(
                queues: Array(repeating: queue, count: partitionCount),
                routes: Array(repeating: nil, count: partitionCount),
                stickyPartition: .random(in: 0..<partitionCount)))
    }

    /// Looks the topic up, has it created if it is missing and the server does that, and gets a producer id.
    /// `onDelivery` is called for each acknowledged batch, `onRetry` with why a batch has to be sent again; both on some
    /// event loop.
    public static func open(
        _ client: KafkaClient, topic: String, configuration: ProducerConfiguration = .init(),
        onDelivery: (@Sendable (Delivery) -> Void)? = nil,
        onRetry: (@Sendable (KafkaClientError) -> Void)? = nil
    ) async throws(KafkaClientError) -> Producer {
        let partitions = try await client.retrying { () async throws(KafkaClientError) in
            try await client.topic(topic, creating: true).partitions
        }
        guard !partitions.isEmpty else {
            throw KafkaClientError(.malformedAnswer, "topic '\(topic)' has no partitions")
        }
        var identity: PartitionQueue.Identity?
        if configuration.acknowledgement == .all {
            let answer = try await client.retrying { () async throws(KafkaClientError) in
                let answer = try await client.send(
                    InitProducerIDRequest(transactionTimeoutMS: 60_000, producerID: -1, producerEpoch: -1))
                try KafkaClientError.check(answer.errorCode, "producer id")
                return answer
            }
            identity = .init(producerID: answer.producerID, epoch: answer.producerEpoch)
        }
        return Producer(
            client: client, topic: topic, partitionCount: partitions.count, identity: identity,
            configuration: configuration, onDelivery: onDelivery, onRetry: onRetry)
    }

    // MARK: Appending

    /// Takes a record. Without a partition the key decides, as with Kafka's own clients; without a key, one partition at
    /// a time gets a batch. Returns whether there is room for more: if not, `waitForRoom` before the next.
    @discardableResult
    public func append(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Record.Header] = [],
        timestampMS: Int64, partition: Int32? = nil
    ) throws(KafkaClientError) -> Bool {
        if let partition, partition < 0 || partition >= partitionCount {
            throw KafkaClientError(
                .invalidArgument,
                "topic '\(topic)' has no partition \(partition); it has 0 to \(partitionCount - 1)")
        }
        let now = NIODeadline.now()
        let outcome: Result<(hasRoom: Bool, pumps: Bool), KafkaClientError> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            let index =
                partition.map { Int($0) } ?? key.map {
                    Int(DefaultPartitioner.partition(ofKey: $0, partitionCount: partitionCount))
                }
                ?? state.stickyPartition
            let before = state.queues[index].sizeBytes
            let finished: Bool
            do throws(KafkaClientError) {
                finished = try state.queues[index].append(
                    key: key, value: value, headers: headers, timestampMS: timestampMS, now: now)
            } catch { return .failure(error) }
            state.bufferedBytes += state.queues[index].sizeBytes - before
            if finished, index == state.stickyPartition {
                state.stickyPartition = (index + 1) % state.queues.count
            }
            // The first record of a batch starts its linger; a finished batch may leave at once.
            let pumps = !state.hasScheduledPump && (finished || before == 0)
            if pumps { state.hasScheduledPump = true }
            return .success((state.bufferedBytes < configuration.bufferBytesMax, pumps))
        }
        let (hasRoom, pumps) = try outcome.get()
        if pumps { loop.execute { self.pump() } }
        return hasRoom
    }

    /// Takes a record whose fields are arrays; otherwise as above.
    @discardableResult
    public func append(_ record: Record, partition: Int32? = nil) throws(KafkaClientError) -> Bool {
        let outcome: Result<Bool, KafkaClientError> = (record.key ?? []).withUnsafeBytes { key in
            (record.value ?? []).withUnsafeBytes { value in
                do throws(KafkaClientError) {
                    return .success(
                        try append(
                            key: record.key == nil ? nil : key, value: record.value == nil ? nil : value,
                            headers: record.headers, timestampMS: record.timestampMS, partition: partition))
                } catch { return .failure(error) }
            }
        }
        return try outcome.get()
    }

    /// Waits until half of the buffer is free.
    public func waitForRoom() async throws(KafkaClientError) {
        let limit = configuration.bufferBytesMax / 2
        try await wait { $0.bufferedBytes <= limit }
    }

    /// Sends what waits, and waits until all of it is acknowledged.
    public func flush() async throws(KafkaClientError) {
        state.withLock { $0.isFlushing = true }
        loop.execute { self.pump() }
        defer { state.withLock { $0.isFlushing = false } }
        try await wait { $0.isIdle }
    }

    private func wait(until isMet: @escaping @Sendable (borrowing State) -> Bool) async throws(KafkaClientError) {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.failure != nil || isMet(state) { return true }
                state.waiters.append((isMet, continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    // MARK: Sending

    /// A batch and where it belongs.
    private struct Parcel {
        var partition: Int
        var batch: PartitionQueue.Batch
    }

    /// Sends what may leave, and comes back when more may. Runs on `loop` alone, so that requests keep their order.
    private func pump() {
        var requests: [(connection: KafkaConnection, parcels: [Parcel])] = []
        var wake: NIODeadline?
        var looksUp = false
        let now = NIODeadline.now()
        let failure: KafkaClientError? = state.withLock { state in
            state.hasScheduledPump = false
            guard state.failure == nil else { return nil }
            do throws(KafkaClientError) {
                (requests, wake, looksUp) = try takeRequests(&state, now: now)
                return nil
            } catch { return error }
        }
        if let failure { return fail(failure) }
        for (connection, parcels) in requests { send(parcels, on: connection) }
        if looksUp { lookUpLeaders() }
        if let wake {
            if wake <= now { loop.execute { self.pump() } } else { loop.scheduleTask(deadline: wake) { self.pump() } }
        }
    }

    private func takeRequests(_ state: inout State, now: NIODeadline) throws(KafkaClientError)
        -> (requests: [(connection: KafkaConnection, parcels: [Parcel])], wake: NIODeadline?, looksUp: Bool)
    {
        var requests: [(connection: KafkaConnection, parcels: [Parcel])] = []
        var wake: NIODeadline?
        var needsLeaders = false
        // A request holds one batch a partition: the rounds are requests.
        var partitions = Array(state.queues.indices)
        while !partitions.isEmpty {
            var open: [ObjectIdentifier: (index: Int, sizeBytes: Int)] = [:]
            var sending: [Int] = []
            for partition in partitions {
                guard let deadline = state.queues[partition].deadline(flushing: state.isFlushing) else { continue }
                guard deadline <= now else {
                    wake = min(wake ?? .distantFuture, deadline)
                    continue
                }
                guard let connection = state.routes[partition], connection.isOpen else {
                    state.routes[partition] = nil
                    needsLeaders = true
                    continue
                }
                let before = state.queues[partition].sizeBytes
                guard let batch = try state.queues[partition].next(now: now, flushing: state.isFlushing) else {
                    continue
                }
                state.bufferedBytes += state.queues[partition].sizeBytes - before
                sending.append(partition)
                let key = ObjectIdentifier(connection)
                let parcel = Parcel(partition: partition, batch: batch)
                if let request = open[key], request.sizeBytes + batch.bytes.count <= configuration.requestBytesMax {
                    requests[request.index].parcels.append(parcel)
                    open[key] = (request.index, request.sizeBytes + batch.bytes.count)
                } else {
                    open[key] = (requests.count, batch.bytes.count)
                    requests.append((connection, [parcel]))
                }
            }
            partitions = sending
        }
        let looksUp = needsLeaders && !state.isLookingUp
        if looksUp { state.isLookingUp = true }
        return (requests, wake, looksUp)
    }

    private func send(_ parcels: [Parcel], on connection: KafkaConnection) {
        let request = ProduceRequest(
            acks: configuration.acknowledgement.rawValue, timeoutMS: 30_000,
            topics: [
                .init(
                    name: topic,
                    partitions: parcels.map {
                        .init(partitionIndex: Int32($0.partition), records: ByteBuffer(bytes: $0.batch.bytes))
                    })
            ])
        let version: Int16
        do throws(KafkaClientError) { version = try connection.version(of: ProduceRequest.self) } catch {
            return fail(error)
        }
        guard configuration.acknowledgement != .none else {
            connection.startUnanswered(request, version: version)
            return settle(parcels.map { ($0, .success(-1)) })
        }
        connection.start(request, version: version, waitMS: 30_000) { answer in
            self.settle(self.outcomes(of: parcels, answer))
        }
    }

    private func outcomes(of parcels: [Parcel], _ answer: Result<ProduceResponse, KafkaClientError>)
        -> [(Parcel, Result<Int64, KafkaClientError>)]
    {
        switch answer {
        case .failure(let error): return parcels.map { ($0, .failure(error)) }
        case .success(let response):
            let answers = response.topics.first { $0.name == topic }?.partitions ?? []
            return parcels.map { parcel in
                guard let found = answers.first(where: { $0.partitionIndex == Int32(parcel.partition) }) else {
                    return (
                        parcel,
                        .failure(
                            KafkaClientError(
                                .malformedAnswer, "the answer to a produce lacks partition \(parcel.partition)"))
                    )
                }
                // A repeated batch that the server no longer knows the offset of was written all the same.
                if found.errorCode == KafkaError.noError.rawValue
                    || found.errorCode == KafkaError.duplicateSequenceNumber.rawValue
                {
                    return (parcel, .success(found.baseOffset))
                }
                let detail = found.recordErrors.first?.errorMessage ?? found.errorMessage
                return (
                    parcel,
                    .failure(
                        .refused(found.errorCode, "\(TopicPartition(topic, Int32(parcel.partition)))", detail: detail))
                )
            }
        }
    }

    private func settle(_ outcomes: [(Parcel, Result<Int64, KafkaClientError>)]) {
        let now = NIODeadline.now()
        var failure: KafkaClientError?
        var retry: KafkaClientError?
        let met = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            for (parcel, outcome) in outcomes {
                switch outcome {
                case .success:
                    state.queues[parcel.partition].acknowledged(parcel.batch)
                    state.bufferedBytes -= parcel.batch.bytes.count
                case .failure(let error):
                    guard mayRepeat(error), now - parcel.batch.openedAt < .milliseconds(configuration.deliveryTimeoutMS)
                    else {
                        failure = failure ?? error
                        continue
                    }
                    retry = error
                    state.queues[parcel.partition].returned(
                        parcel.batch, retryAt: now + .milliseconds(configuration.retryBackoffMS))
                    if error.code != .refused(.outOfOrderSequenceNumber) { state.routes[parcel.partition] = nil }
                }
            }
            return takeMet(&state)
        }
        if let retry { onRetry?(retry) }
        if let onDelivery {
            for case (let parcel, .success(let offset)) in outcomes {
                onDelivery(
                    Delivery(
                        partition: Int32(parcel.partition), baseOffset: offset, recordCount: parcel.batch.recordCount,
                        latencyNS: (now - parcel.batch.openedAt).nanoseconds))
            }
        }
        // After the deliveries: who waits for the flush has heard of them all.
        for continuation in met { continuation.resume() }
        if let failure { fail(failure) } else { loop.execute { self.pump() } }
    }

    /// Without a producer id a batch that may have been written is not sent again, as it would be there twice.
    private func mayRepeat(_ error: KafkaClientError) -> Bool {
        switch error.code {
        case .refused(.outOfOrderSequenceNumber): true
        case .connectionLost, .timedOut: configuration.acknowledgement == .all
        default: error.isRetriable
        }
    }

    private func takeMet(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        guard !state.waiters.isEmpty else { return [] }
        var met: [CheckedContinuation<Void, Never>] = []
        var waiting = state.waiters
        waiting.removeAll { waiter in
            guard state.failure != nil || waiter.isMet(state) else { return false }
            met.append(waiter.continuation)
            return true
        }
        state.waiters = waiting
        return met
    }

    private func fail(_ error: KafkaClientError) {
        let met = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if state.failure == nil { state.failure = error }
            return takeMet(&state)
        }
        for continuation in met { continuation.resume() }
    }

    // MARK: Leaders

    /// Finds the leaders anew, for as long as batches may wait.
    private func lookUpLeaders() {
        Task {
            let deadline = NIODeadline.now() + .milliseconds(configuration.deliveryTimeoutMS)
            while true {
                do throws(KafkaClientError) {
                    let routes = try await connectionsToLeaders()
                    state.withLock { state in
                        state.routes = routes
                        state.isLookingUp = false
                    }
                    return loop.execute { self.pump() }
                } catch {
                    guard error.isRetriable, NIODeadline.now() < deadline else { return fail(error) }
                    await client.forget()
                    try? await Task.sleep(for: .milliseconds(configuration.retryBackoffMS))
                }
            }
        }
    }

    private func connectionsToLeaders() async throws(KafkaClientError) -> [KafkaConnection?] {
        await client.forget()
        var routes: [KafkaConnection?] = Array(repeating: nil, count: Int(partitionCount))
        let all = (0..<partitionCount).map { TopicPartition(topic, $0) }
        for (leader, partitions) in try await client.byLeader(all) {
            let connection = try await client.connection(to: .node(leader))
            for partition in partitions { routes[Int(partition.partition)] = connection }
        }
        return routes
    }
}
