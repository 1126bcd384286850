/// What the shim's own C gives to scripts, described: these functions have no body here.
public enum LibraryModules {
    public static let modules = [json, msgpack, base64, hex, hash, csv, message]

    private static func described(
        _ name: String, _ parameters: [HostFunction.Parameter], _ results: [HostFunction.Value], _ about: String,
        example: String = ""
    ) -> HostFunction {
        HostFunction(name, parameters, returns: results, about: about, example: example, body: nil)
    }

    private static let json = HostModule(
        "json",
        about: """
            JSON (RFC 8259). Integers of 64 bits stay integers, floats floats; null is `platform.null`, in arrays and \
            objects too; a decoded array is an array again when it is encoded, also an empty one.
            """,
        [
            described(
                "json.decode",
                [
                    .required("text", .string),
                    .optional("options", .table("{ max_depth: integer?, big: \"error\"|\"string\"|\"float\"? }")),
                ], [.value(.any)],
                """
                The value of a JSON text. Raises with line and column on what is no JSON. Integers beyond 64 bits are an \
                error, or with `big` a string of digits or a float. `max_depth` is 64 without it, and at most 1000.
                """, example: "local order = platform.json.decode(msg.value)"),
            described(
                "json.encode",
                [
                    .required("value", .any),
                    .optional("options", .table("{ pretty: boolean?, sort_keys: boolean?, max_depth: integer? }")),
                ], [.value(.string)],
                """
                A value as JSON. A table with the keys 1 to n is an array, one with strings as keys an object, an empty \
                one an object unless it is marked by `json.array`. Raises, naming the place, on what JSON cannot say: \
                NaN, infinities, functions, tables with holes, strings that are not UTF-8.
                """, example: "platform.json.encode({ id = 1, tags = platform.json.array {} })"),
            described(
                "json.get", [.required("text", .string), .required("path", .string)], [.value(.any)],
                """
                One value out of a JSON text, without making tables of the rest; nil if there is none. Indexes begin at \
                0; a name with a dot or bracket is written `["a.b"]`. Of keys given twice the first counts.
                """, example: "platform.json.get(text, \"customer.orders[0].id\")"),
            described(
                "json.array", [.required("table", .table("table"))], [.value(.table("table"))],
                "Marks a table as an array, and returns it."),
            described(
                "json.is_array", [.required("value", .any)], [.value(.boolean)],
                "Whether a table is marked as an array, as decoded ones are."),
        ])

    private static let msgpack = HostModule(
        "msgpack",
        about: """
            MessagePack. Integers take their shortest form; unsigned ones beyond 2^63 - 1 are an error. nil is \
            `platform.null`; arrays are marked as JSON's are.
            """,
        [
            described(
                "msgpack.encode", [.required("value", .any)], [.value(.string)],
                """
                A value in MessagePack. A table with the keys 1 to n is an array, any other a map. A string is str if it \
                is UTF-8, else bin.
                """),
            described(
                "msgpack.decode", [.required("bytes", .string), .optional("position", .integer)],
                [.value(.any), .value(.integer, "the position behind it")],
                "The value that begins at a position, 1 without it. Raises on what is no MessagePack.",
                example: "local value, next = platform.msgpack.decode(bytes)"),
            described(
                "msgpack.bin", [.required("bytes", .string)], [.value(.any)], "A string that is written as bin."),
            described(
                "msgpack.ext", [.required("type", .integer), .required("bytes", .string)], [.value(.any)],
                "An extension value; decoded ones have the fields type and data."),
        ])

    private static let base64 = HostModule(
        "base64", about: "Base64 (RFC 4648).",
        [
            described(
                "base64.encode",
                [.required("bytes", .string), .optional("options", .table("{ url: boolean?, pad: boolean? }"))],
                [.value(.string)], "Bytes as text; with `url` in the URL-safe alphabet, with `pad = false` without `=`."
            ),
            described(
                "base64.decode", [.required("text", .string)], [.value(.string), .value(.string, "why not")],
                "The bytes of a text in either alphabet, with or without padding; nil and a message if it is none."),
        ])

