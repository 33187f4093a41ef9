internal import Runtime
internal import Tables

/// Writes a body whose length is not known beforehand, in bounded memory, from within a read transaction.
///
/// - A body that fits into the buffer goes out at once and whole, with its length: until then nothing is said, and an
///   error can still be the answer.
/// - A longer one goes out in chunks while the transaction runs. A client that lets the server wait is waited for only
///   so long in total; from then on the rest goes to a spool, since an old snapshot makes the environment grow (L5).
/// - A body that cannot be finished is left without its end, which every client takes for an error: no answer is short
///   without a sign.
final class BodyWriter {
    /// The body broke off after a part of it had been sent.
    struct BrokenOff: Error {}

    /// Buffered before it is sent.
    static let chunkBytes = 1 << 16

    private enum Way {
        /// Nothing has been sent.
        case buffered
        /// The head has been sent, chunks follow.
        case chunks
        /// The head has been sent; what follows waits in the spool.
        case spooledChunks(Spool)
        /// Nothing has been sent; the body waits in the spool until its length is known.
        case spooledWhole(Spool)
    }

    private let stream: Stream
    private let head: HTTPResponse
    private let keepsAlive: Bool
    private let speaksChunks: Bool
    private let spoolFolder: String
    private let writeMicros: Int64
    private var buffer: [UInt8] = []
    private var way = Way.buffered
    private var patienceMicros: Int64

    init(
        _ stream: Stream, _ head: HTTPResponse, for request: HTTPRequest, keepsAlive: Bool, spoolFolder: String,
        _ limits: Connection.Limits
    ) {
        self.stream = stream
        self.head = head
        self.keepsAlive = keepsAlive
        speaksChunks = request.speaksChunks
        self.spoolFolder = spoolFolder
        writeMicros = limits.writeMicros
        patienceMicros = limits.snapshotMicros
    }

    /// Whether the client has seen the head.
    var hasBegun: Bool {
        switch way {
        case .buffered, .spooledWhole: false
        case .chunks, .spooledChunks: true
        }
    }

    /// Begins again, as a transaction that runs its body once more does. Throws when it is too late for that.
    func restart() throws {
        guard !hasBegun else { throw BrokenOff() }
        way = .buffered
        buffer.removeAll(keepingCapacity: true)
    }

    /// Adds to the body: `fill` appends to the bytes that are not sent yet.
    func write(_ fill: (inout [UInt8]) throws -> Void) throws {
        try fill(&buffer)
        if buffer.count >= BodyWriter.chunkBytes { try flush() }
    }

    private func flush() throws {
        defer { buffer.removeAll(keepingCapacity: true) }
        switch way {
        case .buffered where speaksChunks:
            way = .chunks
            try sendOrSpool(head.head(keepsAlive: keepsAlive, .chunks) + chunk(buffer))
        case .buffered:
            let spool = try Spool(in: spoolFolder)
            way = .spooledWhole(spool)
            try spool.append(buffer)
        case .chunks: try sendOrSpool(chunk(buffer))
        case .spooledChunks(let spool): try spool.append(chunk(buffer))
        case .spooledWhole(let spool): try spool.append(buffer)
        }
    }

    /// Sends as long as there is patience left; what the client did not take then waits in a spool.
    private func sendOrSpool(_ bytes: [UInt8]) throws {
        let rest = try stream.write(bytes, within: &patienceMicros)
        guard !rest.isEmpty else { return }
        let spool = try Spool(in: spoolFolder)
        way = .spooledChunks(spool)
        try spool.append(Array(rest))
    }

    private func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    /// Sends what is left, after the transaction.
    func finish() throws {
        switch way {
        case .buffered:
            try send(head.head(keepsAlive: keepsAlive, .length(buffer.count)) + buffer)
        case .chunks:
            try send((buffer.isEmpty ? [] : chunk(buffer)) + Array("0\r\n\r\n".utf8))
        case .spooledChunks(let spool):
            try sendAll(of: spool)
            try send((buffer.isEmpty ? [] : chunk(buffer)) + Array("0\r\n\r\n".utf8))
        case .spooledWhole(let spool):
            try send(head.head(keepsAlive: keepsAlive, .length(spool.count + buffer.count)))
            try sendAll(of: spool)
            try send(buffer)
        }
    }

    private func sendAll(of spool: Spool) throws {
        var offset = 0
        while offset < spool.count {
            let bytes = try spool.bytes(at: offset, most: BodyWriter.chunkBytes)
            try send(bytes)
            offset += bytes.count
        }
    }

    private func send(_ bytes: [UInt8]) throws { try stream.write(bytes, patienceMicroseconds: writeMicros) }
}
