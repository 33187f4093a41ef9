import Foundation
import Glibc
import Service

/// A client of one server that knows nothing of the server's code: bytes out, bytes in.
struct Client: Sendable {
    /// What came back.
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func json() throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] ?? [:]
        }

        /// The fields of the error that the body tells.
        func error() throws -> [String: Any] { try json()["error"] as? [String: Any] ?? [:] }
    }

    struct Refused: Error { let what: String }

    let address: ListenAddress

    func get(_ path: String, _ headers: String..., method: String = "GET") throws -> Answer {
        let head = ["\(method) \(path) HTTP/1.1", "Host: \(address)", "Connection: close"] + headers
        return try exchange(head.joined(separator: "\r\n") + "\r\n\r\n", isHead: method == "HEAD")
    }

    /// A request with a body.
    func send(_ method: String, _ path: String, _ body: String) throws -> Answer {
        try exchange(
            "\(method) \(path) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\nContent-Length: \(body.utf8.count)"
                + "\r\n\r\n\(body)")
    }

    /// A query by its parameters.
    func query(_ parameters: (String, String)..., accept: String = "*/*") throws -> Answer {
        let pairs = parameters.map { "\($0.0)=\(Client.encoded($0.1))" }.joined(separator: "&")
        return try get("/tables/people/records?\(pairs)", "Accept: \(accept)")
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { "%" + String(0x100 + Int($0), radix: 16).dropFirst() }.joined()
    }

    /// Sends the bytes on a connection of their own and reads one answer.
    func exchange(_ request: String, isHead: Bool = false) throws -> Answer {
        let line = try Line(to: address)
        try line.send(request)
        return try line.answer(isHead: isHead)
    }
}

/// One connection.
final class Line {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(to address: ListenAddress) throws {
        let family = address.host.contains(":") ? AF_INET6 : AF_INET
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        // A server that never answers is a failure, not a test that never ends.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // Small, so that an answer of some megabytes is more than what is under way.
        var bytes: Int32 = 1 << 16
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        let status = family == AF_INET6 ? Line.connect6(descriptor, address) : Line.connect4(descriptor, address)
        guard status == 0 else {
            let number = errno
            close(descriptor)
            throw Client.Refused(what: "connect: error \(number)")
        }
    }

    deinit { close(descriptor) }

    private static func connect4(_ descriptor: Int32, _ address: ListenAddress) -> Int32 {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = address.port.bigEndian
        inet_pton(AF_INET, address.host, &name.sin_addr)
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func connect6(_ descriptor: Int32, _ address: ListenAddress) -> Int32 {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = address.port.bigEndian
        inet_pton(AF_INET6, address.host, &name.sin6_addr)
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: start), $0.count - start, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Client.Refused(what: "send: error \(errno)") }
            start += count
        }
    }

    /// Reads more; false at the end.
    private func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &chunk, chunk.count)
        guard count >= 0 else { throw Client.Refused(what: "read: error \(errno)") }
        buffer += chunk[..<count]
        return count > 0
    }

    /// Waits until something has arrived, and leaves it for `answer`.
    func peek() throws {
        guard try fill() else { throw Client.Refused(what: "closed") }
    }

    /// Whether the other side has closed, after all that was answered.
    func isAtEnd() throws -> Bool { try buffer.isEmpty && !fill() }

    /// Reads one answer.
    func answer(isHead: Bool = false) throws -> Client.Answer {
        let end = Array("\r\n\r\n".utf8)
        while buffer.firstRange(of: end) == nil {
            guard try fill() else { throw Client.Refused(what: "closed after \(buffer.count) bytes of a head") }
        }
        guard let range = buffer.firstRange(of: end) else { throw Client.Refused(what: "no head") }
        let lines = String(decoding: buffer[..<range.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        buffer.removeSubrange(..<range.upperBound)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let halves = line.components(separatedBy: ": ")
            headers[halves[0].lowercased()] = halves.dropFirst().joined(separator: ": ")
        }
        let words = lines[0].split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else {
            throw Client.Refused(what: "not an answer: \(lines[0])")
        }
        var body: [UInt8] = []
        if headers["transfer-encoding"] == "chunked" {
            body = try chunks()
        } else if !isHead {
            guard let count = Int(headers["content-length"] ?? "") else { throw Client.Refused(what: "no length") }
            body = try take(count)
        }
        return Client.Answer(status: status, headers: headers, body: body)
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw Client.Refused(what: "closed within a body") }
        }
        defer { buffer.removeSubrange(..<count) }
        return Array(buffer[..<count])
    }

    private func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            while buffer.firstRange(of: Array("\r\n".utf8)) == nil {
                guard try fill() else { throw Client.Refused(what: "closed before the last chunk") }
            }
            let head = try take(buffer.firstRange(of: Array("\r\n".utf8))?.upperBound ?? 0)
            guard let count = Int(String(decoding: head.dropLast(2), as: UTF8.self), radix: 16) else {
                throw Client.Refused(what: "no length of a chunk")
            }
            body += try take(count)
            _ = try take(2)
            if count == 0 { return body }
        }
    }
}
