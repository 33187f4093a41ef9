// What the tests of ZeroMQ share: a folder for socket files, waits that are bounded and end with the event awaited.

import Glibc
import Testing
import ZeroMQ

/// Longer than anything here takes on a busy machine; no test passes by waiting for it.
let patienceMillis = 20_000

/// A folder of one test, removed at its end.
final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/zeromq-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["s", "file"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var socketPath: String { path + "/s" }
    var endpoint: String { "ipc://" + socketPath }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func dealerOptions(_ name: String, _ change: (inout SocketOptions) -> Void = { _ in }) -> SocketOptions {
    var options = SocketOptions()
    options.routingID = bytes(name)
    options.reconnectMillis = 5
    options.reconnectMillisMax = 20
    change(&options)
    return options
}

/// Reads a monitor up to the first event that `isWanted` picks.
func awaitEvent(_ monitor: Monitor, _ isWanted: (MonitorEvent.Kind) -> Bool) throws -> MonitorEvent {
    while true {
        let event = try #require(try monitor.next(timeoutMillis: patienceMillis), "the event never came")
        if isWanted(event.kind) { return event }
    }
}

func receive(_ socket: Socket) throws -> [[UInt8]] {
    try #require(try socket.receive(timeoutMillis: patienceMillis), "no message came")
}

/// The code that `body` throws; nil: it threw nothing.
func code(_ body: () throws -> Void) throws -> ZeroMQError.Code? {
    do {
        try body()
        return nil
    } catch let error as ZeroMQError {
        return error.code
    }
}

/// Calls of the system that Swift's Glibc module leaves out.
enum System {
    /// Whose rights this thread has at files; answers who had them before.
    @discardableResult
    static func setFileUser(_ user: UInt32) throws -> Int32 {
        typealias Call = @convention(c) (UInt32) -> Int32
        return unsafeBitCast(try address("setfsuid"), to: Call.self)(user)
    }

    /// A counter that is readable when it is not zero.
    static func eventDescriptor() throws -> Int32 {
        typealias Call = @convention(c) (UInt32, Int32) -> Int32
        return unsafeBitCast(try address("eventfd"), to: Call.self)(0, O_NONBLOCK)
    }

    private static func address(_ name: String) throws -> UnsafeMutableRawPointer {
        try #require(dlsym(nil, name))
    }
}
