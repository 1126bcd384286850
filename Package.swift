// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}
let nioCore = product("NIOCore", "swift-nio")
let nioHTTP1 = product("NIOHTTP1", "swift-nio")
let nioPosix = product("NIOPosix", "swift-nio")
let logging = product("Logging", "swift-log")
let hummingbird = product("Hummingbird", "hummingbird")
let hummingbirdCore = product("HummingbirdCore", "hummingbird")
let httpTypes = product("HTTPTypes", "swift-http-types")
let nioHTTPTypes = product("NIOHTTPTypes", "swift-nio-extras")
let serviceLifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let collections = product("DequeModule", "swift-collections")
let crypto = product("Crypto", "swift-crypto")
let httpClient = product("AsyncHTTPClient", "async-http-client")
let sqlite = product("GRDBSQLite", "GRDB.swift")

/// A target of `Sources`. A line may name only lines above it.
func layer(_ name: String, on lower: [Target.Dependency] = []) -> [Target] {
    [.target(name: name, dependencies: lower, swiftSettings: settings)]
}

/// The mirror of a target under `Tests`.
func tests(of name: String, with more: [Target.Dependency] = []) -> [Target] {
    [
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name)] + more, swiftSettings: settings)
    ]
}

let layers: [[Target]] = [
    // Leaves: import no sibling.
    [.target(name: "CPlatform")],
    [.systemLibrary(name: "CCodecs", providers: [.apt(["zlib1g-dev", "libzstd-dev", "liblz4-dev", "libsnappy-dev"])])],
    // Lua: Debian's library, the only code that raises or yields in it, and the host.
    [.systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])])],
    [.target(name: "CLuaShim", dependencies: ["CLua"])],
    layer("LuaRuntime", on: ["CLuaShim"]),
    layer("LogStorage", on: ["CPlatform", "CCodecs"]),
    layer("Metadata", on: [product("GRDB", "GRDB.swift")]),
    // What scripts can call that takes more than Lua: SQL, HTTP, cryptography.
    layer(
        "LuaLibraries",
        on: ["LuaRuntime", "LogStorage", sqlite, crypto, httpClient, nioCore, nioPosix, nioHTTP1]),
    [.target(name: "KafkaWire", dependencies: [nioCore], exclude: ["Descriptors"], swiftSettings: settings)],
    layer("Listener", on: [nioCore, nioPosix, logging]),
    // The other end of the wire: what our commands speak to a server with.
    layer("KafkaClient", on: ["LogStorage", "KafkaWire", nioCore, nioPosix]),
    // One-shot scripts.
    layer("Jobs", on: ["LuaRuntime", "LuaLibraries", "LogStorage", "KafkaWire", "KafkaClient", nioCore, nioPosix]),
    // The log as engines see it.
    layer("Replication", on: ["LogStorage"]),
    // Decisions: no socket, no wire format.
    layer("BrokerEngine", on: ["LogStorage", "Replication", "Metadata", collections, logging]),
    // Lua to the engine's hooks.
    layer(
        "Plugins",
        on: [
            "LuaRuntime", "LuaLibraries", "LogStorage", "KafkaWire", "Replication", "BrokerEngine", crypto, nioCore,
            nioPosix, logging,
        ]),
    // Sockets to engine calls.
    layer(
        "KafkaServer",
        on: [
            "Listener", "KafkaWire", "LogStorage", "Replication", "BrokerEngine", nioCore, nioPosix, collections,
            logging,
        ]),
    layer(
        "AdminServer",
        on: [
            "LogStorage", "Replication", "KafkaWire", "BrokerEngine", "LuaLibraries", "Plugins", hummingbird,
            hummingbirdCore,
            httpTypes, nioHTTPTypes, serviceLifecycle, nioCore, nioPosix, logging,
        ]),
]

