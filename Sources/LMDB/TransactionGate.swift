internal import Glibc

/// Who of this process is inside an environment, and who may come in.
///
/// LMDB leaves three rules to its callers, and this type keeps them:
///
/// | rule | how |
/// |---|---|
/// | the map is replaced only when no transaction of the process is live | `withNoneInside` closes the gate and waits |
/// | a handle is opened by one transaction at a time, begun after the last opening ended | the handle lock and `handleGeneration` |
/// | a handle is closed only when no other transaction can use it | `withOnlyMeInside` |
///
/// A thread that is inside for reading may enter for reading again even when the gate is closed, so it cannot wait for
/// itself. Any other second entry of a thread stops the process. The writers of a process enter in the order they came,
/// and only one is inside, so that none is "live" while it waits for another of the same process.
final class TransactionGate: Sendable {
    /// Why a transaction must end and its body run again.
    enum Restart: Hashable, Sendable {
        case openHandle(String)
        case reserveHandles
        case remap
        case grow(fromBytes: Int)
    }

    /// What a thread learns on its way out.
    struct Departure {
        let isOutermost: Bool
        let restart: Restart?
    }

    private enum Kind { case read, write, opening }

    private struct Holder {
        let thread: pthread_t
        let kind: Kind
        var depth = 1
        var restart: Restart?
    }

    private struct State {
        var holders: [Holder] = []
        /// Threads that want the gate closed; nobody new enters while there are any.
        var closers = 0
        var isEmptied = false
        var areHandlesLocked = false
        var handleGeneration: UInt64 = 0
        var nextWriterTicket: UInt64 = 0
        var admittedWriterTicket: UInt64 = 0

        func holder(of thread: pthread_t) -> Int? { holders.firstIndex { $0.thread == thread } }
    }

    private let monitor = Monitor(State())

    /// Enters for reading.
    func enterRead() {
        let me = pthread_self()
        monitor.wait(until: { $0.closers == 0 || $0.holder(of: me) != nil }) { state in
            guard let mine = state.holder(of: me) else {
                state.holders.append(Holder(thread: me, kind: .read))
                return
            }
            invariant(
                state.holders[mine].kind == .read,
                "a read inside a write of the same thread would not see what was written: use the write transaction")
            state.holders[mine].depth += 1
        }
    }

    /// Enters for writing, after all writers of this process that came before.
    func enterWrite() {
        let me = pthread_self()
        let ticket = monitor.withLock { state in
            invariant(
                state.holder(of: me) == nil,
                "a write inside a transaction of the same thread would wait for itself: end the outer one first")
            defer { state.nextWriterTicket += 1 }
            return state.nextWriterTicket
        }
        monitor.wait(until: { $0.closers == 0 && $0.admittedWriterTicket == ticket }) { state in
            state.holders.append(Holder(thread: me, kind: .write))
        }
    }

    /// Leaves after reading or writing.
    func leave() -> Departure {
        let me = pthread_self()
        return monitor.withLock { state in
            guard let mine = state.holder(of: me) else { fatalError("a thread leaves that never entered") }
            let holder = state.holders[mine]
            if holder.depth > 1 {
                state.holders[mine].depth -= 1
                return Departure(isOutermost: false, restart: holder.restart)
            }
            state.holders.remove(at: mine)
            if holder.kind == .write { state.admittedWriterTicket += 1 }
            return Departure(isOutermost: true, restart: holder.restart)
        }
    }

    /// Notes that this thread's transaction must run again; the first reason counts.
    func note(_ restart: Restart) {
        let me = pthread_self()
        monitor.withLock { state in
            guard let mine = state.holder(of: me) else { fatalError("a restart was noted outside a transaction") }
            if state.holders[mine].restart == nil { state.holders[mine].restart = restart }
        }
    }

    /// Whether this thread's transaction must run again.
    var mustRestart: Bool {
        let me = pthread_self()
        return monitor.withLock { state in state.holder(of: me).map { state.holders[$0].restart != nil } ?? false }
    }

    /// Whether somebody waits for others to leave, or does what needs them outside.
    var isClosing: Bool { monitor.withLock { $0.closers > 0 } }

    /// Closes the gate, waits until nobody is inside, runs `body`; for a thread that is outside.
    func withNoneInside<R>(_ body: () throws -> R) rethrows -> R {
        monitor.withLock { $0.closers += 1 }
        monitor.wait(until: { $0.holders.isEmpty && !$0.isEmptied }) { $0.isEmptied = true }
        defer {
            monitor.withLock { state in
                state.isEmptied = false
                state.closers -= 1
            }
        }
        return try body()
    }

    /// Closes the gate, waits until only this thread is inside, runs `body`; for a writer.
    func withOnlyMeInside<R>(_ body: () throws -> R) rethrows -> R {
        monitor.withLock { $0.closers += 1 }
        monitor.wait(until: { $0.holders.count == 1 }) { _ in }
        defer { monitor.withLock { $0.closers -= 1 } }
        return try body()
    }
}

extension TransactionGate {
    /// One higher for each time that handles may have changed.
    var handleGeneration: UInt64 { monitor.withLock { $0.handleGeneration } }

    /// Locks the handles for a writer that is inside; gives the generation found.
    func lockHandles() -> UInt64 {
        monitor.wait(until: { !$0.areHandlesLocked }) { state in
            state.areHandlesLocked = true
            return state.handleGeneration
        }
    }

    /// Unlocks the handles, which may have changed.
    func unlockHandles() {
        monitor.withLock { state in
            state.areHandlesLocked = false
            state.handleGeneration += 1
        }
    }

    /// Enters with the handles locked, in one step, and leaves after `body`; for a thread that is outside.
    func withHandlesLockedInside<R>(_ body: () throws -> R) rethrows -> R {
        let me = pthread_self()
        monitor.wait(until: { $0.closers == 0 && !$0.areHandlesLocked }) { state in
            state.areHandlesLocked = true
            state.holders.append(Holder(thread: me, kind: .opening))
        }
        defer {
            monitor.withLock { state in
                state.holders.removeAll { $0.thread == me }
                state.areHandlesLocked = false
                state.handleGeneration += 1
            }
        }
        return try body()
    }
}

/// Thrown through a body whose transaction must end and run again; callers never see it.
struct RestartSignal: Error, CustomStringConvertible {
    var description: String { "the transaction runs again" }
}
