internal import Runtime
internal import Supervision
internal import Synchronization
internal import Values

/// Reads an index back on a thread of its own, behind a load that goes on.
///
///     load    | append | commit -> follow | append | commit -> follow | finish
///     here             |                  | read what is committed    | read the rest -> digest
///
/// The digest counts only what snapshots had: the loader's own idea of what it appended is nowhere in it.
final class ReadBackThread: Sendable {
    private enum Order {
        case follow
        /// Everything is committed: read the rest and end.
        case finish
        /// End where you are.
        case stop
    }

    private enum Outcome {
        case digest(EntryDigest)
        case failure(any Error)
    }

    private let order = Mutex(Order.follow)
    private let bell: Bell
    private let outcome = Mutex<Outcome?>(nil)
    private let ended = Channel<Bool>(capacity: 1)

    /// Starts the thread. Throws if there is no room for it.
    init(_ readBack: ReadBack) throws {
        bell = try Bell()
        let box = ReadBackBox(readBack)
        // Woken after each transaction of a load, it would take the loader's processor.
        try BlockingThread(name: "read back", priority: .background) { [self] in
            do {
                try read(box)
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
            ended.close()
        }.detach()
    }

    private func read(_ box: ReadBackBox) throws {
        while true {
            _ = bell.wait(milliseconds: -1)
            bell.silence()
            // Asked before the snapshot is taken: one that is taken after the load's end has all of it.
            let isLast = order.withLock { $0 } == .finish
            repeat {
                if order.withLock({ $0 }) == .stop { return }
            } while try box.readBack.readOn()
            if isLast { return outcome.withLock { $0 = .digest(box.readBack.digest) } }
        }
    }

    /// There is more to read. Never waits.
    func follow() { bell.ring() }

    /// Reads the rest; the digest of the whole index, once everything of the load is committed. Throws what ended it.
    func finish() throws -> EntryDigest {
        order.withLock { $0 = .finish }
        bell.ring()
        _ = ended.receive()
        switch outcome.withLock({ $0 }) {
        case .digest(let digest): return digest
        case .failure(let error): throw error
        case nil: throw Abandoned()
        }
    }

    /// Ends the thread after the read transaction that it is in, and waits for it.
    func stop() {
        order.withLock { $0 = .stop }
        bell.ring()
        _ = ended.receive()
    }
}

/// Carries the reading into its thread.
private final class ReadBackBox: @unchecked Sendable {  // touched by the reading thread alone after it is made
    var readBack: ReadBack

    init(_ readBack: ReadBack) { self.readBack = readBack }
}
