import Glibc
import LogStorage

/// Directories and names: as callers see them, as the platter has them, and the changes between the two.
struct NameTree {
    enum Node: Equatable {
        case file(Int)
        case directory(Int)
    }

    private enum Change {
        case link(directory: Int, name: String, node: Node)
        case unlink(directory: Int, name: String, node: Node)
        /// One transaction of the file system's journal, even across directories.
        case move(source: Int, sourceName: String, target: Int, targetName: String, node: Node)

        func touches(_ directory: Int) -> Bool {
            switch self {
            case .link(let changed, _, _), .unlink(let changed, _, _): changed == directory
            case .move(let source, _, let target, _, _): source == directory || target == directory
            }
        }

        var places: [Place] {
            switch self {
            case .link(let directory, let name, _), .unlink(let directory, let name, _):
                [Place(directory: directory, name: name)]
            case .move(let source, let sourceName, let target, let targetName, _):
                [Place(directory: source, name: sourceName), Place(directory: target, name: targetName)]
            }
        }
    }

    private struct Place: Hashable {
        var directory: Int
        var name: String
    }

    private static let root = 0
    private var current: [Int: [String: Node]] = [root: [:]]
    private var durable: [Int: [String: Node]] = [root: [:]]
    private var pending: [Change] = []
    private var nextInode = 1

    // MARK: Looking up

    private static func components(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }

    /// What a path stands for, nil if nothing; a path that leads through a file is an error.
    func resolve(_ path: String, for operation: String) throws(DiskError) -> Node? {
        try resolve(NameTree.components(path)[...], of: path, for: operation)
    }

    private func resolve(
        _ components: ArraySlice<String>, of path: String, for operation: String
    ) throws(DiskError) -> Node? {
        var node = Node.directory(NameTree.root)
        for component in components {
            guard case .directory(let inode) = node else {
                throw DiskError(operation: operation, path: path, code: ENOTDIR)
            }
            guard let next = current[inode]?[component] else { return nil }
            node = next
        }
        return node
    }

    func parent(of path: String, for operation: String) throws(DiskError) -> (directory: Int, name: String) {
        let components = NameTree.components(path)
        guard let name = components.last else { throw DiskError(operation: operation, path: path, code: EINVAL) }
        switch try resolve(components.dropLast(), of: path, for: operation) {
        case .directory(let inode): return (inode, name)
        case .file: throw DiskError(operation: operation, path: path, code: ENOTDIR)
        case nil: throw DiskError(operation: operation, path: path, code: ENOENT)
        }
    }

    /// Sorted.
    func names(in directory: Int) -> [String] { (current[directory] ?? [:]).keys.sorted() }

    // MARK: Changing

    mutating func link(newFileIn directory: Int, name: String) -> Int {
        defer { nextInode += 1 }
        current[directory, default: [:]][name] = .file(nextInode)
        pending.append(.link(directory: directory, name: name, node: .file(nextInode)))
        return nextInode
    }

    mutating func createDirectory(_ path: String) throws(DiskError) {
        var directory = NameTree.root
        for component in NameTree.components(path) {
            switch current[directory]?[component] {
            case .directory(let inode): directory = inode
            case .file: throw DiskError(operation: "mkdir", path: path, code: ENOTDIR)
            case nil:
                let inode = nextInode
                nextInode += 1
                current[inode] = [:]
                durable[inode] = [:]
                current[directory, default: [:]][component] = .directory(inode)
                pending.append(.link(directory: directory, name: component, node: .directory(inode)))
                directory = inode
            }
        }
    }

    mutating func unlink(_ path: String) throws(DiskError) {
        let (directory, name) = try parent(of: path, for: "unlink")
        guard let node = current[directory]?.removeValue(forKey: name) else { return }
        pending.append(.unlink(directory: directory, name: name, node: node))
    }

