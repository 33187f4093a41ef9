/// A command of the bench with the goals that its report tells of.
struct GoalQuestion {
    /// The name of the command.
    let name: String
    /// What it is run with beside the options of all: records, rounds, workers, the kept table.
    var arguments: [String] = []
    /// Records that it is always run with; nil: as many as all are.
    var records: UInt64?
    /// Rounds that it is always run with; nil: as many as all are.
    var rounds: Int?
    var options: Options = .all
    let goals: [Goal]

    /// Which of the common options a command has.
    enum Options {
        /// `--records`, `--rounds`, and `--db` for the kept table.
        case all
        /// No kept table: it makes its own.
        case withoutTable
        /// None of them.
        case none
    }

    /// The command line behind `gapless-bench`; `db` is left out where it means nothing.
    func commandLine(records all: UInt64, rounds often: Int, db: String?) -> [String] {
        var line = [name]
        if options != .none { line += ["--records", "\(records ?? all)", "--rounds", "\(rounds ?? often)"] }
        if options == .all, let db { line += ["--db", db] }
        return line + arguments
    }

    /// Every question of the table, in the order in which it is asked.
    static func all(records: UInt64) -> [GoalQuestion] { builds + [growth] + paths + [eta(records)] }

    private static let fields = ["email", "created_at", "city"]
    private static let list = fields.joined(separator: ",")

    private static var builds: [GoalQuestion] {
        let postgres = fields.map {
            Goal(
                "one index, \($0), against PostgreSQL CREATE INDEX CONCURRENTLY", .atLeast(3),
                "PostgreSQL CREATE INDEX CONCURRENTLY, \($0): its time to that of gapless")
        }
        // 0.6 of the limit of C with two threads, which is 3.1 times as fast as this loop.
        let loop = fields.map {
            Goal(
                "one index, \($0), against lmdb-c-append", .atLeast(1.85),
                "C: scan, sort, append, \($0): its time to that of gapless")
        }
        let memory = Goal(
            "memory of a worker beyond the map", .atMost(128), fields.map { "gapless, \($0): memory of a worker, peak" }
        )
        let written = Goal(
            "written to disk, of the index's size", .atMost(2.2),
            fields.map { "gapless, \($0): written to disk, of the index" })
        return [
            GoalQuestion(
                name: "build", arguments: ["--fields", list, "--peers", "postgres,lmdb-c-append"],
                goals: postgres + loop + [memory, written]),
            GoalQuestion(
                name: "indexes", arguments: ["--fields", "email,city,created_at"],
                goals: [
                    Goal("three indexes, against one", .atMost(2.2), "3 indexes in one scan to one index: ready after")
                ]),
            GoalQuestion(
                name: "workers", arguments: ["--workers", "2"],
                goals: [
                    Goal(
                        "the scan by 2 workers, against 1", .atLeast(1.8),
                        "2 workers, times as fast: scan, with sort and runs")
                ]),
        ]
    }

    private static let growth = GoalQuestion(
        name: "growth", arguments: ["--times", "4"],
        goals: [
            Goal(
                "entries a second of a table 4 times as large", .atLeast(0.9),
                "entries a second of the larger to those of the smaller")
        ])

    private static var paths: [GoalQuestion] {
        [
            GoalQuestion(
                name: "size", arguments: ["--fields", list], rounds: 1,
                goals: [
                    Goal(
                        "size of an index, of its copy by mdb_load", .atMost(1.03),
                        fields.map { "\($0): index to copy" })
                ]),
            GoalQuestion(
                name: "latency", records: 1_000, rounds: 50, options: .withoutTable,
                goals: [Goal("a small table's index is ready", .atMost(50), "declared to ready")]),
            GoalQuestion(
                name: "verify",
                goals: [
                    Goal("reading back, of the build", .atMost(15), "build: only reading back, of its time"),
                    Goal("verify, of the build's time", .atMost(1), "verify to build"),
                ]),
            GoalQuestion(
                name: "import", arguments: ["--peers", "simdjson-c"], options: .withoutTable,
                goals: [
                    Goal(
                        "speed of the import, of simdjson-c", .atLeast(0.5),
                        "C++: simdjson, append: its time to that of gapless")
                ]),
            writer,
            GoalQuestion(
                name: "query",
                goals: [Goal("a query by equality, of a loop in C", .atLeast(0.7), QueryRun.speed)]),
            GoalQuestion(
                name: "kill",
                goals: [
                    Goal("worker killed: next lease", .atMost(100), KillRun.nextLease),
                    Goal("worker killed: work done again", .atMost(300), KillRun.workLost),
                ]),
            GoalQuestion(
                name: "coordinator", arguments: ["--workers", "10000", "--ranges", "1000000"], options: .none,
                goals: [
                    Goal("coordinator: range operations", .atLeast(50_000), "range operations"),
                    Goal("coordinator: memory", .atMost(512), "memory in the end"),
                ]),
        ]
    }

    private static let writer = GoalQuestion(
        name: "writer",
        goals: [
            Goal(
                "application's put during a build, p50, of that without one", .atMost(2),
                "application's writer, whole put during the build to alone: p50"),
            Goal(
                "application's put during a build, p99, above that without one", .atMost(5),
                "application's writer, whole put during the build above alone: p99"),
            Goal(
                "a build's speed beside the application", .atLeast(0.7),
                "the build's speed beside it to that without it"),
        ])

    /// Held to a pace at which the build takes about a minute: seconds to go are whole ones.
    private static func eta(_ records: UInt64) -> GoalQuestion {
        GoalQuestion(
            name: "eta", arguments: ["--pace", "\(max(records / 25, 1))"],
            goals: [
                Goal(
                    "prediction of the end after the first tenth, error", .atMost(EtaSeries.promisedPercent),
                    BenchReport.worstPrediction)
            ])
    }
}
