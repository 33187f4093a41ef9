import ArgumentParser
import Values

/// `gapless-bench build`.
struct BuildCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "How long one index takes, by Gapless and by its peers, on the same records.",
        discussion: """
            Generates and imports the records. Each round builds an index on each field by itself: with a coordinator \
            and workers in a fresh copy of the database, then by each peer. Peers: postgres (CREATE INDEX \
            CONCURRENTLY), sqlite (CREATE INDEX), lmdb-c-append (a C loop that scans, sorts and appends), lmdb-c-puts \
            (a C loop that puts record by record), lmdb-c (both). A peer that is not installed ends this with 69.

            Examples:
              gapless-bench build --records 5000000 --fields email,created_at,city --peers postgres,lmdb-c-append
              gapless-bench build --data long-keys --records 100000 --rounds 1
              gapless-bench build --records 5000000 --save-baseline before.json
              gapless-bench build --records 5000000 --baseline before.json
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields, such as email, created_at, city, tags: one index each.", valueName: "list"))
    var fields: String?
    @Option(help: ArgumentHelp("Whom to compare with: \(PeerKind.names).", valueName: "list")) var peers: String?
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        let peers = try Peers(peers, in: bench)
        var report = BenchReport("build", settings: data.settings)
        let source = try SourceTable(data, in: bench)
        try peers.prepare(source)
        for round in 1...data.rounds {
            for field in fields {
                ReportOutput.say("round \(round) of \(data.rounds): \(field.text)")
                let name = "gapless, \(field.text)"
                let figures = try source.build([field])
                report.add(figures, as: name)
                report.addDetails(of: figures, as: name)
                for peer in peers.all {
                    let build = try peer.build(on: field)
                    try requireEqual(build.entries, figures.phases?.entries, peer, field)
                    report.add("\(peer.name), \(field.text)", build.seconds, "s", .lower)
                    report.add(
                        "\(peer.name), \(field.text): index", Double(build.indexBytes) / 1_048_576, "MiB", .lower)
                }
            }
        }
        for field in fields {
            for peer in peers.all {
                report.addRatio(
                    "\(peer.name), \(field.text): its time to that of gapless", of: "\(peer.name), \(field.text)",
                    to: "gapless, \(field.text): ready after", .higher)
            }
        }
        return report
    }

    /// A peer that did other work than Gapless is nothing to compare with.
    private func requireEqual(_ theirs: UInt64?, _ ours: UInt64?, _ peer: any Peer, _ field: FieldPath) throws {
        guard let theirs, let ours, theirs != ours else { return }
        throw BenchFailure(
            "\(peer.name) made \(theirs) entries of \(field.text), gapless \(ours): a defect of the bench")
    }
}
