import Glibc
import Supervision
import Synchronization

/// What a command measures in: a folder of its own, and processes that end with it, whatever happens.
final class Bench: Sendable {
    let folder: WorkFolder
    /// The folder of the programs; nil: that of this one.
    let products: String?
    private let groups = Mutex<[Children]>([])
    private let isEndingEarly = Atomic(false)

    init(products: String? = nil) throws {
        folder = try WorkFolder()
        self.products = products
    }

    /// Processes that are stopped together; `asking` as of `Children`.
    func makeChildren(asking: Bool = false) -> Children {
        let children = Children(asking: asking)
        groups.withLock { $0.append(children) }
        return children
    }

    /// The real program on the database in `directory`.
    func program(on directory: String) throws -> Program {
        try Program(directory: directory, products: products, children: makeChildren())
    }

    /// The path of the program of the bench.
    func ownProgram() throws -> String { try products.map { $0 + "/gapless-bench" } ?? Program.pathOfThisProgram() }

    /// Kills what still runs and removes the folder.
    func end() throws {
        for children in groups.withLock({ $0 }) { try children.killAll() }
        try folder.remove()
    }

    /// Leaves nothing behind on a signal either.
    func endEarly() {
        isEndingEarly.store(true, ordering: .releasing)
        do { try end() } catch { ReportOutput.say("something stays behind: \(error)") }
        Glibc.exit(130)
    }

    /// After a signal the program ends on the signal's thread: processes that it killed are no failures to be told.
    func leaveToSignal() {
        while isEndingEarly.load(ordering: .acquiring) { pause() }
    }

    /// Runs `body` in a new bench that is gone afterwards.
    static func run<R>(products: String? = nil, _ body: (Bench) throws -> R) throws -> R {
        let bench = try Bench(products: products)
        try ShutdownSignals.install { _ in bench.endEarly() }
        let result = Result { try body(bench) }
        bench.leaveToSignal()
        try bench.end()
        return try result.get()
    }
}
