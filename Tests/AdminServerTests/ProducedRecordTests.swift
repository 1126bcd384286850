import HTTPTypes
import LogStorage
import NIOCore
import TestSupport
import Testing

@testable import AdminServer

@Suite struct ProducedRecordTests {
    private func parse(_ json: String, countMax: Int = 100) throws(AdminError) -> [ProducedRecord] {
        try ProducedRecord.parse(json: ByteBuffer(string: json), countMax: countMax)
    }

    @Test func aListOfRecords() throws {
        let records = try parse(
            """
            {"records": [
                {"key": "k", "value": "grüße", "partition": 3, "timestamp": 1700000000000},
                {"key": {"base64": "AP8="}, "value": {"base64": ""}, "headers": {"b": "2", "a": ["x", null, {"base64": "/w=="}]}},
                {"value": null, "key": null, "headers": null, "partition": null, "timestamp": null}
            ]}
            """)
        #expect(
            records == [
                ProducedRecord(
                    partition: 3, key: [0x6b], value: Array("grüße".utf8), headers: [], timestampMS: 1_700_000_000_000),
                ProducedRecord(
                    key: [0, 0xff], value: [],
                    headers: [
                        Record.Header("a", [0x78]), Record.Header("a", nil), Record.Header("a", [0xff]),
                        Record.Header("b", [0x32]),
                    ]),
                ProducedRecord(value: nil),
            ])
    }

    @Test func oneRecordAlone() throws {
        #expect(try parse(#"{"value":""}"#) == [ProducedRecord(value: [])])
    }

    /// Each refusal says where it is and what to do; 400 for what is no JSON, 422 for JSON of another form.
    @Test(arguments: [
        ("", 400, "the body is empty"),
        ("{\"value\":", 400, "the body is not JSON: Unexpected end of file"),
        ("{\"value\" 1}", 400, "the body is not JSON: Invalid value around character 9"),
        ("{\"value\":\"\u{1}\"}", 400, "the body is not JSON"),
        ("[]", 422, "the body cannot be read"),
        ("17", 422, "the body cannot be read"),
        ("{}", 422, "the body has no value"),
        (#"{"records":{}}"#, 422, "records cannot be read"),
        (#"{"records":[]}"#, 422, "records is empty"),
        (#"{"records":[{"value":"a"}],"acks":1}"#, 422, "the body has an unknown field 'acks'; known are records"),
        (#"{"records":[{"value":"a"},{"vaule":"b"}]}"#, 422, "records[1] has an unknown field 'vaule'"),
        (#"{"records":[{"key":"a"}]}"#, 422, "records[0] has no value"),
        (#"{"records":[null]}"#, 422, "records[0]"),
        (#"{"value":{"a":1}}"#, 422, "value must be a string, null or"),
        (#"{"value":7}"#, 422, "value must be a string, null or"),
        (#"{"value":{"base64":"a"}}"#, 422, "value is not base64"),
        (#"{"value":{"base64":7}}"#, 422, "value must be a string, null or"),
        (#"{"records":[{"value":"","headers":{"h":true}}]}"#, 422, "records[0].headers.h must be a string"),
        (#"{"value":"","partition":"0"}"#, 422, "partition must be an integer of at most 2147483647"),
        (#"{"value":"","partition":3000000000}"#, 422, "partition must be an integer of at most 2147483647"),
        (#"{"value":"","timestamp":1.5}"#, 422, "timestamp must be an integer of at most"),
    ])
    func whatIsWrongIsNamed(json: String, status: Int, message: String) {
        let error = #expect(throws: AdminError.self) { try parse(json) }
        #expect(error?.status.code == status, "\(json): \(error?.message ?? "")")
        #expect(error?.message.hasPrefix(message) == true, "\(json): \(error?.message ?? "")")
    }

    @Test func moreRecordsThanAllowedAreRefused() {
        let error = #expect(throws: AdminError.self) {
            try parse(#"{"records":[{"value":""},{"value":""},{"value":""}]}"#, countMax: 2)
        }
        #expect(error?.status == .contentTooLarge)
        #expect(error?.message.contains("3 records in one request, the limit is 2") == true)
    }

    @Test func deepNestingDoesNotTrap() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: AdminError.self) { try parse(deep) }
        #expect(throws: AdminError.self) { try parse("{\"value\":" + deep) }
        #expect(throws: AdminError.self) { try parse(String(repeating: "{\"value\":", count: 100_000)) }
    }

    /// Damaged bodies are either refused or read as records; nothing else may come of them.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func damagedBodiesNeverTrap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let sound = Array(
            #"{"records":[{"key":{"base64":"AP8="},"value":"\u00fc\ud83d\ude00","headers":{"a":["x",null]},"timestamp":1}]}"#
                .utf8)
        for _ in 0..<2000 {
            var bytes = sound
            for _ in 0...random.int(in: 0...3) {
                let place = random.int(in: 0..<bytes.count)
                switch random.int(in: 0...3) {
                case 0: bytes[place] = UInt8(random.int(in: 0...255))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: bytes[place...].prefix(random.int(in: 1...20)), at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { bytes = sound }
            }
            do {
                let records = try ProducedRecord.parse(json: ByteBuffer(bytes: bytes), countMax: 100)
                #expect(!records.isEmpty, "seed \(seed): \(bytes)")
            } catch {
                #expect([400, 413, 422].contains(error.status.code), "seed \(seed): \(bytes): \(error)")
            }
        }
    }
}
