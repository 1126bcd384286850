import BrokerEngine
import Foundation
import KafkaServer
import LogStorage
import Logging
import NIOCore
import Testing

@testable import platform

@Suite struct SettingsTests {
    private func load(_ overrides: String..., environment: [String: String] = [:], file: String? = nil) throws
        -> Settings
    {
        try load(overrides, environment, file)
    }

    private func load(_ overrides: [String], _ environment: [String: String], _ file: String?) throws -> Settings {
        var path: String?
        if let file {
            let name = "settings-\(UUID().uuidString).json"
            let temporary = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
            try file.write(toFile: temporary, atomically: true, encoding: .utf8)
            path = temporary
        }
        defer { if let path { try? FileManager.default.removeItem(atPath: path) } }
        return try Settings.load(configFile: path, overrides: overrides, environment: environment)
    }

    /// The problems that loading ends with; none if it succeeds.
    private func problems(_ overrides: String..., environment: [String: String] = [:], file: String? = nil) throws
        -> [SettingsError.Problem]
    {
        do {
            _ = try load(overrides, environment, file)
            return []
        } catch let error as SettingsError {
            return error.problems
        }
    }

    // MARK: Where values come from

    @Test("nothing given leaves the defaults")
    func defaults() throws {
        let settings = try load()
        #expect(settings == Settings())
        #expect(settings.kafkaConfig.isEmpty)
    }

