import Testing

@testable import BrokerEngine

@Suite("The queue of deadlines")
struct GroupDeadlineQueueTests {
    @Test("Deadlines pass in order of time, equal ones in the order in which they were set")
    func order() {
        var queue = GroupDeadlineQueue()
        var deadlines = Array(repeating: GroupDeadline(), count: 5)
        for (index, dueMS) in [30, 10, 20, 10, 30].enumerated() {
            queue.set(&deadlines[index], to: Int64(dueMS), for: GroupTimer(groupID: "\(index)", kind: .join))
        }
        #expect(queue.nextDueMS == 10)
        #expect(queue.popDue(atMS: 9) == nil)
        var passed: [String] = []
        while let timer = queue.popDue(atMS: 30) {
            passed.append(timer.groupID)
        }
        #expect(passed == ["1", "3", "2", "0", "4"])
        #expect(queue.nextDueMS == nil)
    }

    @Test("A deadline that has passed refers to nothing, though its place is used again")
    func staleDeadline() {
        var queue = GroupDeadlineQueue()
        var first = GroupDeadline()
        queue.set(&first, to: 1, for: GroupTimer(groupID: "first", kind: .join))
        _ = queue.popDue(atMS: 1)
        var second = GroupDeadline()
        queue.set(&second, to: 2, for: GroupTimer(groupID: "second", kind: .join))
        #expect(queue.dueMS(of: first) == nil)
        queue.remove(&first)
        #expect(queue.count == 1)
        #expect(queue.popDue(atMS: 2)?.groupID == "second")
    }

    @Test("It agrees with a sorted list on random work", arguments: 1...10)
    func model(seed: UInt64) {
        var random = SeededGroupRandom(seed: seed)
        var queue = GroupDeadlineQueue()
        var deadlines = Array(repeating: GroupDeadline(), count: 40)
        var model: [Int: (dueMS: Int64, order: Int)] = [:]
        var order = 0
        var nowMS: Int64 = 0
        for _ in 0..<5_000 {
            let index = Int.random(in: 0..<deadlines.count, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let dueMS = nowMS + Int64.random(in: 0..<50, using: &random)
                queue.set(&deadlines[index], to: dueMS, for: GroupTimer(groupID: "\(index)", kind: .sync))
                order += 1
                model[index] = (dueMS, order)
            case 6..<8:
                queue.remove(&deadlines[index])
                model[index] = nil
            default:
                nowMS += Int64.random(in: 0..<20, using: &random)
                while let timer = queue.popDue(atMS: nowMS) {
                    let expected = model.filter { $0.value.dueMS <= nowMS }.min {
                        ($0.value.dueMS, $0.value.order) < ($1.value.dueMS, $1.value.order)
                    }
                    #expect(timer.groupID == expected.map { "\($0.key)" }, "seed \(seed)")
                    model[expected?.key ?? -1] = nil
                }
                #expect(!model.values.contains { $0.dueMS <= nowMS }, "seed \(seed)")
            }
            #expect(queue.count == model.count, "seed \(seed)")
            #expect(queue.nextDueMS == model.values.map(\.dueMS).min(), "seed \(seed)")
        }
    }
}
