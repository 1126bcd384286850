import Testing

@testable import KafkaServer

/// Responses leave in the order of their requests, whatever the order in which they become ready.
@Suite struct ResponseQueueTests {
    @Test func aLaterResponseWaitsForAnEarlierOne() {
        var queue = ResponseQueue<String>()
        let first = queue.open(requestBytes: 1)
        let second = queue.open(requestBytes: 1)
        queue.fill(second, with: "second")
        #expect(queue.next() == nil)
        queue.fill(first, with: "first")
        #expect(queue.next() == "first")
        #expect(queue.next() == "second")
        #expect(queue.isEmpty)
    }

    @Test func aRequestWithoutAResponseHoldsNobodyUp() {
        var queue = ResponseQueue<String>()
        let silent = queue.open(requestBytes: 1)
        let spoken = queue.open(requestBytes: 1)
        queue.fill(spoken, with: "spoken")
        queue.fill(silent, with: nil)
        #expect(queue.next() == "spoken")
        #expect(queue.isEmpty)
    }

    @Test func aSlotThatIsGoneIsIgnored() {
        var queue = ResponseQueue<String>()
        let slot = queue.open(requestBytes: 1)
        queue.fill(slot, with: "once")
        #expect(queue.next() == "once")
        queue.fill(slot, with: "late")
        queue.fill(slot + 5, with: "never opened")
        #expect(queue.next() == nil)
        #expect(queue.count == 0)
    }

    @Test func randomOrdersOfCompletionKeepTheOrderOfRequests() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
        var random = SplitMix(state: seed)
        for _ in 0..<200 {
            var queue = ResponseQueue<UInt64>()
            var open: [UInt64] = []
            var left: [UInt64] = []
            for _ in 0..<50 {
                if open.isEmpty || Bool.random(using: &random) {
                    open.append(queue.open(requestBytes: 1))
                } else {
                    let slot = open.remove(at: Int.random(in: 0..<open.count, using: &random))
                    queue.fill(slot, with: slot)
                }
                while let response = queue.next() { left.append(response) }
            }
            for slot in open.shuffled(using: &random) { queue.fill(slot, with: slot) }
            while let response = queue.next() { left.append(response) }
            #expect(left == Array(0..<UInt64(left.count)), "seed \(seed)")
            #expect(queue.isEmpty, "seed \(seed)")
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }
}
