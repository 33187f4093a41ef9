extension Rule {
    static let layout: [Rule] = [
        topLevelIsSmall, headSaysTheJob, noVagueNames, onlyKnownHosts, noPathsOfOneMachine, noLooseEnds,
    ]

    static let topLevelNames: Set<String> = ["Package.swift", "README.md", "Sources", "Tests", "deploy", "scripts"]
    static let hosts: Set<String> = ["github.com", "localhost", "127.0.0.1", "www.w3.org"]
    /// Modules of C have no main file of Swift; their headers say what they are.
    static let cModules: Set<String> = ["CLMDB", "CZeroMQ", "CXXHash", "CSimdJSON", "CHints", "CPeer"]

    private static let topLevelIsSmall = Rule(
        name: "the top level holds six names and dot files",
        advice: "Put it into one of: \(topLevelNames.sorted().joined(separator: ", ")).",
        bad: [([Sample("notes.txt", "a\n")], ["notes.txt:1"])],
        good: [Sample(".swift-format", "{}\n"), Sample("scripts/test", "\n")]
    ) { repository in
        repository.topLevel.filter { !$0.hasPrefix(".") && !topLevelNames.contains($0) }
            .map { Breach(place: "\($0):1", "does not belong to the top level") }
    }

    private static let headSaysTheJob = Rule(
        name: "each module's main file says its one job at its head",
        advice: "Begin NAME.swift (or Module.swift) with a comment: one sentence on what the module is for.",
        bad: [
            ([Sample("Sources/Runs/Runs.swift", "import Values\n")], ["Sources/Runs/Runs.swift:1"]),
            ([Sample("Sources/Runs/Runs.swift", "// Runs\nimport Values\n")], ["Sources/Runs/Runs.swift:1"]),
            ([Sample("Sources/Runs/Reader.swift", "// Reads the runs of a job back.\n")], ["Sources/Runs:1"]),
        ],
        good: [
            Sample(
                "Sources/Runs/Runs.swift",
                "public import Values\n\n/// Sorted files of\n/// index entries.\nenum Runs {}\n")
        ]
    ) { repository in
        repository.modules.filter { !cModules.contains($0.key) }.sorted { $0.key < $1.key }.compactMap { name, files in
            let main = files.first { mainNames(of: name).contains($0.path) }
            guard let main else { return Breach(place: "Sources/\(name):1", "has no main file") }
            return isSentence(head(of: main)) ? nil : Breach(main, line: 0, "its head is no sentence")
        }
    }

    private static func mainNames(of module: String) -> [String] {
        let words = module.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return ["Sources/\(module)/\(words.joined()).swift", "Sources/\(module)/Module.swift"]
    }

    /// The first comment of a file, before or after its imports.
    private static func head(of file: RepositoryFile) -> String {
        let beginning = file.source.lines.drop { $0.isEmpty || $0.contains("import ") && !$0.hasPrefix("//") }
        return beginning.prefix { $0.hasPrefix("//") }.map { $0.drop { $0 == "/" }.description }.joined()
    }

    private static func isSentence(_ text: String) -> Bool {
        text.count > 15 && text.contains(".") && text.split(separator: " ").count > 3
    }

    private static let noVagueNames = Rule(
        name: "no file is named Utils, Helpers, Manager or Common",
        advice: "Name it after its one noun.",
        bad: [([Sample("Sources/Runs/RunUtils.swift", "\n")], ["Sources/Runs/RunUtils.swift:1"])],
        good: [Sample("Sources/Runs/RunReader.swift", "\n")]
    ) { repository in
        repository.swiftFiles.filter { file in
            ["Util", "Helper", "Manager", "Common"].contains { file.name.contains($0) }
        }.map { Breach(place: "\($0.path):1", "says nothing about what it holds") }
    }

    private static let onlyKnownHosts = Rule(
        name: "no host is named but those on the list",
        advice: "Leave the address out; the list is \(hosts.sorted().joined(separator: ", ")).",
        bad: [([Sample("scripts/setup", "\ncurl https://example.org/a\n")], ["scripts/setup:2"])],
        good: [Sample("README.md", "https://github.com/apple/swift-log and http://127.0.0.1:8432/\n")]
    ) { repository in
        repository.files.filter { !isOfTheHouse($0) }.flatMap { file in
            file.source.lines.indices.filter { !namedHosts(file.source.lines[$0]).isSubset(of: hosts) }
                .map { Breach(file, line: $0) }
        }
    }

    private static func namedHosts(_ line: String) -> Set<String> {
        Set(
            line.ranges(of: "://").compactMap { range in
                guard line[..<range.lowerBound].hasSuffix("http") || line[..<range.lowerBound].hasSuffix("https") else {
                    return nil
                }
                // A name without a dot is no host of the world.
                let host = line[range.upperBound...].prefix {
                    $0.isASCII && ($0.isLetter || $0.isNumber || ".-".contains($0))
                }
                return host.contains(".") || host == "localhost" ? String(host) : nil
            })
    }

    private static let noPathsOfOneMachine = Rule(
        name: "no path of one machine",
        advice: "Take the folder from the caller, or find it from the file's own place.",
        bad: [([Sample("scripts/demo", "cd /home/ann/gapless\n")], ["scripts/demo:1"])],
        good: [Sample("scripts/demo", "cat /usr/share/dict/words /proc/self/stat\n")]
    ) { repository in
        let roots = ["/home/", "/root/", "/opt/", "/Users/"]
        return repository.files.filter { !isOfTheHouse($0) }.flatMap { file in
            file.source.lines.indices.filter { line in
                roots.contains { root in
                    file.source.lines[line].ranges(of: root).contains { startsPath($0, in: file.source.lines[line]) }
                }
            }.map { Breach(file, line: $0) }
        }
    }

    private static func startsPath(_ range: Range<String.Index>, in line: String) -> Bool {
        guard let before = line[..<range.lowerBound].last else { return true }
        return !(before.isLetter || before.isNumber || "._-}~".contains(before))
    }

    private static let noLooseEnds = Rule(
        name: "no mark of work left undone",
        advice: "Do it, or open an issue.",
        bad: [([Sample("Sources/Runs/A.swift", "// FIXME: later\n")], ["Sources/Runs/A.swift:1"])],
        good: [Sample("Sources/Runs/A.swift", "// The todos of a job.\n")]
    ) { repository in
        repository.files.filter { !isOfTheHouse($0) }.flatMap { file in
            file.source.lines.indices.filter { looseEnd.matches(file.source.lines[$0]) }.map { Breach(file, line: $0) }
        }
    }
    private static let looseEnd = Pattern(#"\b(TODO|FIXME|HACK)\b"#, with: "TODO", "FIXME", "HACK")

    /// These tests themselves quote what they forbid.
    private static func isOfTheHouse(_ file: RepositoryFile) -> Bool { file.path.hasPrefix("Tests/HouseTests/") }
}
