import Glibc
import LogStorage
import TestSupport
import Testing

/// What the log asks of any disk, asked of the real one and of the simulated one: the two must not drift apart.
@Suite struct DiskContractTests {
    enum Kind: String, CaseIterable, Sendable { case real, simulated }

    @Test(arguments: Kind.allCases)
    func filesHoldWhatIsWrittenWhereItIsWritten(kind: Kind) throws {
        try withDisk(kind) { (disk, root) in
            let file = try disk.open(root + "/a.log", creating: true)
            #expect(try file.size() == 0)
            try write(file, [1, 2, 3, 4], at: 0)
            try write(file, [9], at: 2)
            try write(file, [7, 7], at: 6)
            #expect(try file.size() == 8)
            #expect(try read(file, 8, at: 0) == [1, 2, 9, 4, 0, 0, 7, 7])
            #expect(try read(file, 100, at: 6) == [7, 7], "short only at the end")
            #expect(try read(file, 10, at: 8).isEmpty)
            #expect(try read(file, 10, at: 800).isEmpty)
            try write(file, [], at: 100)
            #expect(try file.size() == 8)
            try file.sync()
            let again = try disk.open(root + "/a.log", creating: false)
            #expect(try read(again, 8, at: 0) == [1, 2, 9, 4, 0, 0, 7, 7])
        }
    }

    @Test(arguments: Kind.allCases)
    func truncationCutsAndLengthens(kind: Kind) throws {
        try withDisk(kind) { (disk, root) in
            let file = try disk.open(root + "/a", creating: true)
            try write(file, [1, 2, 3, 4], at: 0)
            try file.truncate(to: 2)
            #expect(try file.size() == 2)
            try file.truncate(to: 5)
            #expect(try read(file, 10, at: 0) == [1, 2, 0, 0, 0])
            #expect(failure { try file.truncate(to: -1) }?.code == EINVAL)
        }
    }

    @Test(arguments: Kind.allCases)
    func reservingKeepsTheSize(kind: Kind) throws {
        try withDisk(kind) { (disk, root) in
            let file = try disk.open(root + "/a", creating: true)
            try write(file, [1, 2, 3], at: 0)
            try file.reserve(1 << 16)
            try file.reserve(0)
            #expect(try file.size() == 3)
            #expect(try read(file, 10, at: 0) == [1, 2, 3])
        }
    }

    @Test(arguments: Kind.allCases)
    func namesComeAndGo(kind: Kind) throws {
        try withDisk(kind) { (disk, root) in
            #expect(failure { _ = try disk.open(root + "/absent", creating: false) }?.isMissing == true)
            #expect(failure { _ = try disk.open(root + "/no/dir", creating: true) }?.isMissing == true)
            #expect(failure { _ = try disk.open(root, creating: false) }?.code == EISDIR)

            try disk.createDirectory(root + "/x/y/z")
            try disk.createDirectory(root + "/x/y/z")
            _ = try disk.open(root + "/x/y/f", creating: true)
            #expect(failure { try disk.createDirectory(root + "/x/y/f") }?.code == ENOTDIR)
            #expect(failure { try disk.createDirectory(root + "/x/y/f/g") }?.code == ENOTDIR)
            #expect(try disk.list(root + "/x/y").sorted() == ["f", "z"])
            #expect(try disk.list(root + "/x/y/z").isEmpty)
            #expect(failure { _ = try disk.list(root + "/absent") }?.isMissing == true)
            #expect(disk.exists(root + "/x/y/f") && disk.exists(root + "/x/y/z") && !disk.exists(root + "/x/q"))

            try disk.syncDirectory(root + "/x/y")
            #expect(failure { try disk.syncDirectory(root + "/absent") }?.isMissing == true)
            try disk.removeFile(root + "/x/y/f")
            try disk.removeFile(root + "/x/y/f")
            #expect(failure { try disk.removeFile(root + "/x/y") }?.code == EISDIR)
            #expect(try disk.list(root + "/x/y") == ["z"])
            _ = try disk.open(root + "/x/y/z/g", creating: true)
            try disk.removeTree(root + "/x")
            try disk.removeTree(root + "/x")
            #expect(!disk.exists(root + "/x"))
            #expect(try disk.list(root).isEmpty)
        }
    }

