internal import Glibc
internal import Runtime

/// A socket that listens.
final class Listener: Sendable {
    /// So many connections may wait until they are accepted.
    private static let backlog: Int32 = 128

    let descriptor: Int32
    /// Where it listens, with the port that it really has.
    let address: ListenAddress

    /// Listens at once. Throws `ListenError`.
    init(_ address: ListenAddress) throws {
        let family = address.isVersion6 ? AF_INET6 : AF_INET
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw Listener.refused(address, errno) }
        do {
            self.address = try Listener.listen(descriptor, address)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    private static func listen(_ descriptor: Int32, _ address: ListenAddress) throws -> ListenAddress {
        // A restart must not wait until the connections of the one before are forgotten.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard SocketName.bind(descriptor, to: address) == 0, Glibc.listen(descriptor, backlog) == 0 else {
            throw refused(address, errno)
        }
        guard let port = SocketName.port(of: descriptor) else { throw refused(address, errno) }
        return address.with(port: port)
    }

    /// A connection that waits; nil if there is none (any more), or no descriptor is left for it.
    func accept() -> Int32? {
        let connection = Glibc.accept(descriptor, nil, nil)
        guard connection >= 0 else { return nil }
        var yes: Int32 = 1
        guard fcntl(connection, F_SETFD, FD_CLOEXEC) == 0, fcntl(connection, F_SETFL, O_NONBLOCK) == 0 else {
            close(connection)
            return nil
        }
        // An answer is written in one piece: nothing is gained by waiting for more.
        setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return connection
    }

    /// Takes no connection any more.
    func refuse() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func refused(_ address: ListenAddress, _ number: Int32) -> ListenError {
        switch number {
        case EADDRINUSE:
            ListenError("\(address) is in use by another program: stop it, or choose another address with --http")
        case EADDRNOTAVAIL:
            ListenError("\(address) is no address of this machine: choose one of its own with --http")
        case EACCES, EPERM:
            ListenError("\(address) may not be used by this user: choose a port above 1023 with --http")
        default:
            ListenError("\(SystemError(call: "listen", context: "\(address)", code: number)): choose another --http")
        }
    }
}

/// Names of sockets as the system has them.
enum SocketName {
    static func bind(_ descriptor: Int32, to address: ListenAddress) -> Int32 {
        if address.isVersion6 {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = address.port.bigEndian
            guard inet_pton(AF_INET6, address.host, &name.sin6_addr) == 1 else { return -1 }
            return withGenericName(&name) { Glibc.bind(descriptor, $0, $1) }
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = address.port.bigEndian
        guard inet_pton(AF_INET, address.host, &name.sin_addr) == 1 else { return -1 }
        return withGenericName(&name) { Glibc.bind(descriptor, $0, $1) }
    }

    /// The port that a socket has; both families keep it at the same place.
    static func port(of descriptor: Int32) -> UInt16? {
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let status = withGenericName(&name) { pointer, _ in
            getsockname(descriptor, UnsafeMutablePointer(mutating: pointer), &length)
        }
        return status == 0 ? UInt16(bigEndian: name.sin6_port) : nil
    }

    private static func withGenericName<Name>(
        _ name: inout Name, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Name>.size))
            }
        }
    }
}
