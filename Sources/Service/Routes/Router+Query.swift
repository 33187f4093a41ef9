internal import LMDB
internal import Tables
internal import Values

/// Records that a condition selects.
extension Router {
    /// Throws what the query throws before its first record; the rest happens while the body is written.
    func query(_ table: String, _ request: HTTPRequest) throws -> HTTPResponse {
        let query = try Router.query(of: request)
        let isArray = request.prefersArray
        var response = HTTPResponse(
            status: 200, type: isArray ? "application/json" : "application/x-ndjson", body: [])
        response.add("Vary", "Accept")
        if request.method == "HEAD" {
            // Whether it would be answered, without answering it.
            _ = try store.explain(query, table: table)
            return response
        }
        response.content = { writer in
            try store.read { txn in
                try writer.restart()
                try write(query, table, isArray: isArray, to: writer, txn)
            }
        }
        return response
    }

    private func write(
        _ query: Query, _ table: String, isArray: Bool, to writer: BodyWriter, _ txn: borrowing ReadTransaction
    ) throws {
        var isFirst = true
        let table = try store.table(table, in: txn)
        try store.query(query, table: table.name, in: txn) { row in
            try writer.write { bytes in
                if isArray { bytes.append(UInt8(ascii: isFirst ? "[" : ",")) }
                try Router.append(row, isWhole: query.select.isEmpty, of: table, to: &bytes)
                bytes.append(UInt8(ascii: "\n"))
            }
            isFirst = false
            return true
        }
        if isArray { try writer.write { $0 += Array((isFirst ? "[]\n" : "]\n").utf8) } }
    }

    private static func append(
        _ row: borrowing QueryRow, isWhole: Bool, of table: TableRecord, to bytes: inout [UInt8]
    ) throws {
        do {
            if isWhole {
                try row.withValue { try append($0, row.format, to: &bytes) }
            } else {
                try row.value().appendJSON(to: &bytes)
            }
        } catch let error as RecordError {
            let key = row.withKey { table.text(ofKey: $0) }
            throw GaplessError(.badRecord, "the record \(key) of \(table.name) cannot be read: \(error)", record: key)
        }
    }

    private static func append(_ record: RawSpan, _ format: ValueFormat, to bytes: inout [UInt8]) throws {
        switch format {
        case .messagePack: try MessagePack.appendJSON(record, to: &bytes)
        case .json:
            let start = bytes.count
            record.withUnsafeBytes { bytes.append(contentsOf: $0) }
            // Another program may have written it over several lines.
            guard bytes[start...].contains(UInt8(ascii: "\n")) else { return }
            bytes.removeSubrange(start...)
            try JSON.appendMinified(record, to: &bytes)
        }
    }

    private static func query(of request: HTTPRequest) throws -> Query {
        try request.allowParameters(["where", "order-by", "limit", "offset", "select", "allow-scan"])
        return try Query(
            where: request.parameter("where"), orderBy: request.parameter("order-by"),
            limit: request.number("limit"), offset: request.number("offset") ?? 0,
            select: request.parameter("select").map { $0.split(separator: ",").map(String.init) } ?? [],
            allowScan: request.flag("allow-scan"))
    }
}

extension HTTPRequest {
    /// The value of a parameter; throws 400 for one that is given twice.
    fileprivate func parameter(_ name: String) throws(HTTPFailure) -> String? {
        let values = query.filter { $0.name == name }
        guard values.count <= 1 else { throw .badRequest("the parameter \(name) may stand there once only") }
        return values.first?.value
    }

    fileprivate func number(_ name: String) throws(HTTPFailure) -> Int? {
        guard let text = try parameter(name) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw .badRequest("the parameter \(name) is a number from 0 on, not \(text)")
        }
        return number
    }

    fileprivate func flag(_ name: String) throws(HTTPFailure) -> Bool {
        switch try parameter(name) {
        case nil, "false", "0": return false
        case "true", "1", "": return true
        case .some(let text): throw .badRequest("the parameter \(name) is true or false, not \(text)")
        }
    }

    /// Whether `Accept` asks for one JSON array rather than for a record a line.
    fileprivate var prefersArray: Bool {
        var best = (array: 0.0, lines: 0.0)
        for header in headers where header.name == "accept" {
            for range in header.value.lowercased().split(separator: ",") {
                let words = range.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
                let weight = words.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
                switch words.first {
                case "application/json": best.array = max(best.array, weight)
                case "application/x-ndjson", "application/ndjson", "application/jsonl":
                    best.lines = max(best.lines, weight)
                default: break
                }
            }
        }
        return best.array > best.lines
    }
}
