/// Where a build with the package trait `Faults` lets LMDB fail on purpose; in other builds nothing of it is left.
///
/// The hook knows names only: what happens at a point is the affair of whoever installs it, so that this module
/// imports nothing for it.
public enum FaultHook {
    /// What happens at a point: the code to fail with, or nil to go on. It may also stall or end the process.
    public typealias Body =
        @Sendable (_ point: StaticString, _ subject: String, _ key: [UInt8]) -> LMDBError.Code?

    #if Faults
    /// In a struct of its own: a bare closure is wrapped once more each time that it passes through the lock, in a
    /// debug build, until the stack is used up.
    private struct Installed { var body: Body? }

    private static let installed = Mutex(Installed())

    /// Makes `body` decide at every point of this process; before the first environment is opened.
    public static func install(_ body: @escaping Body) { installed.withLock { $0.body = body } }

    fileprivate static func code(_ point: StaticString, _ subject: String, _ key: [UInt8]) -> LMDBError.Code? {
        installed.withLock { $0.body }?(point, subject, key)
    }
    #endif
}

#if Faults
internal import Synchronization
#endif

extension Environment {
    /// The failure that somebody wants at this point, as if `call` had failed; nil, and no code at all, without the
    /// trait.
    @inline(__always)
    func injected(
        _ point: StaticString, _ call: StaticString, _ subject: @autoclosure () -> String,
        _ key: @autoclosure () -> [UInt8] = []
    ) -> LMDBError? {
        #if Faults
        let subject = subject()
        guard let code = FaultHook.code(point, subject, key()) else { return nil }
        // What the real failure would make of it.
        if code == .mapFull { noteFullMap() }
        if code == .mapResized { gate.note(.remap) }
        return LMDBError(code: code, call: "\(call)", context: "failpoint \(point) at \(subject) of \(directory)")
        #else
        return nil
        #endif
    }
}

extension TransactionScope {
    /// The same inside a transaction.
    @inline(__always)
    func injected(_ point: StaticString, _ call: StaticString, _ database: String) -> LMDBError? {
        environment.injected(point, call, database)
    }

    @inline(__always)
    func injected(_ point: StaticString, _ call: StaticString, _ database: String, _ key: RawSpan) -> LMDBError? {
        #if Faults
        environment.injected(point, call, database, unsafe key.withUnsafeBytes { unsafe Array($0) })
        #else
        nil
        #endif
    }
}