    /// Returns the file that the target's name stood for before.
    mutating func rename(_ sourcePath: String, to targetPath: String) throws(DiskError) -> Int? {
        let (source, sourceName) = try parent(of: sourcePath, for: "rename")
        let (target, targetName) = try parent(of: targetPath, for: "rename")
        guard let node = current[source]?[sourceName] else {
            throw DiskError(operation: "rename", path: sourcePath, code: ENOENT)
        }
        let replaced = current[target]?[targetName]
        if replaced == node { return nil }
        switch (node, replaced) {
        case (_, nil), (.file, .file): break
        case (.file, .directory): throw DiskError(operation: "rename", path: sourcePath, code: EISDIR)
        case (.directory, .file): throw DiskError(operation: "rename", path: sourcePath, code: ENOTDIR)
        case (.directory, .directory(let inode)):
            guard current[inode, default: [:]].isEmpty else {
                throw DiskError(operation: "rename", path: sourcePath, code: ENOTEMPTY)
            }
        }
        current[source]?[sourceName] = nil
        current[target, default: [:]][targetName] = node
        pending.append(
            .move(source: source, sourceName: sourceName, target: target, targetName: targetName, node: node))
        guard case .file(let inode)? = replaced else { return nil }
        return inode
    }

    // MARK: Making durable, and losing

    /// Makes the changes in a directory durable, with what a rename from or to it depends on elsewhere.
    mutating func sync(_ directory: Int) {
        let chosen = choose(touching: directory)
        for (change, isChosen) in zip(pending, chosen) where isChosen { apply(change) }
        drop(chosen)
    }

    mutating func syncAll() {
        for change in pending { apply(change) }
        pending = []
    }

    /// A failed sync, of one directory or of all: some changes arrive, the others count as done and never will.
    mutating func loseUnsynced(in directory: Int?, _ random: inout SeededGenerator) {
        let chosen = directory.map { choose(touching: $0) } ?? pending.map { _ in true }
        for (change, isChosen) in zip(pending, chosen) where isChosen && random.chance(1, in: 2) { apply(change) }
        drop(chosen)
    }

    mutating func crash(_ random: inout SeededGenerator) {
        let kept = CrashMood(&random).choose(pending.count, &random)
        for (change, isKept) in zip(pending, kept) where isKept { apply(change) }
        pending = []
        current = durable
        let directories = reachable().directories
        current = current.filter { directories.contains($0.key) }
        durable = current
    }

    func reachableFiles() -> Set<Int> { reachable().files }

    private func choose(touching directory: Int) -> [Bool] {
        var chosen = Array(repeating: false, count: pending.count)
        var wanted: Set<Place> = []
        for index in pending.indices.reversed() {
            let change = pending[index]
            guard change.touches(directory) || change.places.contains(where: wanted.contains) else { continue }
            chosen[index] = true
            if case .move = change { wanted.formUnion(change.places) }
        }
        return chosen
    }

    private mutating func drop(_ chosen: [Bool]) {
        pending = zip(pending, chosen).filter { !$0.1 }.map(\.0)
    }

    private mutating func apply(_ change: Change) {
        switch change {
        case .link(let directory, let name, let node): durable[directory, default: [:]][name] = node
        case .unlink(let directory, let name, let node):
            if durable[directory]?[name] == node { durable[directory]?[name] = nil }
        case .move(let source, let sourceName, let target, let targetName, let node):
            // If the name was never durable at its source, the journal has nothing to move.
            guard durable[source]?[sourceName] == node else { return }
            durable[source]?[sourceName] = nil
            durable[target, default: [:]][targetName] = node
        }
    }

    private func reachable() -> (files: Set<Int>, directories: Set<Int>) {
        var files: Set<Int> = []
        var directories: Set<Int> = [NameTree.root]
        var stack = [NameTree.root]
        while let directory = stack.popLast() {
            for node in (current[directory] ?? [:]).values {
                switch node {
                case .file(let inode): files.insert(inode)
                case .directory(let inode):
                    if directories.insert(inode).inserted { stack.append(inode) }
                }
            }
        }
        return (files, directories)
    }
}
