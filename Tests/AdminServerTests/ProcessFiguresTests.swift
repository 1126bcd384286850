import Testing

@testable import AdminServer

@Suite struct ProcessFiguresTests {
    /// A program may be named so that it looks like further fields.
    @Test func fieldsAreCountedFromTheEndOfTheName() {
        let figures = ProcessFigures(
            statm: "5000 1200 800 3 0 900 0\n",
            stat: "42 (a) S 1 (b) R 1 42 42 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 7 0 12345 20480000 1200 1 1\n",
            systemStat: "cpu  1 2 3\nbtime 1700000000\nprocesses 9\n", pageBytes: 4096, ticksPerSecond: 100)
        #expect(figures.virtualBytes == 5000 * 4096)
        #expect(figures.residentBytes == 1200 * 4096)
        #expect(figures.cpuSeconds == 3.0)
        #expect(figures.threadCount == 7)
        #expect(figures.startTimeSeconds == 1_700_000_123.45)
    }

    @Test func filesThatAreNotThereLeaveFieldsOut() {
        let empty = ProcessFigures(statm: nil, stat: nil, systemStat: nil, pageBytes: 4096, ticksPerSecond: 100)
        #expect(empty == ProcessFigures())
        #expect(
            ProcessFigures(statm: "x", stat: "1 (a) S", systemStat: "btime x", pageBytes: 4096, ticksPerSecond: 100)
                == ProcessFigures())
    }

    @Test func theKernelKnowsThisProcess() throws {
        let figures = ProcessFigures.read()
        #expect(try #require(figures.residentBytes) > 1 << 20)
        #expect(try #require(figures.openFileCount) >= 3)
        #expect(try #require(figures.openFileCountMax) >= #require(figures.openFileCount))
        #expect(try #require(figures.threadCount) >= 1)
        #expect(try #require(figures.cpuSeconds) >= 0)
        #expect(try #require(figures.startTimeSeconds) > 1_600_000_000)
    }
}
