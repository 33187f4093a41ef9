/// What the sources can say: their string literals, with a mark where a value is put in.
struct SourceLiterals {
    /// Stands for a value that is put in.
    private static let gap: UInt8 = 1

    /// All literals, one a line.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    private var bytes: [UInt8] = []
    private var rest: ArraySlice<UInt8> = []

    /// Adds the literals of one source. Literals that are joined by `+` are one.
    mutating func add(_ source: String) {
        rest = Array(source.utf8)[...]
        var isJoined = false
        while let byte = rest.first {
            if rest.starts(with: "//".utf8) {
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            } else if byte == UInt8(ascii: "\"") {
                if !isJoined { bytes.append(UInt8(ascii: "\n")) }
                readLiteral()
                isJoined = false
                skipBlanks()
                if rest.first == UInt8(ascii: "+") {
                    rest = rest.dropFirst()
                    skipBlanks()
                    isJoined = rest.first == UInt8(ascii: "\"")
                }
            } else {
                rest = rest.dropFirst()
            }
        }
    }

    private mutating func skipBlanks() { rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") } }

    private mutating func readLiteral() {
        let isLong = rest.starts(with: "\"\"\"".utf8)
        rest = rest.dropFirst(isLong ? 3 : 1)
        while let byte = rest.first {
            if byte == UInt8(ascii: "\\") {
                readEscape()
            } else if byte == UInt8(ascii: "\""), !isLong || rest.starts(with: "\"\"\"".utf8) {
                rest = rest.dropFirst(isLong ? 3 : 1)
                return
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
    }

    private mutating func readEscape() {
        rest = rest.dropFirst()
        guard rest.first == UInt8(ascii: "(") else {
            if let byte = rest.first, "\"\\".utf8.contains(byte) { bytes.append(byte) }
            rest = rest.dropFirst()
            return
        }
        bytes.append(Self.gap)
        var depth = 0
        while let byte = rest.first {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            if depth == 0 { return }
        }
    }

    /// The parts of a message between its values; `<anything>` stands for a value.
    static func parts(of message: String) -> [String] {
        var parts: [String] = [""]
        var isValue = false
        for character in message {
            switch character {
            case "<": isValue = true
            case ">" where isValue:
                isValue = false
                parts.append("")
            default: if !isValue { parts[parts.count - 1].append(character) }
            }
        }
        // What is left between two values may be a blank.
        return parts.filter { $0.contains(where: \.isLetter) }
    }
}
