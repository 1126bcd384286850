import Testing

@testable import BrokerEngine

@Suite struct ConfigChangeTests {
    private let topic = ConfigSchema.topic
    private let given = ["retention.ms": "1000", "cleanup.policy": "compact"]

    @Test("AlterConfigs leaves only what it names")
    func replaced() throws {
        #expect(try topic.replacing(given, with: [("segment.ms", "5")]) == ["segment.ms": "5"])
        #expect(try topic.replacing(given, with: []) == [:])
    }

    @Test("IncrementalAlterConfigs leaves what it does not name")
    func incremental() throws {
        let changes = [
            ConfigChange(name: "segment.ms", operation: .set, value: "5"),
            ConfigChange(name: "retention.ms", operation: .delete, value: nil),
            ConfigChange(name: "preallocate", operation: .delete, value: nil),
        ]
        #expect(try topic.applying(changes, to: given) == ["cleanup.policy": "compact", "segment.ms": "5"])
    }

    @Test(
        "lists are appended to and subtracted from",
        arguments: [
            (ConfigChange.Operation.append, "delete", "compact,delete"), (.append, "compact", "compact"),
            (.append, "delete, compact", "compact,delete"), (.append, "", "compact"), (.subtract, "compact", ""),
            (.subtract, "delete", "compact"), (.subtract, "", "compact"),
        ])
    func lists(operation: ConfigChange.Operation, value: String, result: String) throws {
        let change = ConfigChange(name: "cleanup.policy", operation: operation, value: value)
        #expect(try topic.applying([change], to: given)["cleanup.policy"] == result)
    }

    @Test("a list that is not given is changed as it is inherited, else as its default")
    func inheritedList() throws {
        let change = ConfigChange(name: "cleanup.policy", operation: .append, value: "compact")
        #expect(try topic.applying([change], to: [:]) == ["cleanup.policy": "delete,compact"])
        #expect(
            try topic.applying([change], to: [:], inherited: ["cleanup.policy": "compact"])
                == ["cleanup.policy": "compact"])
    }

    @Test(
        "changes that are refused",
        arguments: [
            (ConfigChange(name: "retention.ms", operation: .append, value: "5"), ConfigError.Code.notAList),
            (ConfigChange(name: "retention.ms", operation: .subtract, value: "5"), .notAList),
            (ConfigChange(name: "retention.ms", operation: .set, value: nil), .malformedChange),
            (ConfigChange(name: "cleanup.policy", operation: .append, value: nil), .malformedChange),
            (ConfigChange(name: "cleanup.policy", operation: .append, value: "purge"), .invalidValue),
            (ConfigChange(name: "retention.msec", operation: .set, value: "5"), .unknownName),
            (ConfigChange(name: "retention.msec", operation: .append, value: "5"), .unknownName),
        ])
    func refused(change: ConfigChange, code: ConfigError.Code) {
        let error = #expect(throws: ConfigError.self) { try topic.applying([change], to: given) }
        #expect(error?.code == code)
        #expect(error?.name == change.name)
    }

    @Test("a name may stand in a request once")
    func duplicates() {
        let twice = ["1", "2"].map { ConfigChange(name: "retention.ms", operation: .set, value: $0) }
        #expect(throws: ConfigError.self) { try topic.applying(twice, to: given) }
        let error = #expect(throws: ConfigError.self) {
            try topic.replacing(given, with: [("retention.ms", "1"), ("retention.ms", "1")])
        }
        #expect(error?.code == .malformedChange)
    }

    @Test("a setting stored by another version of the program does not keep others from being changed")
    func foreignSetting() throws {
        let given = ["from.the.future": "1"]
        let set = ConfigChange(name: "retention.ms", operation: .set, value: "1")
        #expect(try topic.applying([set], to: given) == ["from.the.future": "1", "retention.ms": "1"])
        let delete = ConfigChange(name: "from.the.future", operation: .delete, value: nil)
        #expect(try topic.applying([delete], to: given) == [:])
    }

    @Test("a broker's settings change at run time only where topics inherit them")
    func readOnly() throws {
        let set = { (name: String, value: String) in [ConfigChange(name: name, operation: .set, value: value)] }
        #expect(try ConfigSchema.broker.applying(set("log.retention.ms", "5"), to: [:]) == ["log.retention.ms": "5"])
        for name in ["num.partitions", "log.retention.hours"] {
            let error = #expect(throws: ConfigError.self) { try ConfigSchema.broker.applying(set(name, "5"), to: [:]) }
            #expect(error?.code == .readOnly, "\(name)")
        }
        let error = #expect(throws: ConfigError.self) {
            try ConfigSchema.broker.replacing([:], with: [("num.partitions", "5")])
        }
        #expect(error?.code == .readOnly)
    }
}
