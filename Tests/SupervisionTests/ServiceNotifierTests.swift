// Goal: the service manager gets exactly the datagrams of sd_notify(3). Method: a socket of our own plays the manager,
// once in a folder and once in the abstract namespace.
import Glibc
import Testing

@testable import Supervision

@Suite("Messages to the service manager")
struct ServiceNotifierTests {
    /// A datagram socket bound to an address, closed at the end.
    struct Manager: ~Copyable {
        let descriptor: Int32

        init(path: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            let (address, length) = try ServiceNotifier.address(of: path)
            let code = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(code == 0, "bind: \(errno)")
        }

        deinit { close(descriptor) }

        borrowing func receive() -> String? {
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    static func converse(_ path: String) throws {
        let manager = try Manager(path: path)
        let notifier = ServiceNotifier(socketPath: path)
        try notifier.ready()
        try notifier.ready(status: "2 workers")
        try notifier.status("loading\npeople.email")
        try notifier.watchdog()
        try notifier.stopping()
        try notifier.stopping(status: "leaving")
        let wanted = [
            "READY=1", "READY=1\nSTATUS=2 workers", "STATUS=loading people.email", "WATCHDOG=1", "STOPPING=1",
            "STOPPING=1\nSTATUS=leaving",
        ]
        for text in wanted { #expect(manager.receive() == text) }
        #expect(manager.receive() == nil)
        try notifier.reloading(status: "reading")
        let lines = manager.receive()?.split(separator: "\n") ?? []
        try #require(lines.count == 3)
        #expect(lines[0] == "RELOADING=1" && lines[2] == "STATUS=reading")
        #expect(lines[1].hasPrefix("MONOTONIC_USEC=") && Int64(lines[1].dropFirst("MONOTONIC_USEC=".count)) ?? 0 > 0)
    }

    @Test("through a socket in a folder")
    func inFolder() throws {
        var template = Array("/tmp/gapless-notify-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer { rmdir(folder) }
        defer { unlink(folder + "/socket") }
        try Self.converse(folder + "/socket")
    }

    @Test("through a socket in the abstract namespace")
    func abstract() throws {
        try Self.converse("@gapless-test-\(getpid())")
    }

    @Test("without a socket nothing happens")
    func nothing() throws {
        for path in [nil, ""] {
            #expect(ServiceNotifier(socketPath: path).socketPath == nil)
            try ServiceNotifier(socketPath: path).ready()
        }
    }

    @Test("a manager that is gone, and a path that is too long, are errors")
    func failures() {
        #expect(throws: SystemFailure.self) { try ServiceNotifier(socketPath: "/no/such/socket").ready() }
        let long = #expect(throws: SystemFailure.self) {
            try ServiceNotifier(socketPath: "/" + String(repeating: "a", count: 200)).ready()
        }
        #expect(long?.code == ENAMETOOLONG)
    }

    @Test("the watchdog's interval counts only if it is for this process")
    func watchdogInterval() {
        let own = String(getpid())
        #expect(ServiceNotifier.watchdogInterval(microseconds: "30000000", pid: own) == .seconds(30))
        #expect(ServiceNotifier.watchdogInterval(microseconds: "5", pid: nil) == .microseconds(5))
        #expect(ServiceNotifier.watchdogInterval(microseconds: "5", pid: "1") == nil)
        #expect(ServiceNotifier.watchdogInterval(microseconds: nil, pid: own) == nil)
        #expect(ServiceNotifier.watchdogInterval(microseconds: "0", pid: own) == nil)
        #expect(ServiceNotifier.watchdogInterval(microseconds: "soon", pid: own) == nil)
    }
}
