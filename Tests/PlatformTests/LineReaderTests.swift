import Glibc
import Testing

@testable import platform

/// Records are cut the same, however the bytes arrive.
@Suite struct LineReaderTests {
    /// What a reader makes of chunks that arrive one by one.
    private func records(_ chunks: [String], delimiter: String = "\n") throws -> [String] {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        var reader = LineReader(descriptor: ends[0], name: "pipe", delimiter: Array(delimiter.utf8))
        var records: [String] = []
        let take = { (bytes: UnsafeRawBufferPointer) in records.append(String(decoding: bytes, as: UTF8.self)) }
        for chunk in chunks {
            #expect(write(ends[1], chunk, chunk.utf8.count) == chunk.utf8.count)
            #expect(try reader.readSome(take))
        }
        close(ends[1])
        while try reader.readSome(take) {}
        return records
    }

    @Test func theLastLineNeedsNoEnd() throws {
        #expect(try records(["a\nb\nc"]) == ["a", "b", "c"])
        #expect(try records(["a\nb\n"]) == ["a", "b"])
        #expect(try records([]) == [])
    }

    @Test func emptyLinesAreRecords() throws {
        #expect(try records(["\n\na\n"]) == ["", "", "a"])
    }

    @Test func aDelimiterMayComeInPieces() throws {
        #expect(try records(["a-", "-", "-b", "---", "c-"], delimiter: "---") == ["a", "b", "c-"])
    }

    @Test func bytesMayDrip() throws {
        let text = "one\ntwo\n\nthree"
        #expect(try records(text.map { String($0) }) == ["one", "two", "", "three"])
        let joined = text.replacing("\n", with: "ab")
        #expect(try records(joined.map { String($0) }, delimiter: "ab") == ["one", "two", "", "three"])
    }
}