    @Test(arguments: Kind.allCases)
    func renamingReplacesAndCarriesDirectories(kind: Kind) throws {
        try withDisk(kind) { (disk, root) in
            let old = try disk.open(root + "/checkpoint", creating: true)
            try write(old, [1], at: 0)
            let new = try disk.open(root + "/checkpoint.tmp", creating: true)
            try write(new, [2], at: 0)
            try disk.rename(root + "/checkpoint.tmp", to: root + "/checkpoint")
            #expect(try disk.list(root) == ["checkpoint"])
            #expect(try read(disk.open(root + "/checkpoint", creating: false), 1, at: 0) == [2])
            #expect(try read(old, 1, at: 0) == [1], "a handle outlives its name")

            try disk.createDirectory(root + "/topic-0")
            try write(disk.open(root + "/topic-0/0.log", creating: true), [5], at: 0)
            try disk.rename(root + "/topic-0", to: root + "/topic-0.deleted")
            #expect(try read(disk.open(root + "/topic-0.deleted/0.log", creating: false), 1, at: 0) == [5])
            #expect(!disk.exists(root + "/topic-0"))
            #expect(failure { try disk.rename(root + "/absent", to: root + "/q") }?.isMissing == true)
            #expect(
                failure { try disk.rename(root + "/checkpoint", to: root + "/topic-0.deleted") }?.code == EISDIR)
        }
    }

    /// Seeded operations on both disks side by side, with the same bytes and the same errors.
    @Test func bothDisksBehaveAlike() throws {
        try withDisk(.real) { (real, realRoot) in
            for seed in UInt64(0)..<20 {
                let simulated = SimulatedDisk(seed: seed)
                let root = realRoot + "/\(seed)"
                try real.createDirectory(root)
                try simulated.createDirectory(root)
                var random = SeededGenerator(seed: seed)
                for step in 0..<200 {
                    let action = random.next()
                    let onReal = outcome(real, root, action)
                    let onSimulated = outcome(simulated, root, action)
                    #expect(onReal == onSimulated, "seed \(seed), step \(step)")
                }
            }
        }
    }

    /// Performs an action that its number describes, and tells what was seen.
    private func outcome(_ disk: any Disk, _ root: String, _ action: UInt64) -> String {
        var random = SeededGenerator(seed: action)
        let places = ["a", "b", "d", "d/a", "d/e", "d/e/b"]
        let path = root + "/" + places[random.int(in: 0..<places.count)]
        let other = root + "/" + places[random.int(in: 0..<places.count)]
        do {
            switch random.int(in: 0..<9) {
            case 0, 1:
                let file = try disk.open(path, creating: true)
                try write(file, random.bytes(random.int(in: 0...2000)), at: random.int(in: 0...3000))
            case 2: try disk.open(path, creating: false).truncate(to: random.int(in: 0...4000))
            case 3: try disk.createDirectory(path)
            case 4: try disk.removeFile(path)
            case 5: if random.chance(1, in: 4) { try disk.removeTree(path) }
            case 6:
                // Linux has its own order of checks for a directory renamed into itself; the log never does that.
                if !other.hasPrefix(path + "/"), !path.hasPrefix(other + "/") { try disk.rename(path, to: other) }
            case 7: return try "\(disk.list(path).sorted())"
            default:
                let file = try disk.open(path, creating: false)
                return try "\(file.size()) \(CRC32C.checksum(of: read(file, 10_000, at: 0)))"
            }
            return "done"
        } catch let error as DiskError {
            return "\(error.operation) \(error.code)"
        } catch {
            return "\(error)"
        }
    }

    private func withDisk(_ kind: Kind, _ body: (any Disk, String) throws -> Void) throws {
        switch kind {
        case .simulated:
            let disk = SimulatedDisk(seed: 9)
            try disk.createDirectory("/data")
            try body(disk, "/data")
        case .real: try withTemporaryDirectory { root in try body(POSIXDisk(), root) }
        }
    }
}

/// What only the real disk can show.
@Suite struct POSIXDiskTests {
    @Test func permissionsAreTheOwnersAlone() throws {
        try withTemporaryDirectory { root in
            let disk = POSIXDisk()
            try disk.createDirectory(root + "/a/b")
            let file = try disk.open(root + "/a/b/f", creating: true)
            var status = stat()
            #expect(stat(root + "/a", &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(stat(root + "/a/b/f", &status) == 0 && status.st_mode & 0o777 == 0o600)
            let descriptor = try #require(file.descriptor)
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
    }

    @Test func theDescriptorGoesWithTheFile() throws {
        try withTemporaryDirectory { root in
            var file: (any DiskFile)? = try POSIXDisk().open(root + "/f", creating: true)
            let link = "/proc/self/fd/\(try #require(file?.descriptor))"
            // By its target: another test may take the number at once.
            #expect(linkTarget(link) == root + "/f")
            file = nil
            #expect(linkTarget(link) != root + "/f")
        }
    }

    @Test func removingATreeLeavesWhatItsLinksPointTo() throws {
        try withTemporaryDirectory { root in
            let disk = POSIXDisk()
            try disk.createDirectory(root + "/kept")
            _ = try disk.open(root + "/kept/f", creating: true)
            try disk.createDirectory(root + "/tree/sub")
            #expect(symlink(root + "/kept", root + "/tree/sub/link") == 0)
            try disk.removeTree(root + "/tree")
            #expect(!disk.exists(root + "/tree") && disk.exists(root + "/kept/f"))
        }
    }

    @Test func errorsNameTheCallAndThePath() throws {
        let error = failure { _ = try POSIXDisk().open("/absent/file", creating: true) }
        #expect(error == DiskError(operation: "open", path: "/absent/file", code: ENOENT))
        try withTemporaryDirectory { root in
            let file = try POSIXDisk().open(root + "/f", creating: true)
            let full = failure { try file.reserve(1 << 60) }
            #expect(full?.operation == "fallocate")
            #expect(full?.code == ENOSPC || full?.code == EFBIG)
        }
    }

    private func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let count = start.withMemoryRebound(to: CChar.self, capacity: 4096) { readlink(path, $0, 4096) }
            return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}

/// Calls `body` with a new directory and removes it.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array((parent + "/platform-disk-XXXXXX").utf8CString)
    let root = template.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    let directory = try #require(root)
    defer { try? POSIXDisk().removeTree(directory) }
    try body(directory)
}

private func failure(_ body: () throws -> Void) -> DiskError? {
    do {
        try body()
        return nil
    } catch { return error as? DiskError }
}

private func write(_ file: any DiskFile, _ bytes: [UInt8], at position: Int) throws(DiskError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(DiskError) in
        try file.write(UnsafeRawBufferPointer(buffer), at: position)
    }
}

private func read(_ file: any DiskFile, _ count: Int, at position: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: position)
    }
}

extension CRC32C {
    fileprivate static func checksum(of bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { checksum($0) } }
}
