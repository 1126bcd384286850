import NIOCore
import Testing

@testable import KafkaWire

@Suite("Consumer protocol")
struct ConsumerProtocolTests {
    private let subscription = ConsumerProtocolSubscription(
        topics: ["a", "b"], ownedPartitions: [.init(name: "a", partitions: [0, 2])], generationID: 8, rackID: "r")

    @Test("A subscription carries its version in front")
    func subscriptionVersions() throws {
        for version in ConsumerProtocolSubscription.validVersions {
            let metadata = self.subscription.metadata(version: version)
            #expect(metadata.getInteger(at: 0, as: Int16.self) == version)
            let read = try ConsumerProtocolSubscription(metadata: metadata)
            #expect(read.topics == ["a", "b"])
            #expect(read.ownedPartitions == (version >= 1 ? self.subscription.ownedPartitions : []))
            #expect(read.generationID == (version >= 2 ? 8 : -1))
            #expect(read.rackID == (version >= 3 ? "r" : nil))
        }
    }

    @Test("A newer version is read as far as we know it")
    func futureVersion() throws {
        var metadata = self.subscription.metadata(version: 3)
        metadata.setInteger(Int16(9), at: 0)
        metadata.writeString("fields of the future")
        #expect(try ConsumerProtocolSubscription(metadata: metadata) == self.subscription)
    }

    @Test("A negative version is an error")
    func negativeVersion() {
        #expect(throws: WireError(.negativeVersion(-1), at: 0)) {
            try ConsumerProtocolSubscription(metadata: ByteBuffer(bytes: [0xff, 0xff, 0, 0]))
        }
    }

    @Test("An assignment reads back; no bytes are no partitions")
    func assignment() throws {
        let assignment = ConsumerProtocolAssignment(
            assignedPartitions: [.init(name: "a", partitions: [1, 5])], userData: ByteBuffer(string: "u"))
        #expect(try ConsumerProtocolAssignment(assignment: assignment.assignment(version: 1)) == assignment)
        #expect(try ConsumerProtocolAssignment(assignment: ByteBuffer()) == ConsumerProtocolAssignment())
    }
}
