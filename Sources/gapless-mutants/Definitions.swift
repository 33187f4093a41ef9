import FoundationEssentials

/// The mutants that the repository defines.
enum Definitions {
    /// Where the definitions lie: one Markdown file a module.
    static let folder = "Tests/Mutants"

    /// All of them, by file and then in the order of the file; throws what is wrong with one.
    static func mutants(in repository: String) throws -> [Mutant] {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(repository)/\(folder)")
        return try names.filter { $0.hasSuffix(".md") }.sorted().flatMap { name in
            let path = "\(folder)/\(name)"
            let data = try Data(contentsOf: URL(filePath: "\(repository)/\(path)"))
            return try MutantParser.mutants(in: String(decoding: data, as: UTF8.self), path: path)
        }
    }

    /// A table of what each takes out.
    static func list(_ mutants: [Mutant]) -> String {
        Report.table(
            [["MUTANT", "GAPS", "TAKES OUT"]]
                + mutants.map { [$0.name, $0.gaps.joined(separator: " "), $0.summary] })
    }
}
