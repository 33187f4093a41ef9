import ArgumentParser
import Glibc
import LMDB
import Tables

// What a shell offers where a command wants something of the database: it runs the program for it (`gapless
// ---completion ...`), which looks into the database that the words typed so far name.
extension CompletionKind {
    /// The tables.
    static let table = custom { words, _, _ in CompletionSource(words).tables() }
    /// The indexes, as TABLE.NAME.
    static let index = custom { words, _, _ in CompletionSource(words).indexes() }
    /// Both.
    static let tableOrIndex = custom { words, _, _ in
        let source = CompletionSource(words)
        return source.tables() + source.indexes()
    }
}

/// The database that a command line names, be it finished or not.
struct CompletionSource {
    let directory: String

    /// Takes the words as the shell has them: unread quotes and all.
    init(_ words: [String]) {
        Configuration.choose(flag: Self.value(of: "--config", in: words))
        // Nobody reads an error here: a file that cannot be read names no database.
        try? Configuration.load()
        directory = Setting.text(flag: Self.value(of: "--db", in: words), variable: "GAPLESS_DB") ?? "gapless-data"
    }

    func tables() -> [String] { catalog?.tables.map(\.name) ?? [] }

    func indexes() -> [String] { catalog?.indexes.map(\.fullName) ?? [] }

    /// Where there is none that can be read there is nothing to offer, and no place to say why.
    private var catalog: Catalog? {
        // LMDB would make the file of locks, be the other file an environment or not.
        guard access("\(directory)/lock.mdb", F_OK) == 0 else { return nil }
        var options = Environment.Options()
        options.isReadOnly = true
        // As above: the command itself will say it.
        guard let store = try? Store.open(at: directory, options: options) else { return nil }
        return try? store.read { txn in try store.catalog(in: txn) }  // As above.
    }

    /// The value of a flag: `--db DIR`, `--db=DIR`, and `--db = DIR`, into which bash cuts the second.
    static func value(of flag: String, in words: [String]) -> String? {
        for (place, word) in words.enumerated() {
            if word.hasPrefix("\(flag)=") { return unquoted(word.dropFirst(flag.count + 1)) }
            guard word == flag else { continue }
            let rest = words[(place + 1)...]
            return (rest.first == "=" ? rest.dropFirst() : rest).first.map { unquoted($0[...]) }
        }
        return nil
    }

    /// A word without the quotes and backslashes of a shell, the home folder put in for a tilde.
    static func unquoted(_ word: Substring) -> String {
        var (text, quote) = ("", Character?.none)
        var isEscaped = false
        for character in word {
            if isEscaped {
                text.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else {
                text.append(character)
            }
        }
        guard word.hasPrefix("~/"), let home = Setting.environment("HOME") else { return text }
        return home + text.dropFirst()
    }
}
