import KafkaWire

extension RequestDispatcher {
    /// ApiVersions: what is served. No features are finalized, so that clients use the first transaction protocol and
    /// classic groups; no tagged field is written, as librdkafka before 2.2 misreads them.
    func apiVersions(_ request: APIVersionsRequest, _ call: RequestCall) {
        answer(call, APIVersionsRequest.self, APIVersionsResponse(apiKeys: RequestDispatcher.apiVersionList))
    }

    /// A version above ours: error 35 in the layout of version 0, with the list, from which the client picks again.
    func refuseAPIVersions(_ call: RequestCall) {
        var header = call.header
        header.apiVersion = 0
        let call = RequestCall(slot: call.slot, header: header, api: .apiVersions)
        answer(
            call, APIVersionsRequest.self,
            APIVersionsResponse(
                errorCode: KafkaError.unsupportedVersion.rawValue, apiKeys: RequestDispatcher.apiVersionList))
    }

    private static let apiVersionList: [APIVersionsResponse.APIVersion] = KafkaService.servedAPIs.map { api in
        .init(
            apiKey: api.rawValue, minVersion: api.advertisedVersions.lowerBound,
            maxVersion: api.advertisedVersions.upperBound)
    }
}
