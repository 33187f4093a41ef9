internal import Glibc

/// Keeping writers out for a moment, so that what they write in bulk cannot outrun whoever follows them.
///
/// Only those who ask keep out: writers of this library, before they stand in line for the lock. Each shutting has an
/// end that needs nobody, and no writer is kept out for longer than `shutMicrosecondsMax` by any of them.
extension WriterGate {
    /// The longest that a gate can be shut by one call, in microseconds.
    public static let shutMicrosecondsMax = 2_000_000
    /// Between two looks of a writer that is kept out.
    private static let lookMicroseconds: UInt32 = 500

    /// Keeps writers out from now on, for so long or until `open`; those who stand in line already have their turn.
    public func shut(forMicroseconds microseconds: Int) {
        let length = min(max(microseconds, 0), WriterGate.shutMicrosecondsMax)
        page.shutUntilNanoseconds = GatePage.nanoseconds() + UInt64(length) * 1_000
    }

    /// Lets writers in again.
    public func open() { page.shutUntilNanoseconds = 0 }

    /// Whether writers are kept out now.
    public var isShut: Bool { remainingNanoseconds > 0 }

    /// Waits until the gate is open, or has been shut for too long.
    func waitWhileShut() {
        guard isShut else { return }
        let deadline = GatePage.nanoseconds() + UInt64(WriterGate.shutMicrosecondsMax) * 1_000
        while isShut, GatePage.nanoseconds() < deadline { usleep(WriterGate.lookMicroseconds) }
    }

    /// How long the gate stays shut; 0 also for a time that no call can have set, as after a boot.
    private var remainingNanoseconds: UInt64 {
        let (until, now) = (page.shutUntilNanoseconds, GatePage.nanoseconds())
        guard until > now, until - now <= UInt64(WriterGate.shutMicrosecondsMax) * 1_000 else { return 0 }
        return until - now
    }
}
