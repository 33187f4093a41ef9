/// Puts the changes of many mutants into the text of one file, each asleep until its switch is on.
enum Mutation {
    /// Why a mutant does not fit the file that it names.
    enum Misfit: Error, Hashable, CustomStringConvertible {
        case missing(Mutant, Mutant.Edit)
        case ambiguous(Mutant, Mutant.Edit, count: Int)
        case overlap(Mutant, Mutant)

        /// The mutant to mend.
        var mutant: Mutant {
            switch self {
            case .missing(let mutant, _), .ambiguous(let mutant, _, _), .overlap(_, let mutant): mutant
            }
        }

        var description: String {
            switch self {
            case .missing(let mutant, let edit):
                "\(mutant.name): \(mutant.file) does not hold this any more:\n\(edit.original)"
            case .ambiguous(let mutant, let edit, let count):
                "\(mutant.name): \(mutant.file) holds this \(count) times, take more of it:\n\(edit.original)"
            case .overlap(let one, let other):
                "\(one.name) and \(other.name) change the same characters of \(one.file)"
            }
        }
    }

    /// Bytes of a file that are replaced.
    private struct Change {
        var range: Range<Int>
        var bytes: ArraySlice<UInt8>
        var mutant: Mutant
    }

    /// The text with every mutant in it; throws ``Misfit``.
    static func apply(_ mutants: [Mutant], to text: String) throws -> String {
        let bytes = Array(text.utf8)
        let changes = try mutants.flatMap { mutant in try mutant.edits.map { try change($0, of: mutant, in: bytes) } }
            .sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        for (one, other) in zip(changes, changes.dropFirst())
        where other.range.lowerBound < one.range.upperBound || one.range.lowerBound == other.range.lowerBound {
            throw Misfit.overlap(one.mutant, other.mutant)
        }
        var result: [UInt8] = []
        var position = 0
        for change in changes {
            result += bytes[position..<change.range.lowerBound] + change.bytes
            position = change.range.upperBound
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }

    /// Only what differs between original and replacement is changed, so that two mutants may share their surroundings.
    private static func change(_ edit: Mutant.Edit, of mutant: Mutant, in bytes: [UInt8]) throws -> Change {
        let original = Array(edit.original.utf8)
        let places = places(of: original, in: bytes)
        guard let place = places.first else { throw Misfit.missing(mutant, edit) }
        guard places.count == 1 else { throw Misfit.ambiguous(mutant, edit, count: places.count) }
        let replacement = Array(
            edit.replacement.split(separator: Mutant.token, omittingEmptySubsequences: false)
                .joined(separator: mutant.switchName).utf8)
        let shorter = min(original.count, replacement.count)
        let head = (0..<shorter).first { original[$0] != replacement[$0] } ?? shorter
        let tail =
            (0..<(shorter - head)).first {
                original[original.count - 1 - $0] != replacement[replacement.count - 1 - $0]
            } ?? (shorter - head)
        return Change(
            range: (place + head)..<(place + original.count - tail),
            bytes: replacement[head..<(replacement.count - tail)],
            mutant: mutant)
    }

    private static func places(of wanted: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard let first = wanted.first, bytes.count >= wanted.count else { return [] }
        return (0...(bytes.count - wanted.count)).filter { place in
            bytes[place] == first && bytes[place..<(place + wanted.count)].elementsEqual(wanted)
        }
    }

    /// A file for a module that holds the switches of its mutants; each says once that it was asked.
    static func switches(for mutants: [Mutant]) -> String {
        let constants = mutants.map { "let \($0.switchName) = isActive(\"\($0.name)\")\n" }.joined()
        return """
            internal import FoundationEssentials

            private let variables = ProcessInfo.processInfo.environment

            private func isActive(_ name: String) -> Bool {
                guard variables["\(TestRun.mutantVariable)"] == name else { return false }
                if let path = variables["\(TestRun.reachedVariable)"] {
                    _ = FileManager.default.createFile(atPath: path, contents: nil)
                }
                return true
            }

            \(constants)
            """
    }
}
