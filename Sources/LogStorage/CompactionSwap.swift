/// Puts a cleaned segment in the place of those it was made from, in steps that recovery can finish:
///
/// 1. `<base>.log.cleaned` and its indexes are written and synced;
/// 2. indexes, then log, are renamed to `.swap`; the directory is synced;
/// 3. the old segments' files are renamed to `.deleted`; the directory is synced;
/// 4. the swap files take the plain names; the directory is synced; the `.deleted` files are removed.
///
/// A crash before the second step is durable leaves the old segments, after it the new one.
enum CompactionSwap {
    static let kinds = ["index", "timeindex", "log"]

    /// Finishes the swaps that a crash has interrupted. The swap file is whole: it was synced before it got its name.
    static func finish(directory: String, disk: any Disk) throws(DiskError) {
        let names = try disk.list(directory)
        let bases = names.filter { $0.hasSuffix(".log.swap") }
            .compactMap { Segment.baseOffset(ofName: String($0.dropLast(5)), kind: "log") }
        for base in bases {
            let path = directory + "/" + Segment.fileName(base, "log") + ".swap"
            let end = try lastOffset(of: path, base: base, disk: disk)
            for name in names {
                guard let old = Segment.baseOffset(ofName: name, kind: "log"), old >= base, old <= end else { continue }
                try removeSegmentFiles(directory: directory, base: old, disk: disk)
            }
            try disk.syncDirectory(directory)
            for kind in kinds {
                let target = directory + "/" + Segment.fileName(base, kind)
                // An index left from step 3 would be that of the old segment.
                if disk.exists(target + ".swap") {
                    try disk.rename(target + ".swap", to: target)
                } else {
                    try disk.removeFile(target)
                }
            }
        }
        if !bases.isEmpty { try disk.syncDirectory(directory) }
    }

    private static func lastOffset(of path: String, base: Int64, disk: any Disk) throws(DiskError) -> Int64 {
        let file = try disk.open(path, creating: false)
        let walker = BatchWalker(file: file, path: path, endPosition: try file.size(), windowBytes: 64 << 10)
        var window = BatchWalker.Window()
        var position = 0
        var last = base
        do throws(LogError) {
            while position < walker.endPosition {
                let batch = try walker.batch(at: position, window: &window)
                last = batch.lastOffset
                position += batch.sizeBytes
            }
        } catch {
            if case .disk(let error) = error { throw error }
        }
        return last
    }

    static func removeSegmentFiles(directory: String, base: Int64, disk: any Disk) throws(DiskError) {
        for kind in kinds {
            try disk.removeFile(directory + "/" + Segment.fileName(base, kind))
        }
    }
}
