// Goal: every code of LMDB has its case, and errors say what can be tried again.
// Method: the numbers of lmdb.h, written out here once more.
import Glibc
import Testing

@testable import LMDB

@Suite struct ErrorTests {
    private static let codes: [(Int32, LMDBError.Code)] = [
        (-30799, .keyExists), (-30798, .notFound), (-30797, .pageNotFound), (-30796, .corrupted), (-30795, .panic),
        (-30794, .versionMismatch), (-30793, .notAnEnvironment), (-30792, .mapFull), (-30791, .databasesFull),
        (-30790, .readersFull), (-30789, .tlsFull), (-30788, .transactionFull), (-30787, .cursorFull),
        (-30786, .pageFull), (-30785, .mapResized), (-30784, .incompatible), (-30783, .badReaderSlot),
        (-30782, .badTransaction), (-30781, .badValueSize), (-30780, .badDatabase), (EIO, .system(EIO)),
    ]

    @Test("Every number of LMDB has its case and its words")
    func everyCode() {
        for (number, code) in ErrorTests.codes {
            let error = LMDBError(status: number, call: "mdb_put", context: "putting")
            #expect(error.code == code)
            #expect(error.code.status == number)
            #expect(error.description.hasPrefix("putting: ") && error.description.hasSuffix(" (mdb_put)"))
            #expect(!error.reason.isEmpty && !error.reason.contains("Unknown"))
        }
    }

    @Test("What may pass is transient, and what is broken is not")
    func transient() {
        let transient: [LMDBError.Code] = [
            .mapFull, .mapResized, .readersFull, .transactionFull, .system(EBUSY), .system(EAGAIN), .system(ENOSPC),
            .system(EIO),
        ]
        let lasting: [LMDBError.Code] = [
            .corrupted, .panic, .notAnEnvironment, .keyExists, .badValueSize, .databasesFull, .system(EACCES),
            .system(ENOENT), .system(EALREADY),
        ]
        for code in transient { #expect(LMDBError(code: code, call: "c", context: "").isTransient) }
        for code in lasting { #expect(!LMDBError(code: code, call: "c", context: "").isTransient) }
    }

    @Test("A commit that finds no room fails as a commit, keeps nothing, and later ones work")
    func commitWithoutRoom() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        await #expect(processExitsWith: .success) { [folder = folder as String] in try commitBeyondFileLimit(folder) }
    }
}

/// In a child process: a limit on the size of files stands for a full disk.
private func commitBeyondFileLimit(_ folder: String) throws {
    signal(SIGXFSZ, SIG_IGN)
    let environment = try Environment.open(at: folder, options: testOptions())
    try fill(environment, "t", 0..<10)
    try limitFiles(bytes: 256 << 10)
    let large = [UInt8](repeating: 1, count: 1000)
    do {
        try fill(environment, "t", 10..<2000, value: large)
        throw TestFailure("the commit went through")
    } catch let error as LMDBError {
        guard error.isCommitFailure, error.isTransient else { throw error }
    }
    guard try entries(environment, "t").count == 10 else { throw TestFailure("something of it was kept") }
    try limitFiles(bytes: 1 << 30)
    try fill(environment, "t", 10..<2000, value: large)
    guard try entries(environment, "t").count == 2000 else { throw TestFailure("later commits do not work") }
}

private func limitFiles(bytes: UInt) throws {
    let files = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    var limit = rlimit()
    guard getrlimit(files, &limit) == 0 else { throw TestFailure("getrlimit: \(errno)") }
    limit.rlim_cur = bytes
    guard setrlimit(files, &limit) == 0 else { throw TestFailure("setrlimit: \(errno)") }
}
