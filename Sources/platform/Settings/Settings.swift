import Logging

/// What a user may set, with the defaults. Keys are `section.key`; `SettingKey.all` ties each to its field.
struct Settings: Equatable, Sendable {
    var log = Log()
    var kafka = Kafka()
    var group = Group()
    var http = HTTP()
    var node = Node()
    var plugins = Plugins()
    var logging = Logging()

    /// The broker's settings that were given, by Kafka's names and in Kafka's units, for DescribeConfigs.
    var kafkaConfig: [String: String] = [:]

    /// When an append is acknowledged.
    enum Flush: String, CaseIterable, Sendable {
        case group, interval, os
    }

    /// The storage log.
    struct Log: Equatable, Sendable {
        var flush = Flush.group
        /// Only for `Flush.interval`.
        var flushInterval = Duration.seconds(1)
        var segmentBytes = ByteCount(1 << 30)
        /// nil: records of any age are kept.
        var retention: Duration? = .seconds(7 * 24 * 3600)
        /// nil: no limit. Of one partition.
        var retentionBytes: ByteCount?
        var retentionCheckInterval = Duration.seconds(30)
        var checkpointInterval = Duration.seconds(1)
    }

    /// The listener of the Kafka protocol, and topics as its clients know them.
    struct Kafka: Equatable, Sendable {
        /// Empty: the address that the listener is bound to, or the machine's name if that is every address.
        var advertisedHost = ""
        /// 0: the port that the listener is bound to.
        var advertisedPort = 0
        var autoCreateTopics = true
        var connectionsMax = 10_000
        var defaultPartitions = 1
        var idleTimeout = Duration.seconds(600)
        var messageBytesMax = ByteCount(1_048_588)
        var offsetsPartitions = 8
        var requestBytesMax = ByteCount(100 << 20)
        /// Of one connection.
        var requestsInFlightMax = 64
        /// Of one connection.
        var unsentBytesMax = ByteCount(8 << 20)
    }

    /// Consumer groups.
    struct Group: Equatable, Sendable {
        var initialRebalanceDelay = Duration.milliseconds(100)
        var offsetsRetention = Duration.seconds(7 * 24 * 3600)
        var sessionTimeoutMax = Duration.seconds(1800)
        var sessionTimeoutMin = Duration.seconds(6)
    }

    /// The listener of HTTP.
    struct HTTP: Equatable, Sendable {
        var bodyBytesMax = ByteCount(16 << 20)
    }

    /// The process.
    struct Node: Equatable, Sendable {
        /// 0: one per core.
        var eventLoops = 0
        var id = 0
        /// Short of the ten seconds after which container platforms kill.
        var shutdownTimeout = Duration.seconds(9)
    }

    /// Plugins in Lua.
    struct Plugins: Equatable, Sendable {
        /// Empty: there are none.
        var path = ""
        var reload = Reload.manual
        var shadowCalls = 1_000
        var shadowTime = Duration.seconds(10)
        var loadTime = Duration.milliseconds(500)
        /// Of select and dedup.
        var pureTime = Duration.milliseconds(10)
        var slice = Duration.milliseconds(100)
        var handlerTime = Duration.seconds(30)
        var memoryMax = ByteCount(64 << 20)

        enum Reload: String, CaseIterable, Sendable {
            case manual, watch
        }
    }

    /// What the process says of itself on stderr.
    struct Logging: Equatable, Sendable {
        var format = Format.text
        var level = Logger.Level.info

        enum Format: String, CaseIterable, Sendable {
            case text, json
        }
    }
}

extension Settings {
    /// The settings in force: a flag's value (`--set section.key=value`) over the environment's
    /// (`PLATFORM_SECTION_KEY`) over the file's (`--config FILE`) over the default. Throws all that is wrong at once.
    /// Reads the file, so blocks.
    static func load(configFile path: String?, overrides: [String], environment: [String: String])
        throws(SettingsError) -> Settings
    {
        var problems: [SettingsError.Problem] = []
        let sources = SettingSources(
            overrides: overrides, environment: environment,
            file: path.map { SettingsFile.read($0, problems: &problems) },
            problems: &problems)
        var settings = Settings()
        for key in SettingKey.all {
            guard let given = sources.value(of: key) else { continue }
            do {
                try key.assign(given.text, &settings)
            } catch {
                problems.append(
                    .invalidValue(key: key.name, value: given.text, origin: given.origin, reason: error.reason))
                continue
            }
            if let name = key.kafkaName { settings.kafkaConfig[name] = key.kafkaText(settings) }
        }
        if let reason = settings.conflict { problems.append(.conflict(reason: reason)) }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        return settings
    }

    /// Settings that are each allowed but not together.
    private var conflict: String? {
        guard group.sessionTimeoutMin > group.sessionTimeoutMax else { return nil }
        return "group.session-timeout-min is \(group.sessionTimeoutMin.settingText), above group.session-timeout-max, "
            + "which is \(group.sessionTimeoutMax.settingText)"
    }
}
