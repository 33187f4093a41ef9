// A second build of the program for tests, which speaks the next version of the protocol.
//
// To build the package twice takes minutes. What would differ between the two is one constant, so that one is changed
// in a copy of the executable: where it is stored, and where its getter returns it.
import Foundation

/// An executable of `gapless` that speaks another version of the protocol.
struct OtherProtocol {
    private static let storage = "$s8Backfill13BuildProtocolO7versions6UInt32VvpZ"
    private static let getter = "$s8Backfill13BuildProtocolO7versions6UInt32VvgZ"

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Writes the copy; throws if the constant is not where it should be.
    static func make(of program: URL, at copy: URL) throws {
        var bytes = [UInt8](try Data(contentsOf: program))
        let symbols = try symbols(of: program)
        guard let storage = symbols[Self.storage], let getter = symbols[Self.getter] else {
            throw Failure(description: "the protocol's version is no symbol of \(program.path)")
        }
        let place = try offset(of: storage, in: bytes)
        let version = integer(4, at: place, in: bytes)
        bytes[place] += 1
        // mov $version, %eax, somewhere in its first sixteen bytes.
        let code = try offset(of: getter, in: bytes)
        let wanted = [0xb8] + (0..<4).map { UInt8(truncatingIfNeeded: version >> (8 * $0)) }
        guard let load = (code..<code + 16).first(where: { Array(bytes[$0..<$0 + 5]) == wanted }) else {
            throw Failure(description: "the getter of the protocol's version does not return it at once")
        }
        bytes[load + 1] += 1
        try Data(bytes).write(to: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: copy.path)
    }

    private static func symbols(of program: URL) throws -> [String: Int] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/nm")
        process.arguments = [program.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        var symbols: [String: Int] = [:]
        for line in text.split(separator: "\n") where line.hasSuffix(storage) || line.hasSuffix(getter) {
            let words = line.split(separator: " ")
            symbols[String(words[words.count - 1])] = Int(words[0], radix: 16)
        }
        return symbols
    }

    /// Where in the file an address lies: elf(5), the program headers.
    private static func offset(of address: Int, in bytes: [UInt8]) throws -> Int {
        let headers = integer(8, at: 32, in: bytes)
        for number in 0..<integer(2, at: 56, in: bytes) {
            let header = headers + number * 56
            let (kind, start) = (integer(4, at: header, in: bytes), integer(8, at: header + 16, in: bytes))
            guard kind == 1, (start..<start + integer(8, at: header + 32, in: bytes)).contains(address) else {
                continue
            }
            return address - start + integer(8, at: header + 8, in: bytes)
        }
        throw Failure(description: "address \(address) is in no segment")
    }

    private static func integer(_ count: Int, at place: Int, in bytes: [UInt8]) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}
