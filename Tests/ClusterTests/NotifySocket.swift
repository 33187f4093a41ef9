// Goal: what a service manager hears. Method: a datagram socket in the test's folder plays the manager.

import Foundation
import Testing

/// The socket that NOTIFY_SOCKET names, and all that came to it.
final class NotifySocket {
    let path: String
    private let descriptor: Int32
    private(set) var messages: [String] = []

    init(in folder: String) throws {
        path = folder + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let code = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(code == 0, "bind: \(errno)")
    }

    deinit { close(descriptor) }

    /// Takes what has come so far.
    func receive() {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return }
            messages.append(String(decoding: bytes[..<count], as: UTF8.self))
        }
    }

    /// How many messages have had this line.
    func count(_ line: String) -> Int {
        receive()
        return messages.count { $0.split(separator: "\n").contains { $0.hasPrefix(line) } }
    }

    func forget() {
        receive()
        messages = []
    }
}
