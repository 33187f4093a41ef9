import Glibc
import LMDB
import Tables
import Values

/// The records of a data set, imported once; every round works on a copy of its own.
///
/// A database that had an index before has free pages, and is another to build in than one that had none.
struct SourceTable {
    static let name = "bench"

    let bench: Bench
    let options: DataOptions
    /// The folder of the database that nobody changes.
    let directory: String

    /// Generates and imports the records, unless `--db` has them.
    @available(*, noasync)
    init(_ options: DataOptions, in bench: Bench, folder: String = "source") throws {
        self.bench = bench
        self.options = options
        directory = options.db ?? bench.folder.path(folder)
        guard try !Self.isThere(directory, records: options.records) else { return }
        let input = try Self.generate(options, in: bench)
        ReportOutput.say("importing them")
        try bench.program(on: directory).run("import", Self.name, input)
        try bench.folder.remove("records.ndjson")
    }

    /// Writes the records as NDJSON into the bench's folder; returns the path of `records.ndjson`.
    static func generate(_ options: DataOptions, in bench: Bench) throws -> String {
        let input = bench.folder.path("records.ndjson")
        ReportOutput.say("generating \(Figure.grouped(options.records)) records of \(options.data.rawValue)")
        try DataSetFile(records: options.records, seed: options.seed, data: options.data).write(toFile: input)
        return input
    }

    /// Makes the database with an empty table if there is none.
    @available(*, noasync)
    static func isThere(_ directory: String, records: UInt64) throws -> Bool {
        let store = try Store.open(at: directory, creation: .ifMissing)
        let existing: Int? = try store.read { txn in
            guard let table = try store.catalog(in: txn).tableIfPresent(name) else { return nil }
            return try store.recordsCount(of: table, in: txn)
        }
        if let existing {
            guard existing == Int(records) else {
                throw BenchFailure("\(directory) holds \(existing) records, not \(records): choose another --db")
            }
            return true
        }
        _ = try store.write { txn in try store.createTable(name, keyField: FieldPath("id"), in: txn) }
        return false
    }

    /// The folder of a fresh copy, the only one there is at a time; the disk is done with it.
    @available(*, noasync)
    func copy() throws -> String {
        let folder = try bench.folder.makeFolder("db")
        try Self.copyFile(directory + "/data.mdb", to: folder + "/data.mdb")
        return folder
    }

    /// The name of the database of the records.
    @available(*, noasync)
    func recordsDatabase() throws -> String {
        let store = try Store.open(at: directory)
        return try store.read { txn in Store.recordsDatabase(table: try store.table(Self.name, in: txn).id) }
    }

    private static func copyFile(_ from: String, to path: String) throws {
        let source = open(from, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw SystemCallFailure("open", from) }
        defer { close(source) }
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw SystemCallFailure("open", path) }
        defer { close(target) }
        while true {
            let count = sendfile(target, source, nil, 1 << 30)
            guard count >= 0 else { throw SystemCallFailure("sendfile", path) }
            if count == 0 { break }
        }
        guard fsync(target) == 0 else { throw SystemCallFailure("fsync", path) }
        // What other rounds left behind must not be written in the middle of this one.
        sync()
    }

    static func bytes(of path: String) throws -> UInt64 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemCallFailure("stat", path) }
        return UInt64(status.st_size)
    }
}

extension SourceTable {
    /// An empty folder for the logs of workers.
    func logFolder() throws -> String { try bench.folder.makeFolder("logs") }

    /// Builds indexes in a fresh copy, whose file `prepare` is told of while nobody has it open.
    @available(*, noasync)
    func build(
        _ fields: [FieldPath], workers: Int? = nil, hasWriter: Bool = false,
        prepare: (_ file: String) throws -> Void = { _ in }
    ) throws -> BuildFigures {
        let folder = try copy()
        try prepare(folder + "/data.mdb")
        let program = try bench.program(on: folder)
        var run = BuildRun(
            program: program, workers: workers ?? options.workers, fields: fields,
            logFolder: try logFolder())
        if hasWriter {
            run.writer = (RecordGenerator(seed: options.seed, data: options.data), options.records)
        }
        return try run.run()
    }
}
