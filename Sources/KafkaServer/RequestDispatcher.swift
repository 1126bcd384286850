import BrokerEngine
import KafkaWire
import NIOCore
import NIOPosix
import Synchronization

/// One request on its way: what is needed to answer it.
struct RequestCall: Sendable {
    let slot: ResponseSlot
    let header: RequestHeader
    let api: APIKey

    var version: Int16 { header.apiVersion }

    /// The response to this call as a frame.
    func encode<Request: KafkaRequest>(
        _ type: Request.Type, _ response: Request.Response, _ allocator: ByteBufferAllocator
    ) -> OutboundResponse {
        var buffer = allocator.buffer(capacity: 256)
        Request.encodeFrame(of: response, to: &buffer, version: version, correlationID: header.correlationID)
        return OutboundResponse(buffer)
    }
}

/// Why a request ends its connection: nothing in the protocol answers it.
enum RequestRefusal: Error, CustomStringConvertible {
    case unknownAPI(key: Int16)
    case unsupportedVersion(api: APIKey, version: Int16)
    case malformed(api: APIKey, version: Int16, error: WireError)
    case malformedHeader(WireError)

    var description: String {
        switch self {
        case .unknownAPI(let key): "request with API key \(key), which is not served here"
        case .unsupportedVersion(let api, let version):
            "\(api.api.name) version \(version) is not served, only \(api.validVersions)"
        case .malformed(let api, let version, let error): "\(api.api.name) version \(version) cannot be read: \(error)"
        case .malformedHeader(let error): "request header cannot be read: \(error)"
        }
    }
}

/// Turns one connection's frames into engine calls, and the outcomes into responses; the APIs stand in files by subject
/// under `APIs`. Confined to the connection's event loop.
final class RequestDispatcher: @unchecked Sendable {
    // Safe to share: other threads carry it back to its loop and read what never changes, and `isClosed`.
    let service: KafkaService
    let connection: KafkaConnectionHandler
    let loop: any EventLoop
    let channel: any Channel
    /// Fetches that wait for records.
    var parkedFetches: [ResponseSlot: ParkedFetch] = [:]
    /// Group requests that wait for other members.
    var parkedGroupRequests: [ResponseSlot: RequestToken] = [:]

    /// Nobody waits for answers any more: long work may stop. Read from any thread.
    let isClosed = Atomic<Bool>(false)

    var broker: Broker { service.broker }

    init(service: KafkaService, connection: KafkaConnectionHandler, loop: any EventLoop, channel: any Channel) {
        self.service = service
        self.connection = connection
        self.loop = loop
        self.channel = channel
    }

    func dispatch(_ frame: ByteBuffer, slot: ResponseSlot) throws(RequestRefusal) {
        var reader = WireReader(frame)
        let header: RequestHeader
        do { header = try RequestHeader(from: &reader) } catch { throw .malformedHeader(error) }
        guard let api = header.api, KafkaService.servedAPIs.contains(api) else { throw .unknownAPI(key: header.apiKey) }
        let call = RequestCall(slot: slot, header: header, api: api)
        service.metrics.requested(api)
        guard api.validVersions.contains(header.apiVersion) else {
            guard api == .apiVersions else { throw .unsupportedVersion(api: api, version: header.apiVersion) }
            return refuseAPIVersions(call)
        }
        do {
            try route(call, &reader)
        } catch {
            throw .malformed(api: api, version: header.apiVersion, error: error)
        }
    }