let tools: [Target] = [
    .executableTarget(
        name: "platform",
        dependencies: [
            "LogStorage", "Metadata", "BrokerEngine", "Listener", "KafkaServer", "AdminServer",
            "KafkaClient", "KafkaWire", "LuaRuntime", "Plugins", "Jobs", httpClient, nioHTTP1, nioCore, nioPosix,
            logging,
            product("ArgumentParser", "swift-argument-parser"),
            product("Configuration", "swift-configuration"),
            serviceLifecycle,
            product("UnixSignals", "swift-service-lifecycle"),
        ],
        swiftSettings: settings),
    // Writes KafkaWire/Messages from its descriptors: `make generate`.
    .executableTarget(name: "WireGenerator", swiftSettings: settings),
    // Writes docs/lua/reference.md from the host functions: `make generate`.
    .executableTarget(
        name: "LuaReference", dependencies: ["LuaRuntime", "Jobs", "Plugins"], swiftSettings: settings),
]

/// The C modules under LogStorage, which `@testable import` of anything above it has to see.
let cModules: [Target.Dependency] = ["CPlatform", "CCodecs"]

let testing: [Target] =
    [
        .target(
            name: "TestSupport", dependencies: cModules + ["LogStorage"], path: "Tests/TestSupport",
            swiftSettings: settings),
        // Seeded faults over the log: `make sim`.
        .executableTarget(
            name: "Simulator", dependencies: cModules + ["TestSupport", "LogStorage", "Replication"],
            path: "Tests/Simulator", swiftSettings: settings),
        // Damaged and hostile bytes for every decoder: `make fuzz`.
        .executableTarget(
            name: "Fuzz",
            dependencies: cModules + [
                "TestSupport", "KafkaWire", "KafkaServer", "LogStorage", "BrokerEngine", "Metadata", "AdminServer",
                nioCore, httpTypes,
            ],
            path: "Tests/Fuzz", swiftSettings: settings),
    ]
    + tests(of: "LogStorage", with: cModules + ["TestSupport"])
    + [
        .testTarget(
            name: "LuaRuntimeTests", dependencies: ["LuaRuntime", "CLuaShim"], exclude: ["Scripts"],
            swiftSettings: settings)
    ]
    + tests(of: "LuaLibraries", with: cModules + ["LuaRuntime", "CLuaShim", nioCore, nioPosix])
    + tests(of: "Jobs", with: cModules + ["CLuaShim", "LuaRuntime", "LogStorage", "KafkaClient"])
    + tests(
        of: "Plugins",
        with: cModules + [
            "TestSupport", "CLuaShim", "LuaRuntime", "LuaLibraries", "BrokerEngine", "LogStorage", "Replication",
            "Metadata", logging,
        ])
    + tests(of: "Replication", with: cModules + ["TestSupport", "LogStorage"])
    + tests(of: "Metadata", with: cModules + ["TestSupport", product("GRDB", "GRDB.swift")])
    + tests(of: "KafkaClient", with: cModules + ["TestSupport", "LogStorage", nioCore])
    + tests(
        of: "BrokerEngine",
        with: cModules + ["TestSupport", "LogStorage", "Replication", "Metadata", logging])
    + tests(of: "KafkaServer", with: cModules + ["TestSupport", "KafkaWire", "LogStorage", "Replication", nioCore])
    + tests(
        of: "AdminServer",
        with: cModules + [
            "TestSupport", "BrokerEngine", "LogStorage", "Replication", "Metadata", "KafkaWire", hummingbird,
            "Plugins", product("HummingbirdTesting", "hummingbird"), httpTypes, serviceLifecycle, nioCore, nioPosix,
            logging,
        ])
    + [
        .testTarget(
            name: "PlatformTests",
            dependencies: cModules + [
                "platform", "KafkaClient", "BrokerEngine", "KafkaServer", "LogStorage", nioCore, logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "KafkaWireTests", dependencies: ["KafkaWire", nioCore], exclude: ["Golden"], swiftSettings: settings),
    ]

let package = Package(
    name: "platform",
    products: [.executable(name: "platform", targets: ["platform"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: layers.flatMap { $0 } + tools + testing
)
