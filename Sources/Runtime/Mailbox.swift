internal import Synchronization

/// A queue into a thread that polls: any thread posts, the owner polls ``bell`` and takes all.
public final class Mailbox<Mail: Sendable>: Sendable {
    /// Rings while there is mail.
    public let bell: Bell
    private let mail = Mutex<[Mail]>([])

    /// An empty mailbox. Throws ``SystemError`` when the process has no descriptor left.
    public init() throws {
        bell = try Bell()
    }

    /// Adds mail and rings. Any thread.
    public func post(_ item: Mail) {
        mail.withLock { $0.append(item) }
        bell.ring()
    }

    /// Takes all mail, oldest first, and silences the bell. The owner's thread.
    public func takeAll() -> [Mail] {
        bell.silence()
        return mail.withLock { items in
            let all = items
            items = []
            return all
        }
    }
}