    private static let hex = HostModule(
        "hex", about: "Hexadecimal digits.",
        [
            described("hex.encode", [.required("bytes", .string)], [.value(.string)], "Bytes as lower-case digits."),
            described(
                "hex.decode", [.required("text", .string)], [.value(.string), .value(.string, "why not")],
                "The bytes of digits; nil and a message if they are none."),
        ])

    private static let hash = HostModule(
        "hash", about: "Hashes. Those of 64 bits are signed integers: half of them are negative.",
        [
            described(
                "hash.partition", [.required("key", .string), .required("count", .integer)], [.value(.integer)],
                "The partition, from 0, that Kafka's default partitioner picks for a key.",
                example: "platform.hash.partition(\"customer-17\", 12)"),
            described(
                "hash.murmur2", [.required("bytes", .string)], [.value(.integer)],
                "MurmurHash2 of 32 bits with the seed of Kafka's clients, unsigned."),
            described(
                "hash.crc32", [.required("bytes", .string)], [.value(.integer)], "CRC-32 (IEEE 802.3), unsigned."),
            described(
                "hash.crc32c", [.required("bytes", .string)], [.value(.integer)], "CRC-32C (Castagnoli), unsigned."),
            described("hash.fnv1a", [.required("bytes", .string)], [.value(.integer)], "FNV-1a, 64 bits."),
            described(
                "hash.xxh64", [.required("bytes", .string), .optional("seed", .integer)], [.value(.integer)],
                "XXH64, 64 bits."),
            described(
                "hash.siphash", [.required("bytes", .string), .required("key", .string, "16 bytes")],
                [.value(.integer)], "SipHash-2-4, 64 bits."),
        ])

    private static let csv = HostModule(
        "csv", about: "Comma-separated values (RFC 4180), piece by piece. `csv.read` reads a file.",
        [
            described(
                "csv.format",
                [
                    .required("row", .table("any[]")),
                    .optional("options", .table("{ separator: string?, quote: string?, eol: string? }")),
                ], [.value(.string)], "A row as a line, with quotes where they are needed."),
            described(
                "csv.parser", [.optional("options", .table("{ separator: string?, quote: string? }"))],
                [.value(.any, "with feed, finish, next, next_record, line")],
                """
                A parser of input that comes in pieces: `feed(bytes)`, `finish()` after the last, `next()` for the next \
                row as an array of strings, `next_record(names, types)` for one by names. They give nil when more input \
                is needed, and false, a message and the line for a bad row, after which the next can be read.
                """),
        ])

    private static let message = HostModule(
        "message",
        about: """
            A record, as `msg`. Fields: topic, key, value, size, timestamp (milliseconds), partition, offset, attempts, \
            id, producer, headers (by name; of a name given twice the last). It cannot be changed.
            """,
        [
            described(
                "Message:header", [.required("name", .string)], [.value(.string)],
                "A header's value; nil if there is none."),
            described(
                "Message:json", [.optional("path", .string)], [.value(.any)],
                "The value at a path of the record's JSON, as `json.get`; all of it without a path.",
                example: "local id = msg:json(\"customer.id\")"),
            described(
                "Message:hash", [.optional("path", .string)], [.value(.integer)],
                """
                31 bits of murmur2 of the key, or of the text at a JSON path; `% n` of it is what Kafka's default \
                partitioner picks. nil without key or field.
                """),
            described(
                "Message:byte", [.required("index", .integer)], [.value(.integer)],
                "A byte of the value, as string.byte."),
            described(
                "Message:slice", [.required("first", .integer), .optional("last", .integer)], [.value(.string)],
                "Bytes of the value, as string.sub."),
            described(
                "Message:u16be", [.required("index", .integer)], [.value(.integer)],
                "Two bytes of the value as an unsigned integer; nil outside. So are u32be and u64be."),
            described("Message:u32be", [.required("index", .integer)], [.value(.integer)], "Four bytes."),
            described("Message:u64be", [.required("index", .integer)], [.value(.integer)], "Eight bytes, signed."),
            described(
                "Message:copy", [], [.value(.table("table"))], "A table with all fields, headers as a table by name."),
        ])
}
