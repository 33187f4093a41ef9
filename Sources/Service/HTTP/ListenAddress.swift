internal import Glibc

/// Where to listen: `127.0.0.1:8432`, `localhost:8432` or `[::1]:8432`; port 0 takes any port that is free.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The numeric address, without brackets.
    public let host: String
    /// The port.
    public let port: UInt16
    /// Whether only this machine reaches it.
    public let isLoopback: Bool

    /// Reads an address; throws `ListenError` that says what one looks like.
    public init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ListenAddress.malformed(text)
        }
        let name = text[..<colon]
        if name.hasPrefix("["), name.hasSuffix("]") {
            try self.init(host: String(name.dropFirst().dropLast()), port: port, of: text, isVersion6: true)
        } else {
            let host = name == "localhost" ? "127.0.0.1" : String(name)
            try self.init(host: host, port: port, of: text, isVersion6: false)
        }
    }

    private init(host: String, port: UInt16, of text: String, isVersion6: Bool) throws {
        self.host = host
        self.port = port
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(isVersion6 ? AF_INET6 : AF_INET, host, &bytes) == 1 else { throw ListenAddress.malformed(text) }
        let one: [UInt8] = [UInt8](repeating: 0, count: 15) + [1]
        isLoopback = isVersion6 ? bytes == one : bytes[0] == 127
    }

    private init(host: String, port: UInt16, isLoopback: Bool) {
        self.host = host
        self.port = port
        self.isLoopback = isLoopback
    }

    /// The same host with another port.
    func with(port: UInt16) -> ListenAddress { ListenAddress(host: host, port: port, isLoopback: isLoopback) }

    var isVersion6: Bool { host.contains(":") }

    /// As it is written in an address of the web: `[::1]:8432`.
    public var description: String { isVersion6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func malformed(_ text: String) -> ListenError {
        ListenError("\(text): an address to listen at is 127.0.0.1:PORT, [::1]:PORT or another numeric address")
    }
}

/// An address that cannot be listened at: what is wrong with it, and what to do.
public struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for people.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
