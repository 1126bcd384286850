import BrokerEngine
import KafkaWire

/// What a setting belongs to; the protocol's numbers.
private enum ResourceType {
    static let topic: Int8 = 2
    static let broker: Int8 = 4
}

private struct ConfigResource: Hashable {
    var type: Int8
    var name: String
}

extension RequestDispatcher {
    func describeConfigs(_ request: DescribeConfigsRequest, _ call: RequestCall) {
        let (broker, listeners) = (broker, service.listenerSettings)
        answerFromPool(call, DescribeConfigsRequest.self) {
            DescribeConfigsResponse(
                resources: request.resources.withoutRepeats {
                    ConfigResource(type: $0.resourceType, name: $0.resourceName)
                }
                .map { wanted in
                    var resource = DescribeConfigsResponse.Resource(
                        resourceType: wanted.resourceType, resourceName: wanted.resourceName)
                    do throws(BrokerError) {
                        let entries = try RequestDispatcher.entries(
                            of: wanted, broker: broker, listeners: listeners)
                        resource.configs = entries.map {
                            RequestDispatcher.config($0, request: request)
                        }
                    } catch {
                        resource.errorCode = KafkaError(error).rawValue
                        resource.errorMessage = "\(error)"
                    }
                    return resource
                })
        }
    }

    private static func entries(
        of wanted: DescribeConfigsRequest.Resource, broker: Broker, listeners: [String: String]
    ) throws(BrokerError) -> [ConfigEntry] {
        switch wanted.resourceType {
        case ResourceType.topic:
            return try broker.settingEntries(ofTopic: wanted.resourceName, names: wanted.configurationKeys)
        case ResourceType.broker:
            try checkBroker(wanted.resourceName, broker)
            return broker.brokerSettingEntries(names: wanted.configurationKeys, listeners: listeners)
        default:
            throw unknownType(wanted.resourceType)
        }
    }

    private static func config(_ entry: ConfigEntry, request: DescribeConfigsRequest) -> DescribeConfigsResponse.Config
    {
        .init(
            name: entry.name, value: entry.value, readOnly: entry.isReadOnly, isDefault: entry.isDefault,
            configSource: entry.source.rawValue, isSensitive: entry.isSensitive,
            synonyms: request.includeSynonyms
                ? entry.synonyms.map { .init(name: $0.name, value: $0.value, source: $0.source.rawValue) } : [],
            configType: entry.type.rawValue, documentation: request.includeDocumentation ? entry.documentation : nil)
    }

    func alterConfigs(_ request: AlterConfigsRequest, _ call: RequestCall) {
        let broker = broker
        answerFromPool(call, AlterConfigsRequest.self) {
            AlterConfigsResponse(
                resources: request.resources.map { wanted in
                    let error = RequestDispatcher.outcome { () throws(BrokerError) in
                        let given = wanted.configs.map { (name: $0.name, value: $0.value) }
                        switch wanted.resourceType {
                        case ResourceType.topic:
                            try broker.alterSettings(
                                ofTopic: wanted.resourceName, replacing: given, validateOnly: request.validateOnly)
                        case ResourceType.broker:
                            try RequestDispatcher.checkBroker(wanted.resourceName, broker)
                            try broker.alterBrokerSettings(replacing: given, validateOnly: request.validateOnly)
                        default:
                            throw RequestDispatcher.unknownType(wanted.resourceType)
                        }
                    }
                    return AlterConfigsResponse.Resource(
                        errorCode: error?.code.rawValue ?? 0, errorMessage: error?.message,
                        resourceType: wanted.resourceType, resourceName: wanted.resourceName)
                })
        }
    }

    func incrementalAlterConfigs(_ request: IncrementalAlterConfigsRequest, _ call: RequestCall) {
        let broker = broker
        answerFromPool(call, IncrementalAlterConfigsRequest.self) {
            IncrementalAlterConfigsResponse(
                resources: request.resources.map { wanted in
                    let error = RequestDispatcher.outcome { () throws(BrokerError) in
                        var changes: [ConfigChange] = []
                        for config in wanted.configs {
                            guard let operation = ConfigChange.Operation(rawValue: config.configOperation) else {
                                throw BrokerError.invalidConfig(
                                    reason: "operation \(config.configOperation) on \(config.name) is not 0 to 3")
                            }
                            changes.append(ConfigChange(name: config.name, operation: operation, value: config.value))
                        }
                        switch wanted.resourceType {
                        case ResourceType.topic:
                            try broker.alterSettings(
                                ofTopic: wanted.resourceName, applying: changes, validateOnly: request.validateOnly)
                        case ResourceType.broker:
                            try RequestDispatcher.checkBroker(wanted.resourceName, broker)
                            try broker.alterBrokerSettings(applying: changes, validateOnly: request.validateOnly)
                        default:
                            throw RequestDispatcher.unknownType(wanted.resourceType)
                        }
                    }
                    return IncrementalAlterConfigsResponse.Resource(
                        errorCode: error?.code.rawValue ?? 0, errorMessage: error?.message,
                        resourceType: wanted.resourceType, resourceName: wanted.resourceName)
                })
        }
    }

    // MARK: Shared

    private static func outcome(_ body: () throws(BrokerError) -> Void) -> (code: KafkaError, message: String)? {
        do throws(BrokerError) {
            try body()
            return nil
        } catch {
            return (KafkaError(error), "\(error)")
        }
    }

    /// The empty name stands for all brokers, which here are this one.
    private static func checkBroker(_ name: String, _ broker: Broker) throws(BrokerError) {
        guard name.isEmpty || name == "\(broker.configuration.nodeID)" else {
            throw .invalidRequest(
                reason: "this broker is \(broker.configuration.nodeID), settings of '\(name)' cannot be had here")
        }
    }

    private static func unknownType(_ type: Int8) -> BrokerError {
        .invalidRequest(reason: "resource type \(type) is not 2 (topic) or 4 (broker)")
    }
}
