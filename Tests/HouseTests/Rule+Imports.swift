extension Rule {
    /// Which modules a module may import: the arrows of the design, and what of the system each may use.
    ///
    /// A pure module has no line for the system at all. A module that is not listed may import nothing.
    static let arrows: [String: Set<String>] = [
        "LMDB": ["CLMDB", "CHints", "Glibc", "Synchronization"],
        "ZeroMQ": ["CZeroMQ", "Glibc", "Synchronization"],
        "Values": ["CXXHash", "CSimdJSON"],
        "Backfill": ["Values"],
        "Simulation": ["Backfill", "Values"],
        "Exploration": [],
        "ClusterModel": ["Exploration", "Backfill", "Values"],
        "Wire": ["Backfill", "Values", "SwiftProtobuf", "FoundationEssentials"],
        "Tables": ["LMDB", "Values"] + system,
        "Runs": ["Values", "CHints", "CXXHash", "Glibc", "Synchronization"],
        "Faults": ["LMDB", "Runs", "ZeroMQ", "Glibc", "Synchronization"],
        "Ledger": ["Backfill", "Faults", "Tables", "LMDB", "Values"] + system,
        "Runtime": ["Backfill", "Supervision", "Glibc", "Synchronization"],
        "Coordinator": shell,
        "Worker": shell,
        "Status": [
            "Backfill", "Coordinator", "Ledger", "LMDB", "Runtime", "Supervision", "Tables", "Values",
        ] + system,
        "Service": ["Backfill", "LMDB", "Runtime", "Status", "Supervision", "Tables", "Values", "Logging"] + system,
        "Supervision": ["Logging", "Glibc", "Synchronization"],
        "gapless": [
            "Backfill", "Coordinator", "Faults", "Ledger", "LMDB", "Runs", "Runtime", "Service", "Status",
            "Supervision", "Tables", "Values", "Worker", "ZeroMQ", "ArgumentParser", "Logging",
        ] + system,
        "GaplessKit": ["LMDB", "Supervision", "Tables", "Values"] + system,
        "example-address-book": ["GaplessKit", "Glibc"],
        "example-event-log": ["GaplessKit", "Glibc"],
        "gapless-simulate": ["Simulation", "ClusterModel", "Exploration", "ArgumentParser"] + system,
        "gapless-chaos": ["ArgumentParser", "Foundation", "Glibc"],
        "gapless-bench": [
            "Backfill", "Coordinator", "CPeer", "Ledger", "LMDB", "Runs", "Supervision", "Tables", "Values",
            "ArgumentParser",
        ] + system,
        "gapless-rehearse": ["Supervision", "ArgumentParser", "Foundation"] + system,
        "gapless-mutants": ["Supervision", "ArgumentParser"] + system,
    ]

    private static let system: Set<String> = ["Glibc", "Synchronization", "FoundationEssentials"]
    private static let shell: Set<String> =
        [
            "Backfill", "Faults", "Ledger", "LMDB", "Runs", "Runtime", "Supervision", "Tables", "Values", "Wire",
            "ZeroMQ", "Logging",
        ] + system

    static let imports: [Rule] = [arrowsPointDown, oneImporterForEachLibrary, noCTypeInPublic]

    private static let arrowsPointDown = Rule(
        name: "a module imports only what lies below it",
        advice:
            "Move the code to the module that may know both, or pass the thing in; the table of arrows is the design.",
        bad: [
            ([Sample("Sources/Backfill/Job.swift", "import Values\nimport LMDB\n")], ["Sources/Backfill/Job.swift:2"]),
            ([Sample("Sources/Values/Value.swift", "public import Foundation\n")], ["Sources/Values/Value.swift:1"]),
            ([Sample("Sources/Runs/A.swift", "@_exported import struct Tables.Store\n")], ["Sources/Runs/A.swift:1"]),
            ([Sample("Sources/Unknown/A.swift", "import Values\n")], ["Sources/Unknown/A.swift:1"]),
        ],
        good: [
            Sample("Sources/Ledger/Ledger.swift", "internal import Backfill\npublic import Tables\n// import ZeroMQ\n")
        ]
    ) { repository in
        repository.files.filter { $0.isSwift && $0.module != nil }.flatMap { file in
            let allowed = arrows[file.module ?? ""] ?? []
            // Generated messages may take `Data` from where the generator takes it.
            let extra: Set<String> = file.isGenerated ? ["Foundation"] : []
            return importedModules(in: file).filter { !allowed.union(extra).contains($0.module) }
                .map { Breach(file, line: $0.line) }
        }
    }

    private static let oneImporterForEachLibrary = Rule(
        name: "only LMDB imports CLMDB, only ZeroMQ imports CZeroMQ",
        advice: "Add what is missing to the wrapper.",
        bad: [
            (
                [Sample("Tests/LMDBTests/A.swift", "@testable import LMDB\nimport CLMDB\n")],
                ["Tests/LMDBTests/A.swift:2"]
            )
        ],
        good: [Sample("Sources/LMDB/Environment.swift", "internal import CLMDB\n")]
    ) { repository in
        repository.files.filter(\.isSwift).flatMap { file in
            importedModules(in: file)
                .filter { ["CLMDB", "CZeroMQ"].contains($0.module) && $0.module != "C" + (file.module ?? "") }
                .map { Breach(file, line: $0.line) }
        }
    }

    private static let noCTypeInPublic = onLines(
        "no C type in a public signature of the wrappers",
        advice: "Give it a Swift type.",
        bad: [([Sample("Sources/LMDB/A.swift", "public let handle: MDB_dbi\n")], ["Sources/LMDB/A.swift:1"])],
        good: [Sample("Sources/LMDB/A.swift", "let handle: MDB_dbi\npublic let name: String  // of an MDB_dbi\n")],
        applies: { ["LMDB", "ZeroMQ"].contains($0.module) },
        breaks: { file, line in
            // What follows the brace is the body.
            cTypeInPublic.matches(String(file.source.code[line].prefix { $0 != "{" }))
        }
    )
    private static let cTypeInPublic = Pattern(#"\bpublic\b.*\b(MDB_\w+|OpaquePointer|zmq_\w+)"#, with: "public")

    /// The modules that a file imports and the lines (from 0) on which it does.
    static func importedModules(in file: RepositoryFile) -> [(module: String, line: Int)] {
        let kinds: Set<Substring> = ["struct", "class", "enum", "func", "protocol", "typealias", "var", "let"]
        let prefixes: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
        return file.source.code.enumerated().compactMap { line, code in
            var words = code.split(whereSeparator: \.isWhitespace)
            while let first = words.first, first.hasPrefix("@") || prefixes.contains(first) { words.removeFirst() }
            guard words.first == "import" else { return nil }
            words.removeFirst()
            if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
            return words.first.map { (String($0.split(separator: ".")[0]), line) }
        }
    }
}

private func + (left: Set<String>, right: Set<String>) -> Set<String> { left.union(right) }
