internal import Glibc
internal import Runtime
internal import Tables

/// One connection: requests within limits, answered one after the other. The thread that runs it blocks.
final class Connection {
    /// What a client may ask for in one request, and how long it may take.
    struct Limits: Sendable {
        /// Bytes of a request's line and headers.
        var headBytesMax = 64 << 10
        /// Bytes of a request's body: a record, or the definition of an index.
        var bodyBytesMax = 8 << 20
        /// Between two requests on one connection, in microseconds.
        var idleMicros: Int64 = 60_000_000
        /// From the first byte of a request to the end of its head, in microseconds.
        var headMicros: Int64 = 10_000_000
        /// For the whole body, in microseconds.
        var bodyMicros: Int64 = 60_000_000
        /// In total for a client to take its answer while a read transaction is open for it, in microseconds.
        var snapshotMicros: Int64 = 2_000_000
        /// For each piece of the answer to be taken, in microseconds.
        var writeMicros: Int64 = 30_000_000

        init() {}
    }

    private static let headEnd = Array("\r\n\r\n".utf8)
    /// For the other side to close after the last answer, in microseconds.
    private static let farewellMicros: Int64 = 2_000_000

    private let stream: Stream
    private let limits: Limits
    private let isStopping: () -> Bool
    private let router: Router

    init(_ stream: Stream, _ limits: Limits, _ router: Router, isStopping: @escaping () -> Bool) {
        self.stream = stream
        self.limits = limits
        self.isStopping = isStopping
        self.router = router
    }

    /// Answers requests until the client leaves, breaks the protocol or is too slow, or the server stops.
    func serve() {
        do throws(Stream.Ending) {
            while try serveOne() {}
        } catch {
            // Whoever is gone, or let the time between two requests run out, cannot be told anything.
            return
        }
    }

    private func serveOne() throws(Stream.Ending) -> Bool {
        let request: Result<HTTPRequest, HTTPFailure>
        do {
            request = .success(try readRequest())
        } catch let failure as HTTPFailure {
            request = .failure(failure)
        } catch let ending as Stream.Ending {
            throw ending
        } catch {
            fatalError("reading a request threw \(error)")
        }
        let start = ShellClock.microseconds()
        let response = router.respond(to: request)
        let keepsAlive = try send(response, for: request)
        router.note(request, status: keepsAlive.status, microseconds: ShellClock.microseconds() - start)
        if !keepsAlive.goesOn { stream.end(until: ShellClock.microseconds() + Connection.farewellMicros) }
        return keepsAlive.goesOn
    }

    /// Sends an answer; with which status, and whether the connection goes on.
    private func send(
        _ response: HTTPResponse, for request: Result<HTTPRequest, HTTPFailure>
    ) throws(Stream.Ending) -> (status: Int, goesOn: Bool) {
        guard case .success(let request) = request else { return try send(response, nil, goesOn: false) }
        let goesOn = request.keepsAlive && !isStopping()
        guard let content = response.content else { return try send(response, request, goesOn: goesOn) }
        let writer = BodyWriter(
            stream, response, for: request, keepsAlive: goesOn, spoolFolder: router.store.directory,
            limits)
        do {
            try content(writer)
            try writer.finish()
            router.counter.count(status: response.status)
            return (response.status, goesOn)
        } catch let ending as Stream.Ending {
            throw ending
        } catch  where writer.hasBegun {
            // The client sees that the end is missing, and why is in the log.
            router.noteBrokenOff(request, error)
            throw .closed
        } catch {
            return try send(router.respond(with: error), request, goesOn: goesOn)
        }
    }

    private func send(
        _ response: HTTPResponse, _ request: HTTPRequest?, goesOn: Bool
    ) throws(Stream.Ending) -> (status: Int, goesOn: Bool) {
        // Before it is sent: whoever has the answer finds it counted.
        router.counter.count(status: response.status)
        let bytes = response.bytes(keepsAlive: goesOn, hasBody: request?.method != "HEAD")
        try stream.write(bytes, patienceMicroseconds: limits.writeMicros)
        return (response.status, goesOn)
    }

    private func readRequest() throws -> HTTPRequest {
        if stream.buffer.isEmpty { try stream.fill(until: ShellClock.microseconds() + limits.idleMicros, isIdle: true) }
        do {
            var request = try HTTPRequest(head: try readHead(until: ShellClock.microseconds() + limits.headMicros))
            request.body = try readBody(of: request, until: ShellClock.microseconds() + limits.bodyMicros)
            return request
        } catch Stream.Ending.late {
            throw HTTPFailure(408, "TIMEOUT", "the request did not arrive in time: send it again")
        }
    }

    private func readHead(until deadline: Int64) throws -> ArraySlice<UInt8> {
        while true {
            // Empty lines before a request are allowed.
            while let byte = stream.buffer.first, byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") {
                _ = stream.take(1)
            }
            if let end = stream.buffer.prefix(limits.headBytesMax).firstRange(of: Connection.headEnd) {
                let head = stream.take(end.lowerBound - stream.buffer.startIndex)
                _ = stream.take(Connection.headEnd.count)
                return head
            }
            guard stream.buffer.count < limits.headBytesMax else {
                throw HTTPFailure(431, "TOO_LARGE", "the head of a request has at most \(limits.headBytesMax) bytes")
            }
            try stream.fill(until: deadline)
        }
    }

    private func readBody(of request: HTTPRequest, until deadline: Int64) throws -> [UInt8] {
        guard request.header("transfer-encoding") == nil else {
            throw HTTPFailure(411, "LENGTH_REQUIRED", "a body comes with its Content-Length, not in chunks")
        }
        guard let text = request.header("content-length") else { return [] }
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(text) else {
            throw HTTPFailure.badRequest("Content-Length: \(text) is no length")
        }
        guard count <= limits.bodyBytesMax else {
            throw HTTPFailure(413, "TOO_LARGE", "a body has at most \(limits.bodyBytesMax) bytes, this one \(count)")
        }
        if count > 0, request.header("expect")?.lowercased() == "100-continue" {
            try stream.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), patienceMicroseconds: limits.writeMicros)
        }
        while stream.buffer.count < count { try stream.fill(until: deadline) }
        return Array(stream.take(count))
    }
}
