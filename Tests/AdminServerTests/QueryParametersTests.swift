import HTTPTypes
import Testing

@testable import AdminServer

@Suite struct QueryParametersTests {
    private let known = ["offset", "limit", "key"]

    @Test func namesAndValuesAreDecoded() throws {
        let query = try QueryParameters("offset=12&k%65y=a%20b+c%3D%26&&limit", known: known)
        #expect(try query.integer("offset", in: 0...100) == 12)
        #expect(query.text("key") == "a b+c=&")
        #expect(query.text("limit") == "")
        #expect(try QueryParameters(nil, known: known).text("offset") == nil)
    }

    @Test(arguments: [
        ("ofset=1", "unknown_parameter"), ("offset=1&offset=2", "repeated_parameter"), ("key=%ff", "invalid_query"),
        ("key=%4", "invalid_query"),
    ])
    func whatIsNotUnderstoodIsRefused(query: String, code: String) {
        let error = #expect(throws: AdminError.self) { try QueryParameters(query, known: known) }
        #expect(error?.code == code)
        #expect(error?.status == .badRequest)
    }

    @Test(arguments: ["limit=0", "limit=11", "limit=", "limit=ten", "limit=1e1", "limit=99999999999999999999"])
    func integersMustLieInTheirRange(query: String) throws {
        let parameters = try QueryParameters(query, known: known)
        let error = #expect(throws: AdminError.self) { try parameters.integer("limit", in: 1...10) }
        #expect(error?.message == "\(query): must be an integer from 1 to 10")
    }
}
