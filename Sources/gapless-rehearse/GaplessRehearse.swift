// The rehearsal: the deploy that hurts, on a copy of the data, with a check of every promise while it happens.
//
//   Rehearsal, Round   the course: data, cluster, index, restart after restart, ready, report
//   Cluster/           the processes under one of three supervisors
//   Application/       a writer and an asker, and what they know of the records without the index
//   Record/            the ledger watched, figures, promises, the report
//
// It sees the program as its operators do: by its commands, their exit codes and their JSON.
import ArgumentParser
import Glibc
import Supervision

/// The program `gapless-rehearse`.
@main
struct GaplessRehearse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rolling-restart",
        abstract: "Rehearse a deploy: build an index while all its processes are restarted one by one.",
        discussion: """
            A table is written and queried, an index is added, and the workers and the coordinator are restarted one \
            after the other, until the index is ready or for --rounds. All the while every query must be complete or \
            refused with exit code 75, and no durable range may be scanned again without a named reason.
            Exit code 0: every promise held; 1: one did not, or the rehearsal could not be finished; 64: wrong usage.

            With --db, the database is first copied with mdb_copy (Debian's lmdb-utils), which takes a consistent \
            snapshot while it is in use and never writes to it. The copy needs as much room as data.mdb, and the index \
            comes on top; --folder says where. Without --db, records are generated.

            Example:
              scripts/rolling-restart --supervisor up --rounds 5
              scripts/rolling-restart --db /srv/people --table people --index email --supervisor supervisord
              scripts/rolling-restart --upgrade ./gapless-1.0 ./gapless-1.1
            """)

    @Option(help: ArgumentHelp("A database to copy; without it records are generated.", valueName: "dir"))
    var db: String?
    @Option(help: ArgumentHelp("The table, with --db.", valueName: "table")) var table: String?
    @Option(help: ArgumentHelp("The fields of the index to add, with --db.", valueName: "field,..."))
    var index: String?
    @Option(help: ArgumentHelp("What keeps the processes alive: plain, up or supervisord.", valueName: "name"))
    var supervisor = SupervisorKind.plain
    @Option(help: ArgumentHelp("How many workers.", valueName: "n")) var workers = 2
    @Option(
        help: ArgumentHelp(
            "So many rounds over all processes; an index that is ready is dropped and added again. "
                + "Default: until the index is ready, one round at least.", valueName: "n"))
    var rounds: Int?
    @Flag(help: "Restart with SIGKILL instead of SIGTERM.") var kill = false
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Start with one executable, and restart with another.", valueName: "old new"))
    var upgrade: [String] = []
    @Option(help: ArgumentHelp("Records to generate, without --db.", valueName: "n")) var records = 200_000
    @Option(
        help: ArgumentHelp(
            "Records in one range; default: the program's with --db, else a 64th of the records.", valueName: "n"))
    var recordsPerRange: Int?
    @Option(help: ArgumentHelp("How long a graceful stop may take, in seconds.", valueName: "seconds")) var grace = 10
    @Option(help: ArgumentHelp("Give up a wait after so many seconds without progress.", valueName: "seconds"))
    var patience = 300
    @Option(help: ArgumentHelp("Where the copy or the generated data lies for the while.", valueName: "dir"))
    var folder: String?
    @Option(help: ArgumentHelp("What the application does at random is made from this.", valueName: "n"))
    var seed: UInt64 = .random(in: 0..<1_000_000)
    @Option(help: ArgumentHelp("The program; default: the gapless beside this one.", valueName: "path"))
    var program: String?
    @Option(help: ArgumentHelp("The configuration for supervisord.", valueName: "file")) var supervisordConfig: String?
    @Flag(help: "Build once without restarts first, to tell what the restarts cost.") var baseline = false
    @Flag(help: "Keep the folder.") var keep = false
    @Flag(help: "Print the report as JSON.") var json = false

    func validate() throws {
        guard (1...64).contains(workers) else { throw ValidationError("--workers takes a number from 1 to 64.") }
        guard rounds ?? 1 >= 1 else { throw ValidationError("--rounds takes a number from 1 on.") }
        guard (500...1_000_000_000).contains(records) else {
            throw ValidationError("--records takes a number from 500 on.")
        }
        guard recordsPerRange ?? 1 >= 1 else { throw ValidationError("--records-per-range takes a number from 1 on.") }
        guard grace >= 1, patience >= 1 else { throw ValidationError("--grace and --patience take seconds from 1 on.") }
        guard upgrade.isEmpty || upgrade.count == 2 else {
            throw ValidationError("--upgrade takes two executables: --upgrade OLD NEW.")
        }
        guard upgrade.isEmpty || program == nil else {
            throw ValidationError("--program and --upgrade both name the program: give one of them.")
        }
        guard (db == nil) == (table == nil), (db == nil) == (index == nil) else {
            throw ValidationError("--db, --table and --index belong together: the data, its table, the index to add.")
        }
        guard supervisor != .supervisord || supervisordConfig != nil else {
            throw ValidationError(
                "--supervisor supervisord needs --supervisord-config (scripts/rolling-restart gives it).")
        }
    }

    func run() throws {
        let processes = Processes()
        try ShutdownSignals.install { request in
            if case .reload = request { return }
            Progress.say("stopping: the processes are ended first (again: at once)")
            if processes.interrupt() { _exit(130) }
        }
        let folder = try WorkFolder(parent: folder, keeps: keep)
        let outcome = Result { try Rehearsal(settings(in: folder), processes, folder).run() }
        processes.killAll()
        try folder.remove()
        let report = try outcome.get()
        print(json ? try report.json() : report.text, terminator: json ? "\n" : "")
        if !report.isKept { throw ExitCode(1) }
    }

    private func settings(in folder: WorkFolder) throws -> Settings {
        let programs = try upgrade.isEmpty ? [program ?? Program.besideThisOne()] : upgrade
        let perRange = recordsPerRange ?? (db == nil ? max(records / 64, 50) : nil)
        return Settings(
            original: db, table: table ?? GeneratedRecords.table, fields: fieldPaths, supervisor: supervisor,
            workers: workers, rounds: rounds, signal: kill ? SIGKILL : SIGTERM,
            programs: try programs.map(Program.absolutePath), records: records, recordsPerRange: perRange,
            graceSeconds: grace, patienceSeconds: patience, seed: seed, hasBaseline: baseline,
            supervisordConfig: try supervisordConfig.map(Program.absolutePath))
    }

    private var fieldPaths: [String] {
        (index ?? GeneratedRecords.field).split(separator: ",").map(String.init)
    }
}

/// What keeps the processes alive.
enum SupervisorKind: String, ExpressibleByArgument, CaseIterable, Codable {
    /// The rehearsal itself starts and restarts them.
    case plain
    /// `gapless up`.
    case up
    /// Debian's supervisord.
    case supervisord
}

/// What is to be rehearsed.
struct Settings: Sendable {
    /// The database to copy; nil: records are generated.
    let original: String?
    let table: String
    let fields: [String]
    let supervisor: SupervisorKind
    let workers: Int
    /// Nil: until the index is ready.
    let rounds: Int?
    let signal: Int32
    /// The executable, or the old one and the new one.
    let programs: [String]
    let records: Int
    let recordsPerRange: Int?
    let graceSeconds: Int
    let patienceSeconds: Int
    let seed: UInt64
    let hasBaseline: Bool
    let supervisordConfig: String?

    /// Whether processes are restarted from another executable than they were started from.
    var isUpgrade: Bool { programs.count == 2 }
}