    private func route(_ call: RequestCall, _ reader: inout WireReader) throws(WireError) {
        let version = call.version
        switch call.api {
        case .produce: produce(try ProduceRequest(from: &reader, version: version), call)
        case .fetch: fetch(try FetchRequest(from: &reader, version: version), call)
        case .listOffsets: listOffsets(try ListOffsetsRequest(from: &reader, version: version), call)
        case .metadata: metadata(try MetadataRequest(from: &reader, version: version), call)
        case .apiVersions: apiVersions(try APIVersionsRequest(from: &reader, version: version), call)
        case .offsetCommit: offsetCommit(try OffsetCommitRequest(from: &reader, version: version), call)
        case .offsetFetch: offsetFetch(try OffsetFetchRequest(from: &reader, version: version), call)
        case .offsetDelete: offsetDelete(try OffsetDeleteRequest(from: &reader, version: version), call)
        case .findCoordinator: findCoordinator(try FindCoordinatorRequest(from: &reader, version: version), call)
        case .joinGroup: joinGroup(try JoinGroupRequest(from: &reader, version: version), call)
        case .syncGroup: syncGroup(try SyncGroupRequest(from: &reader, version: version), call)
        case .heartbeat: heartbeat(try HeartbeatRequest(from: &reader, version: version), call)
        case .leaveGroup: leaveGroup(try LeaveGroupRequest(from: &reader, version: version), call)
        case .describeGroups: describeGroups(try DescribeGroupsRequest(from: &reader, version: version), call)
        case .listGroups: listGroups(try ListGroupsRequest(from: &reader, version: version), call)
        case .deleteGroups: deleteGroups(try DeleteGroupsRequest(from: &reader, version: version), call)
        case .createTopics: createTopics(try CreateTopicsRequest(from: &reader, version: version), call)
        case .deleteTopics: deleteTopics(try DeleteTopicsRequest(from: &reader, version: version), call)
        case .createPartitions: createPartitions(try CreatePartitionsRequest(from: &reader, version: version), call)
        case .deleteRecords: deleteRecords(try DeleteRecordsRequest(from: &reader, version: version), call)
        case .initProducerID: initProducerID(try InitProducerIDRequest(from: &reader, version: version), call)
        case .offsetForLeaderEpoch:
            offsetForLeaderEpoch(try OffsetForLeaderEpochRequest(from: &reader, version: version), call)
        case .describeConfigs: describeConfigs(try DescribeConfigsRequest(from: &reader, version: version), call)
        case .alterConfigs: alterConfigs(try AlterConfigsRequest(from: &reader, version: version), call)
        case .incrementalAlterConfigs:
            incrementalAlterConfigs(try IncrementalAlterConfigsRequest(from: &reader, version: version), call)
        case .describeLogDirs: describeLogDirs(try DescribeLogDirsRequest(from: &reader, version: version), call)
        case .describeCluster: describeCluster(try DescribeClusterRequest(from: &reader, version: version), call)
        case .listPartitionReassignments:
            listPartitionReassignments(try ListPartitionReassignmentsRequest(from: &reader, version: version), call)
        case .addPartitionsToTxn, .addOffsetsToTxn, .endTxn, .txnOffsetCommit, .saslHandshake, .saslAuthenticate:
            // Known to the codec, not served: `servedAPIs` does not list them.
            connection.close()
        }
    }

    // MARK: Answering

    /// Encodes and sends a response, on the connection's loop.
    func answer<Request: KafkaRequest>(_ call: RequestCall, _ type: Request.Type, _ response: Request.Response) {
        connection.fill(call.slot, with: call.encode(type, response, channel.allocator))
    }

    /// Makes the response on a thread that may wait for the disk, then sends it.
    func answerFromPool<Request: KafkaRequest>(
        _ call: RequestCall, _ type: Request.Type, _ body: @escaping @Sendable () -> Request.Response
    ) {
        answerFromPool(call, type, service.blockingPool, body)
    }

    /// Makes the response on a thread of the pool, then sends it.
    func answerFromPool<Request: KafkaRequest>(
        _ call: RequestCall, _ type: Request.Type, _ pool: NIOThreadPool,
        _ body: @escaping @Sendable () -> Request.Response
    ) {
        let (connection, loop, allocator) = (connection, loop, channel.allocator)
        pool.submit { state in
            guard case .active = state else { return }
            connection.complete(call.slot, with: call.encode(type, body(), allocator), on: loop)
        }
    }

    // MARK: Ending

    /// The connection is gone: nothing will be answered.
    func connectionClosed() {
        isClosed.store(true, ordering: .relaxed)
        for fetch in parkedFetches.values { fetch.cancel() }
        parkedFetches.removeAll()
        for token in parkedGroupRequests.values { service.groups.forget(token) }
        parkedGroupRequests.removeAll()
    }

    /// The server stops: what waits for records is answered as it stands. What waits for members has its answer, as the
    /// coordinator resigned before.
    func drain() {
        for fetch in Array(parkedFetches.values) { fetch.finish() }
    }
}
