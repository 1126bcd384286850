import BrokerEngine
import HTTPTypes
import LogStorage
import NIOPosix
import Testing

@testable import AdminServer

@Suite struct AdminErrorMappingTests {
    /// Programs act on the status: 4xx means correct the request, 503 try again later.
    @Test(arguments: [
        (BrokerError.unknownTopic(name: "t"), 404, "unknown_topic"),
        (.unknownPartition(topic: "t", partition: 1), 404, "unknown_partition"),
        (.internalTopic(name: "t"), 403, "internal_topic"),
        (.invalidTopicName(name: "t", reason: "r"), 422, "invalid_topic_name"),
        (.metadata(reason: "r"), 503, "catalog_unavailable"),
        (.shuttingDown, 503, "shutting_down"),
        (.log(.batchTooLarge(sizeBytes: 2, limitBytes: 1)), 413, "record_too_large"),
        (.log(.timestampOutOfRange(timestampMS: 1, nowMS: 2)), 422, "timestamp_out_of_range"),
        (.log(.damaged(offset: 1, reason: "r")), 500, "damaged_log"),
        (.log(.disk(DiskError(operation: "write", path: "/p", code: 28))), 503, "disk_full"),
        (.log(.disk(DiskError(operation: "write", path: "/p", code: 5))), 503, "disk_failed"),
        (.log(.offline(reason: "r")), 503, "log_offline"),
        (.log(.deleted(log: LogName(topic: "a", partition: 0))), 404, "unknown_topic"),
    ])
    func errorsOfTheEngineHaveTheirStatus(error: BrokerError, status: Int, code: String) {
        let answer = AdminError(any: error)
        #expect(answer.status.code == status)
        #expect(answer.code == code)
        #expect(!answer.message.isEmpty)
    }

    @Test func aPoolThatStopsMeansThatTheServerDoes() {
        #expect(AdminError(any: CancellationError()).code == "shutting_down")
        #expect(AdminError(any: NIOThreadPoolError.ThreadPoolInactive()).status == .serviceUnavailable)
    }

    @Test func whatIsNotKnownIsNotShown() {
        struct Secret: Error {
            var password = "hunter2"
        }
        let answer = AdminError(any: Secret())
        #expect(answer.status == .internalServerError)
        #expect(!answer.message.contains("hunter2"))
    }
}
