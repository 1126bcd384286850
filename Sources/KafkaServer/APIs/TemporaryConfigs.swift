import KafkaWire
extension RequestDispatcher {
    func describeConfigs(_ request: DescribeConfigsRequest, _ call: RequestCall) { answer(call, DescribeConfigsRequest.self, .init()) }
    func alterConfigs(_ request: AlterConfigsRequest, _ call: RequestCall) { answer(call, AlterConfigsRequest.self, .init()) }
    func incrementalAlterConfigs(_ request: IncrementalAlterConfigsRequest, _ call: RequestCall) { answer(call, IncrementalAlterConfigsRequest.self, .init()) }
}
