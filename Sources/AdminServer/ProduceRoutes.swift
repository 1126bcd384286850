import BrokerEngine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension AdminService {
    /// `POST /v1/topics/{topic}/records`: appends records and answers once they are committed.
    func addProduceRoutes(to router: Router<AdminRequestContext>) {
        router.post("/v1/topics/:topic/records") { request, context in
            let topicName = try self.pathParameter("topic", in: context)
            let form = try ProduceForm(contentType: request.headers[.contentType])
            let query = try QueryParameters(request.uri.query, known: form == .raw ? ["key", "partition"] : [])
            let partition = try query.integer("partition", in: 0...Int32.max)
            return try await self.withBody(of: request, in: context) { body in
                let records: [ProducedRecord]
                switch form {
                case .raw:
                    records = [
                        ProducedRecord(
                            partition: partition, key: query.text("key").map { Array($0.utf8) },
                            value: Array(body.readableBytesView))
                    ]
                case .json:
                    let countMax = self.configuration.producedRecordCountMax
                    records = try await self.blocking { try ProducedRecord.parse(json: body, countMax: countMax) }
                }
                let topic = try await self.topicToWrite(topicName)
                return try ProduceAnswer(outcomes: try await self.append(records, to: topic)).response()
            }
        }
    }

    /// Reads a whole body and holds its share of the memory for bodies until `use` has returned.
    private func withBody<Result>(
        of request: Request, in context: AdminRequestContext, _ use: (ByteBuffer) async throws -> Result
    ) async throws -> Result {
        let limit = configuration.bodyBytesMax
        // Without a length the body may turn out to be as large as is allowed.
        let expected = request.headers[.contentLength].flatMap { Int($0) }.map { max(0, $0) } ?? limit
        guard expected <= limit else { throw AdminError.bodyTooLarge(sizeBytes: expected, limitBytes: limit) }
        guard bodyBudget.take(expected) else {
            var error = AdminError(
                .serviceUnavailable, "busy",
                "the requests under way take the \(configuration.bodiesBytesMax) bytes there are for bodies: try again")
            error.headers[.retryAfter] = "1"
            throw error
        }
        defer { bodyBudget.giveBack(expected) }
        try await context.letBodyCome(for: request)
        do {
            return try await use(try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw AdminError.bodyTooLarge(sizeBytes: nil, limitBytes: limit)
        }
    }

    /// The topic to write to, created if it is not there and the broker's configuration says so.
    private func topicToWrite(_ name: String) async throws -> Topic {
        if let topic = broker.topic(name) {
            guard !topic.isInternal else { throw AdminError(.internalTopic(name: name)) }
            return topic
        }
        guard broker.configuration.createsTopicsOnDemand else { throw AdminError(.unknownTopic(name: name)) }
        return try await blocking {
            do throws(BrokerError) {
                if let topic = try self.broker.createTopic(Broker.TopicRequest(name: name)) { return topic }
            } catch .topicExists {
                // Somebody else was faster.
            }
            guard let topic = self.broker.topic(name) else { throw AdminError(.unknownTopic(name: name)) }
            return topic
        }
    }
}

/// How records stand in a body.
enum ProduceForm {
    case json
    /// The body is the value of one record.
    case raw

    init(contentType: String?) throws(AdminError) {
        let type = (contentType ?? "").prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        switch type {
        // What curl says of any `-d` stands for nothing said.
        case "", "application/json", "application/x-www-form-urlencoded": self = .json
        case _ where type.hasSuffix("+json"): self = .json
        case "application/octet-stream": self = .raw
        case _ where type.hasPrefix("text/"): self = .raw
        default:
            throw AdminError(
                .unsupportedMediaType, "unsupported_media_type",
                "Content-Type '\(type)' is not known: send application/json for records as JSON, text/plain or "
                    + "application/octet-stream for one record whose value is the body")
        }
    }
}

extension AdminError {
    fileprivate static func bodyTooLarge(sizeBytes: Int?, limitBytes: Int) -> AdminError {
        let size = sizeBytes.map { "\($0)" } ?? "more"
        return AdminError(
            .contentTooLarge, "body_too_large",
            "the body has \(size) bytes, the limit is \(limitBytes): send the records in several requests")
    }
}

/// The body of an answer to a write: one entry a record, in the order of the request.
struct ProduceAnswer: Encodable {
    struct Entry: Encodable {
        var partition: Int32?
        var offset: Int64?
        var error: AdminError?
    }

    var records: [Entry]
    /// The first error if no record was stored, so that callers who look no further see it.
    var error: AdminError?
    private let status: HTTPResponse.Status

    init(outcomes: [ProduceOutcome]) {
        records = outcomes.map { outcome in
            switch outcome {
            case .stored(let partition, let offset): Entry(partition: partition, offset: offset)
            case .refused(let error): Entry(error: error)
            }
        }
        let errors = records.compactMap(\.error)
        if errors.isEmpty {
            status = .ok
        } else if errors.count < records.count {
            status = HTTPResponse.Status(code: 207, reasonPhrase: "Multi-Status")
        } else {
            error = errors[0]
            status = errors[0].status
        }
    }

    private enum CodingKeys: String, CodingKey {
        case records, error
    }

    func response() throws -> Response { try .json(self, status: status) }
}
