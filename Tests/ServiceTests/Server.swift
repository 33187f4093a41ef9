import Foundation
import Glibc
import Service

/// A process of the real program that serves a database; it ends with its test, whatever happens.
final class Server {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    /// Where it said that it listens.
    private(set) var address: ListenAddress?

    /// The program, built beside the tests.
    static var program: URL {
        let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.path.hasSuffix(".xctest") }
        let folder = bundle ?? URL(filePath: CommandLine.arguments[0])
        return folder.deletingLastPathComponent().appendingPathComponent("gapless")
    }

    init(_ folder: String, _ arguments: [String] = ["--http", "127.0.0.1:0"], environment: [String: String] = [:])
        throws
    {
        process.executableURL = Server.program
        process.arguments = ["serve", "--db", folder] + arguments
        process.environment = environment
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // The line comes once requests are answered; the end of a process that fails is the end of the line.
        var line = ""
        while !line.hasSuffix("\n"), let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            line += String(decoding: byte, as: UTF8.self)
        }
        let prefix = "listening at http://"
        if line.hasPrefix(prefix) { address = try ListenAddress(String(line.dropFirst(prefix.count).dropLast())) }
    }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func client() throws -> Client {
        guard let address else { throw Client.Refused(what: "the server did not start: \(try end().errors)") }
        return Client(address: address)
    }

    func terminate() { process.terminate() }

    /// Waits for its end.
    func end() throws -> (code: Int32, errors: String) {
        let text = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (
            process.terminationReason == .exit ? process.terminationStatus : -1, String(decoding: text, as: UTF8.self)
        )
    }
}

/// A command of the real program that ends by itself.
final class Command {
    private let process = Process()
    private let errors = Pipe()

    init(_ arguments: [String], on folder: String) throws {
        process.executableURL = Server.program
        process.arguments = arguments + ["--db", folder]
        process.environment = [:]
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var isRunning: Bool { process.isRunning }

    /// Waits for its end and requires that it succeeded.
    func succeed() throws {
        let text = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Client.Refused(what: String(decoding: text, as: UTF8.self))
        }
    }
}

/// A socket that hears what a service tells its manager.
final class ManagerSocket {
    let path: String
    private let descriptor: Int32

    init(_ folder: String) throws {
        path = folder + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard status == 0 else { throw Client.Refused(what: "bind: error \(errno)") }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    func hear() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { throw Client.Refused(what: "the manager was told nothing: error \(errno)") }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
