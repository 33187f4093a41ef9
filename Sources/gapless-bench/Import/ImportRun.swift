import Glibc

/// Imports of one file into empty databases, by the real program and by its peers, in turns.
struct ImportRun {
    let bench: Bench
    let options: DataOptions
    let peers: [ImportPeer]

    @available(*, noasync)
    func run() throws -> BenchReport {
        var report = BenchReport("import", settings: options.settings)
        let input = try SourceTable.generate(options, in: bench)
        for round in 1...options.rounds {
            ReportOutput.say("round \(round) of \(options.rounds)")
            try importByGapless(input, &report)
            for peer in peers { try importBy(peer, input, &report) }
        }
        for peer in peers {
            report.addRatio("\(peer.title): its time to that of gapless", of: peer.title, to: "import", .higher)
        }
        return report
    }

    private func importByGapless(_ input: String, _ report: inout BenchReport) throws {
        let directory = try bench.folder.makeFolder("round")
        _ = try SourceTable.isThere(directory, records: options.records)
        let program = try bench.program(on: directory)
        settle()
        let watch = Stopwatch()
        try program.run("import", SourceTable.name, input)
        let seconds = max(watch.seconds, 1e-6)
        report.add("import", seconds, "s", .lower)
        report.add("records a second", Double(options.records) / seconds, "1/s", .higher, floor: 200_000)
        report.add("input a second", Double(try SourceTable.bytes(of: input)) / 1_048_576 / seconds, "MiB", .higher)
        try addDatabase("database", in: directory, &report)
    }

    private func importBy(_ peer: ImportPeer, _ input: String, _ report: inout BenchReport) throws {
        let directory = try bench.folder.makeFolder("round")
        settle()
        let said = try bench.makeChildren().run(
            bench.ownProgram(), ["c-import", input, directory], named: peer.title)
        let numbers = said.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 2 else { throw BenchFailure("\(peer.title) said something else: \(said)") }
        guard numbers[1] == Double(options.records) else {
            throw BenchFailure("\(peer.title) imported \(numbers[1]) records of \(options.records): a defect")
        }
        report.add(peer.title, numbers[0], "s", .lower)
        try addDatabase("\(peer.title): database", in: directory, &report)
    }

    /// What was written before must not be in the way of what is measured now.
    private func settle() { sync() }

    private func addDatabase(_ name: String, in directory: String, _ report: inout BenchReport) throws {
        let bytes = try SourceTable.bytes(of: directory + "/data.mdb")
        report.add(name, Double(bytes) / 1_048_576, "MiB", .lower)
        try bench.folder.remove("round")
    }
}
