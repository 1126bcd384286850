import NIOCore
import NIOPosix
import Testing

@testable import AdminServer

@Suite struct WakeUpTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let never = NIODeadline.distantFuture

    @Test func anEventBeforeTheWaitIsNotLost() async {
        let wakeUp = WakeUp()
        wakeUp.committed()
        #expect(await wakeUp.wait(until: never, on: loop, endsOnShutdown: false) == .committed)
    }

    @Test func onlyTheFirstEventCounts() async {
        let wakeUp = WakeUp()
        wakeUp.wake(.timeElapsed)
        wakeUp.committed()
        #expect(await wakeUp.wait(until: never, on: loop, endsOnShutdown: false) == .timeElapsed)
        // A second resumption of the continuation would trap here.
        wakeUp.committed()
    }

    @Test func aDeadlineEndsTheWait() async {
        let wakeUp = WakeUp()
        #expect(await wakeUp.wait(until: .now() + .milliseconds(1), on: loop, endsOnShutdown: true) == .timeElapsed)
    }

    @Test func cancellationEndsTheWait() async {
        let wakeUp = WakeUp()
        let waiting = Task { await wakeUp.wait(until: .distantFuture, on: loop, endsOnShutdown: false) }
        waiting.cancel()
        #expect(await waiting.value == .stopping)
    }

    /// Many threads at once, as commits and deadlines come: each wait ends once.
    @Test func eventsFromManyThreadsResumeOnce() async {
        await withTaskGroup(of: WakeUp.Cause.self) { group in
            for _ in 0..<500 {
                let wakeUp = WakeUp()
                for _ in 0..<3 { loop.execute { wakeUp.committed() } }
                group.addTask {
                    await wakeUp.wait(
                        until: .now() + .seconds(60), on: MultiThreadedEventLoopGroup.singleton.next(),
                        endsOnShutdown: true)
                }
            }
            for await cause in group { #expect(cause == .committed) }
        }
    }
}
