/// One small change that takes a protection out, and the tests that must notice.
struct Mutant: Hashable, Sendable {
    /// The word that stands for "this mutant is active" in a replacement.
    static let token = "MUTATED"

    /// A piece of a source file and what stands in its place, both variants in one.
    struct Edit: Hashable, Sendable {
        /// Text that occurs exactly once in the file.
        var original: String
        /// The same with the change in it, chosen by ``Mutant/token``.
        var replacement: String
    }

    /// Words joined by hyphens; unique.
    var name: String
    /// What it takes out, in one sentence.
    var summary: String
    /// The ways to lose entries that the protection stands against.
    var gaps: [String]
    /// The source file, from the root of the repository.
    var file: String
    /// The tests to run, as `swift test --filter` takes them.
    var killers: String
    /// Whether a run that does not end counts as noticing.
    var hangIsDeath = false
    /// What is changed, in the order of the definition.
    var edits: [Edit]
    /// Where it is defined, as `path:line`.
    var place: String

    /// The module that the file belongs to: `LMDB` for `Sources/LMDB/Cursor.swift`.
    var module: String {
        let parts = file.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// What ``token`` becomes in Swift: a constant of the file's own module.
    var switchName: String { "isMutant_" + name.split(separator: "-").joined(separator: "_") }
}
