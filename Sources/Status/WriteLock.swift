package import LMDB
internal import Supervision

/// What to say of a write lock that is held for long: who holds it, and what can be done.
package enum WriteLock {
    /// Held for longer than this, in milliseconds, the lock is worth a word: no transaction of ours comes near it.
    package static let longMillis: Int64 = 1_000

    /// `process 123 has held the write lock for 5.0 s and is stopped: ...`; `isStopped`: nil if it cannot be seen.
    package static func text(_ holder: WriterGate.Holder?, isStopped: Bool?) -> String {
        guard let holder else { return "a program that does not say who it is holds the write lock" }
        let tenths = holder.heldMillis / 100
        let begin = "process \(holder.pid) has held the write lock for \(tenths / 10).\(tenths % 10) s"
        guard isStopped == true else { return begin }
        return begin + " and is stopped: kill -CONT \(holder.pid) lets it go on; kill -KILL \(holder.pid) frees "
            + "the lock and loses nothing that was committed"
    }

    /// The same, with a look at the process.
    package static func text(_ holder: WriterGate.Holder?) throws -> String {
        text(holder, isStopped: try holder.flatMap { try ProcessIdentity.isStopped(pid: $0.pid) })
    }

    /// What to say of a lock that somebody waits for; nil if it is not held for long, or by nobody who can be seen.
    package static func stall(_ gate: WriterGate) throws -> String? {
        guard gate.waiting > 0, let holder = gate.holder, holder.heldMillis >= longMillis else { return nil }
        guard let isStopped = try ProcessIdentity.isStopped(pid: holder.pid) else { return nil }
        return "writers wait: " + text(holder, isStopped: isStopped)
    }
}
