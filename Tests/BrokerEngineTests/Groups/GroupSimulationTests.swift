import Testing

@testable import BrokerEngine

@Suite("A simulated group")
struct GroupSimulationTests {
    @Test("Whatever clients, connections, writes and the coordinator do, the promises hold", arguments: 1...40)
    func promises(seed: UInt64) {
        var simulation = GroupSimulation(seed: seed, clientCount: 2 + Int(seed % 7))
        for _ in 0..<3 {
            simulation.run(steps: 400)
            simulation.settle()
        }
    }

    @Test("The simulation gets to see what it is meant to test")
    func coverage() {
        var all = SimulationCoverage()
        for seed in 100..<110 as Range<UInt64> {
            var simulation = GroupSimulation(seed: seed, clientCount: 6)
            simulation.run(steps: 600)
            let seen = simulation.coverage
            all.rebalances += seen.rebalances
            all.crashes += seen.crashes
            all.writesFailed += seen.writesFailed
            all.repliesLost += seen.repliesLost
            all.fenced += seen.fenced
            all.skippedAssignments += seen.skippedAssignments
            all.sessionsEnded += seen.sessionsEnded
            all.acknowledgedCommits += seen.acknowledgedCommits
        }
        #expect(all.rebalances > 100)
        #expect(all.crashes > 10)
        #expect(all.writesFailed > 10)
        #expect(all.repliesLost > 50)
        #expect(all.skippedAssignments > 0)
        #expect(all.sessionsEnded > 10)
        #expect(all.acknowledgedCommits > 200)
    }
}