    /// Goal: a default changes only on purpose, as users rely on each.
    @Test("the settings there are, and their defaults")
    func list() {
        #expect(
            SettingKey.all.map { "\($0.name) = \($0.defaultText)" } == [
                "group.initial-rebalance-delay = 100ms", "group.offsets-retention = 7d",
                "group.session-timeout-max = 30m", "group.session-timeout-min = 6s", "http.body-bytes-max = 16MiB",
                "kafka.advertised-host = ", "kafka.advertised-port = 0", "kafka.auto-create-topics = true",
                "kafka.connections-max = 10000", "kafka.default-partitions = 1", "kafka.idle-timeout = 10m",
                "kafka.message-bytes-max = 1048588B", "kafka.offsets-partitions = 8",
                "kafka.request-bytes-max = 100MiB", "kafka.requests-in-flight-max = 64",
                "kafka.unsent-bytes-max = 8MiB", "log.checkpoint-interval = 1s", "log.flush = group",
                "log.flush-interval = 1s", "log.retention = 7d", "log.retention-bytes = none",
                "log.retention-check-interval = 30s", "log.segment-bytes = 1GiB", "logging.format = text",
                "logging.level = info", "node.event-loops = 0", "node.id = 0", "node.shutdown-timeout = 9s",
                "plugins.handler-time = 30s", "plugins.load-time = 500ms", "plugins.memory-max = 64MiB",
                "plugins.path = ", "plugins.pure-time = 10ms", "plugins.reload = manual",
                "plugins.shadow-calls = 1000", "plugins.shadow-time = 10s", "plugins.slice = 100ms",
            ])
    }

    @Test("a flag is stronger than the environment, that than the file, that than the default")
    func precedence() throws {
        let file = #"{"kafka": {"default-partitions": 2}}"#
        let environment = ["PLATFORM_KAFKA_DEFAULT_PARTITIONS": "3"]
        let flag = "kafka.default-partitions=4"
        #expect(try load().kafka.defaultPartitions == 1)
        #expect(try load(file: file).kafka.defaultPartitions == 2)
        #expect(try load(environment: environment).kafka.defaultPartitions == 3)
        #expect(try load(environment: environment, file: file).kafka.defaultPartitions == 3)
        #expect(try load(flag, file: file).kafka.defaultPartitions == 4)
        #expect(try load(flag, environment: environment, file: file).kafka.defaultPartitions == 4)
    }

    @Test("a file has sections of keys, with comments, numbers and truth values")
    func file() throws {
        let settings = try load(
            file: """
                {
                    // What we promise.
                    "log": {"flush": "interval", "flush-interval": "250ms", "retention": "none"},
                    "kafka": {"auto-create-topics": false, "default-partitions": 12, "idle-timeout": "1h"},
                    "logging": {"level": "debug", "format": "json"}, /* the rest as it comes */
                }
                """)
        #expect(settings.log.flush == .interval)
        #expect(settings.log.flushInterval == .milliseconds(250))
        #expect(settings.log.retention == nil)
        #expect(!settings.kafka.autoCreateTopics)
        #expect(settings.kafka.defaultPartitions == 12)
        #expect(settings.kafka.idleTimeout == .seconds(3600))
        #expect(settings.logging.level == .debug)
        #expect(settings.logging.format == .json)
        #expect(settings.http == Settings.HTTP())
    }

    /// Goal: the names of variables that we print are those that the configuration library looks for.
    @Test("each setting can be given by its flag, its variable and its key in a file")
    func everySource() throws {
        for key in SettingKey.all {
            let parts = key.name.split(separator: ".")
            try #require(parts.count == 2)
            // The default is given, so that any type does; that it was read shows in the names for Kafka, or in an error.
            let text = key.defaultText.isEmpty ? "host" : key.defaultText
            let file = "{\"\(parts[0])\": {\"\(parts[1])\": \"\(text)\"}}"
            for given in [
                try load("\(key.name)=\(text)"), try load(environment: [key.environmentName: text]),
                try load(file: file),
            ] {
                #expect(Array(given.kafkaConfig.keys) == (key.kafkaName.map { [$0] } ?? []), "\(key.name)")
            }
            guard key.type != "a text" else { continue }
            let bad = "\u{1}"
            let expected: [SettingOrigin] = [.flag, .environment(variable: key.environmentName)]
            let found = try [
                problems("\(key.name)=\(bad)"), problems(environment: [key.environmentName: bad]),
            ].map { try #require($0.first) }
            for (problem, origin) in zip(found, expected) {
                guard case .invalidValue(key.name, bad, origin, _) = problem else {
                    Issue.record("\(key.name): \(problem)")
                    continue
                }
            }
        }
    }

    @Test("of a flag that stands there twice the last holds, and its value may have '='")
    func repeatedFlag() throws {
        #expect(try load("node.id=1", "node.id=2").node.id == 2)
        #expect(try load("kafka.advertised-host=a=b").kafka.advertisedHost == "a=b")
        #expect(try load("kafka.advertised-host=").kafka.advertisedHost == "")
    }

    @Test("a variable set to nothing is not given, and other programs' variables are theirs")
    func otherVariables() throws {
        #expect(
            try load(environment: ["PLATFORM_NODE_ID": "", "PATH": "/bin", "PLATFORMS": "x", "LOG_FLUSH": "os"])
                == Settings())
    }

    @Test("what Kubernetes sets for a service named platform is passed over")
    func serviceLinks() throws {
        let links = [
            "PLATFORM_SERVICE_HOST", "PLATFORM_SERVICE_PORT", "PLATFORM_SERVICE_PORT_KAFKA", "PLATFORM_PORT",
            "PLATFORM_PORT_9092_TCP", "PLATFORM_PORT_9092_TCP_ADDR", "PLATFORM_PORT_9092_TCP_PROTO",
        ]
        let environment = Dictionary(uniqueKeysWithValues: links.map { ($0, "tcp://10.0.0.1:9092") })
        #expect(try load(environment: environment) == Settings())
        #expect(try problems(environment: ["PLATFORM_PORTS": "1"]).count == 1)
    }

    // MARK: What is refused

    @Test(
        "an unknown key names the nearest",
        arguments: [
            ("log.flsuh", "log.flush"), ("log.flush_interval", "log.flush-interval"),
            ("log.flushInterval", "log.flush-interval"), ("kafka.segment-bytes", "log.segment-bytes"),
            ("segment-bytes", "log.segment-bytes"), ("LOG.FLUSH", "log.flush"), ("log.level", "logging.level"),
            ("group.session-timeout.min", "group.session-timeout-min"), ("logging.lvl", "logging.level"),
            ("num.partitions", "kafka.default-partitions"), ("log.retention.ms", "log.retention"),
        ])
    func unknownKey(written: String, meant: String) throws {
        #expect(try problems("\(written)=1") == [.unknownKey(name: written, origin: .flag, nearest: meant)])
    }

    @Test("an unknown variable and an unknown key of a file are found too")
    func unknownElsewhere() throws {
        #expect(
            try problems(environment: ["PLATFORM_LOG_FLUSCH": "os"]) == [
                .unknownKey(
                    name: "PLATFORM_LOG_FLUSCH", origin: .environment(variable: "PLATFORM_LOG_FLUSCH"),
                    nearest: "PLATFORM_LOG_FLUSH")
            ])
        let found = try problems(file: #"{"kafka": {"partitions": 5, "idle-timeout": "1m"}, "lgo": {"flush": "os"}}"#)
        try #require(found.count == 2)
        guard case .unknownKey("kafka.partitions", .file, _) = found[0],
            case .unknownKey("lgo.flush", .file, "log.flush") = found[1]
        else {
            Issue.record("\(found)")
            return
        }
    }

    @Test(
        "a value that is not allowed says what is",
        arguments: [
            ("log.flush=always", "must be one of group, interval, os"),
            ("log.flush-interval=100", "must be a time in us, ms, s, m, h or d"),
            ("log.flush-interval=0", "must be a time from 1ms to 1h"),
            ("log.flush-interval=2h", "must be a time from 1ms to 1h"),
            ("log.flush-interval=1.5s", "has no unit '.5s'"), ("log.flush-interval=5min", "has no unit 'min'"),
            ("log.flush-interval=-5s", "must be a time in us"), ("log.retention=999999999999999999d", "is too long"),
            ("log.retention=forever", "or none"), ("log.segment-bytes=64Mb", "has no unit 'Mb'"),
            ("log.segment-bytes=12B", "must be a size from 1KiB to 2147483647B"),
            ("log.segment-bytes=99999999999GiB", "is too large"), ("log.segment-bytes=", "must be a size"),
            ("kafka.auto-create-topics=yes", "must be true or false"),
            ("kafka.default-partitions=0", "must be a whole number from 1 to 10000"),
            ("kafka.default-partitions=many", "must be a whole number"),
            ("kafka.advertised-port=65536", "must be a whole number from 0 to 65535"),
            ("logging.level=loud", "must be one of trace, debug, info, notice, warning, error, critical"),
        ])
    func invalidValue(flag: String, reason: String) throws {
        let found = try problems(flag)
        try #require(found.count == 1)
        let parts = flag.split(separator: "=", omittingEmptySubsequences: false)
        #expect("\(found[0])".hasPrefix("--set: \(parts[0]) = '\(parts[1])' "))
        #expect("\(found[0])".contains(reason), "\(found[0])")
    }

    @Test("a flag must be a key, '=' and a value")
    func malformedFlag() throws {
        #expect(try problems("log.flush") == [.malformedOverride("log.flush")])
        #expect(try problems("=os") == [.malformedOverride("=os")])
    }

    @Test(
        "a file that is not as it should be says why",
        arguments: [
            ("", "is empty"), ("{", "is not JSON"), ("[]", "must hold an object of sections"),
            ("5", "must hold an object of sections"), (#"{"log": "os"}"#, "'log' must be an object of keys"),
            (#"{"log": {"flush": null}}"#, "log.flush is null"),
            (#"{"log": {"flush": ["os"]}}"#, "log.flush must be a text"),
            (#"{"log": {"flush": {"policy": "os"}}}"#, "log.flush must be a text"),
            (#"{"log.flush": "os"}"#, "'log.flush' must be an object of keys"),
        ])
    func badFile(file: String, reason: String) throws {
        let found = try problems(file: file)
        try #require(found.count == 1)
        #expect("\(found[0])".contains(reason), "\(found[0])")
    }

    @Test("a file that does not exist, and one that is none, is an error")
    func missingFile() {
        for path in ["/nowhere/settings.json", FileManager.default.temporaryDirectory.path] {
            let error = #expect(throws: SettingsError.self) {
                try Settings.load(configFile: path, overrides: [], environment: [:])
            }
            #expect(error.map { "\($0)" }?.hasPrefix("\(path): cannot be read") == true, "\(String(describing: error))")
        }
    }

    @Test("an enormous file is refused")
    func enormousFile() throws {
        let found = try problems(file: "{}" + String(repeating: " ", count: 1 << 20))
        #expect(found.count == 1)
        #expect(found.first.map { "\($0)" }?.contains("is above 1048576 bytes") == true)
    }

    @Test("settings that cannot hold together")
    func conflicts() throws {
        let found = try problems("group.session-timeout-min=1m", "group.session-timeout-max=30s")
        #expect(found.count == 1)
        #expect(
            found.first.map { "\($0)" }
                == "group.session-timeout-min is 1m, above group.session-timeout-max, which is 30s")
        #expect(try problems("group.session-timeout-min=30s", "group.session-timeout-max=30s").isEmpty)
    }

    @Test("everything wrong is said at once, a line each")
    func allProblems() {
        let error = #expect(throws: SettingsError.self) {
            try Settings.load(
                configFile: "/nowhere.json", overrides: ["nonsense", "log.flush=x", "node.idd=1"],
                environment: ["PLATFORM_NODE_ID": "-1", "PLATFORM_X": "1"])
        }
        #expect(error?.problems.count == 6)
        #expect(error.map { "\($0)".split(separator: "\n").count } == 6)
    }

    // MARK: What is said of settings

    @Test("what was given is known by Kafka's names and units")
    func kafkaNames() throws {
        let settings = try load(
            "log.retention=none", "log.segment-bytes=64MiB", "kafka.idle-timeout=1m",
            "group.offsets-retention=2h", "kafka.auto-create-topics=false", "log.flush=os")
        #expect(
            settings.kafkaConfig == [
                "log.retention.ms": "-1", "log.segment.bytes": "67108864", "connections.max.idle.ms": "60000",
                "offsets.retention.minutes": "120", "auto.create.topics.enable": "false",
            ])
    }

    /// Goal: DescribeConfigs can show what was given, as it passes over names and values that it does not know.
    @Test("Kafka's names and values are those of the broker's settings")
    func kafkaSchema() throws {
        for key in SettingKey.all {
            guard let name = key.kafkaName else { continue }
            let settings = try load("\(key.name)=\(key.defaultText)")
            try ConfigSchema.broker.validate(settings.kafkaConfig)
            let entries = ConfigLayers(staticBroker: settings.kafkaConfig).brokerEntries(names: [name])
            #expect(entries.map(\.source) == [.staticBroker], "\(key.name)")
        }
    }

    /// Goal: DescribeConfigs shows of what was not given what is in force.
    @Test("the defaults are those that Kafka's names show")
    func kafkaDefaults() throws {
        let entries = Dictionary(uniqueKeysWithValues: ConfigLayers().brokerEntries().map { ($0.name, $0) })
        for key in SettingKey.all {
            guard let name = key.kafkaName else { continue }
            let entry = try #require(entries[name], "\(name)")
            // Of the times in three units only the weakest, in hours, has a default.
            let shown = name == "log.retention.ms" ? "604800000" : entry.value
            #expect(shown == key.kafkaText(Settings()), "\(name)")
        }
        #expect(ConfigLayers().topicEntries(names: ["retention.ms"]).map(\.value) == ["604800000"])
    }

    @Test("the help has every setting with its default, and fits a terminal")
    func help() throws {
        let text = SettingsHelp.text
        for key in SettingKey.all {
            #expect(text.contains("\n  \(key.name) = "), "\(key.name)")
            #expect(key.name.wholeMatch(of: /[a-z]+\.[a-z]+(-[a-z]+)*/) != nil, "\(key.name)")
            #expect(!key.help.isEmpty && key.help.hasSuffix("."), "\(key.name)")
        }
        #expect(text.contains("  log.segment-bytes = 1GiB\n"))
        #expect(text.contains("  kafka.idle-timeout = 10m\n"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("defaults are within their limits, and keys, variables and Kafka's names are each one setting's")
    func registry() throws {
        let keys = SettingKey.all
        for key in keys {
            var settings = Settings()
            try key.assign(key.defaultText, &settings)
            #expect(settings == Settings(), "\(key.name)")
        }
        #expect(Set(keys.map(\.name)).count == keys.count)
        #expect(Set(keys.map(\.environmentName)).count == keys.count)
        #expect(Set(keys.compactMap(\.kafkaName)).count == keys.compactMap(\.kafkaName).count)
    }
}

@Suite struct SettingUnitsTests {
    @Test(
        "times are read and written in their largest unit",
        arguments: [
            ("0", "0ms", 0), ("0s", "0ms", 0), ("1500us", "1500us", 1), ("2000us", "2ms", 2), ("500ms", "500ms", 500),
            ("1000ms", "1s", 1000), ("90s", "90s", 90_000),
            ("60s", "1m", 60_000), ("120m", "2h", 7_200_000), ("168h", "7d", 604_800_000), ("007s", "7s", 7000),
        ])
    func durations(text: String, written: String, milliseconds: Int64) throws {
        let duration = try Duration(settingText: text)
        #expect(duration.milliseconds == milliseconds)
        #expect(duration.settingText == written)
        #expect(try Duration(settingText: written) == duration)
    }

    @Test(
        "texts that are no times",
        arguments: [
            "", "s", "5", "5 s", " 5s", "5S", "+5s", "-5s", "5s5", "1h30m", "٥s", "9223372036854775808ms",
            "9223372036854775807ms",
        ])
    func notDurations(text: String) {
        #expect(throws: SettingTextError.self) { try Duration(settingText: text) }
    }

    @Test(
        "sizes are read in either kind of unit and written in the binary one",
        arguments: [
            ("0", "0B", 0), ("1", "1B", 1), ("1048588B", "1048588B", 1_048_588), ("64MiB", "64MiB", 64 << 20),
            ("1024KiB", "1MiB", 1 << 20), ("1KB", "1000B", 1000), ("1MB", "1000000B", 1_000_000),
            ("2GB", "1953125KiB", 2_000_000_000), ("3GiB", "3GiB", 3 << 30),
        ])
    func sizes(text: String, written: String, bytes: Int64) throws {
        let size = try ByteCount(settingText: text)
        #expect(size.bytes == bytes)
        #expect(size.settingText == written)
        #expect(try ByteCount(settingText: written) == size)
    }

    @Test("texts that are no sizes", arguments: ["", "B", "5 KiB", "5kb", "5Mi", "-1", "1.5MiB", "8589934592GiB"])
    func notSizes(text: String) {
        #expect(throws: SettingTextError.self) { try ByteCount(settingText: text) }
    }

    @Test("a time beyond 64 bits of milliseconds is cut to them")
    func longest() {
        #expect(Duration.seconds(Int64.max).milliseconds == .max)
        #expect(Duration.seconds(Int64.min).milliseconds == .min)
        #expect(Duration.microseconds(1999).milliseconds == 1)
    }
}

@Suite struct NearestKeyTests {
    @Test("a key of any length has a nearest one")
    func long() {
        #expect(NearestKey.of(String(repeating: "x", count: 1_000_000), among: SettingKey.all) == nil)
        #expect(NearestKey.of("", among: SettingKey.all) == nil)
    }
}

@Suite struct SettingsConfigurationsTests {
    /// Goal: a default has one value, here and where the part is built without settings, as in tests.
    @Test("the defaults are those of the parts")
    func defaults() {
        let settings = Settings()
        let (broker, parts) = (settings.brokerConfiguration, BrokerConfiguration())
        #expect(broker.nodeID == parts.nodeID)
        #expect(broker.defaultPartitionCount == parts.defaultPartitionCount)
        #expect(broker.createsTopicsOnDemand == parts.createsTopicsOnDemand)
        #expect(broker.offsetsPartitionCount == parts.offsetsPartitionCount)
        #expect(broker.checkpointIntervalMS == parts.checkpointIntervalMS)
        #expect(broker.retentionIntervalMS == parts.retentionIntervalMS)
        #expect(broker.logDefaults == parts.logDefaults)
        #expect(settings.groupConfiguration == GroupConfiguration())
        let (kafka, server) = (settings.kafkaConfiguration(advertising: "127.0.0.1"), KafkaServerConfiguration())
        #expect(kafka.requestBytesMax == server.requestBytesMax)
        #expect(kafka.requestsInFlightMax == server.requestsInFlightMax)
        #expect(kafka.unsentBytesMax == server.unsentBytesMax)
        #expect(kafka.idleTimeout == server.idleTimeout)
        #expect(kafka.advertisedHost == server.advertisedHost)
        #expect(kafka.advertisedPort == server.advertisedPort)
    }

    @Test("what is set reaches the parts")
    func given() throws {
        let settings = try Settings.load(
            configFile: nil,
            overrides: [
                "node.id=7", "kafka.default-partitions=3", "kafka.auto-create-topics=false",
                "kafka.offsets-partitions=5", "log.checkpoint-interval=2s", "log.retention-check-interval=3s",
                "kafka.message-bytes-max=2MiB", "log.segment-bytes=64MiB", "log.retention=none",
                "log.retention-bytes=1GiB", "log.flush=interval", "log.flush-interval=250ms",
                "group.session-timeout-min=1s", "group.session-timeout-max=1m", "group.initial-rebalance-delay=3s",
                "group.offsets-retention=1d", "kafka.request-bytes-max=5MiB", "kafka.requests-in-flight-max=6",
                "kafka.unsent-bytes-max=1MiB", "kafka.idle-timeout=5s", "kafka.advertised-host=broker.example",
                "kafka.advertised-port=19092",
            ], environment: [:])
        let broker = settings.brokerConfiguration
        #expect(broker.nodeID == 7)
        #expect(broker.defaultPartitionCount == 3)
        #expect(!broker.createsTopicsOnDemand)
        #expect(broker.offsetsPartitionCount == 5)
        #expect(broker.checkpointIntervalMS == 2000)
        #expect(broker.retentionIntervalMS == 3000)
        var log = LogConfiguration()
        log.batchBytesMax = 2 << 20
        log.segmentBytes = 64 << 20
        log.retentionMS = -1
        log.retentionBytes = 1 << 30
        log.flush = .interval(milliseconds: 250)
        #expect(broker.logDefaults == log)
        #expect(broker.startSettings == settings.kafkaConfig)
        #expect(broker.startSettings["log.retention.ms"] == "-1")
        let groups = settings.groupConfiguration
        #expect(groups.sessionTimeoutMSMin == 1000)
        #expect(groups.sessionTimeoutMSMax == 60_000)
        #expect(groups.initialRebalanceDelayMS == 3000)
        #expect(groups.offsetsRetentionMS == 86_400_000)
        let kafka = settings.kafkaConfiguration(advertising: "127.0.0.1")
        #expect(kafka.requestBytesMax == 5 << 20)
        #expect(kafka.requestsInFlightMax == 6)
        #expect(kafka.unsentBytesMax == 1 << 20)
        #expect(kafka.idleTimeout == .seconds(5))
        #expect(kafka.advertisedHost == "broker.example")
        #expect(kafka.advertisedPort == 19_092)
    }

    @Test("clients are told the address listened on unless another is set, and the system may flush when it likes")
    func addressAndFlush() throws {
        #expect(Settings().kafkaConfiguration(advertising: "10.0.0.1").advertisedHost == "10.0.0.1")
        let settings = try Settings.load(configFile: nil, overrides: ["log.flush=os"], environment: [:])
        #expect(settings.brokerConfiguration.logDefaults.flush == .os)
    }
}

@Suite struct ListenAddressTests {
    @Test("who listens on one address advertises it")
    func oneAddress() throws {
        #expect(try ListenAddress("127.0.0.1", isInsecure: false).advertised(machineName: "box") == "127.0.0.1")
        #expect(try ListenAddress("10.0.0.7", isInsecure: true).advertised(machineName: "box") == "10.0.0.7")
    }

    /// Goal: a client on another machine is not sent to itself.
    @Test("who listens on every address advertises the machine's name", arguments: ["0.0.0.0", "::"])
    func everyAddress(host: String) throws {
        let address = try ListenAddress(host, isInsecure: true)
        #expect(address.advertised(machineName: "box") == "box")
        #expect(address.advertised(machineName: "") == "127.0.0.1")
    }

    @Test("beyond loopback one has to insist", arguments: ["0.0.0.0", "::", "10.0.0.7"])
    func insecure(host: String) {
        #expect(throws: (any Error).self) { try ListenAddress(host, isInsecure: false) }
    }

    @Test("the machine has a name without a zero byte")
    func machineName() {
        #expect(!MachineName.current().contains("\0"))
    }
}
