internal import CLMDB
internal import Glibc

/// The counters and notes of the writer gate, in one page that processes share.
///
/// ```
///    0  8  announced: writers that asked for the lock, ever
///   64  8  admitted: writers that got it or gave up, ever     (a cache line of its own)
///  128  8  holder: a number of whoever holds the lock, else 0; a dead holder's stays until the next one
///  136  4  the holder's process id, as it sees it itself
///  140  4  1 if the holder is a writer that was announced, 0 if it is a loader, or a program that does not say
///  144  8  when the holder got the lock, in nanoseconds of the monotonic clock
///  192  8  shut: until then writers keep out, in nanoseconds of the monotonic clock
///  256  8  64 counters: writers that were admitted after a wait of each class (`WriterWaits`)
/// 1024  8  turn: when the next unit of paced work may be done, nanoseconds of the monotonic clock
/// 4088  8  the version of this layout, written by whoever opens a page that has none
///          zero, elsewhere
/// ```
/// The counters need no care after a crash: only how they move counts. A time that cannot be right is taken for none.
/// `@unchecked Sendable`: the counters are only touched in atomic steps.
@safe
final class GatePage: @unchecked Sendable {
    /// Both counters, `admitted` read first, so that `waiting` is never too small by those who went between.
    struct Counters: Hashable {
        let announced: UInt64
        let admitted: UInt64
        var waiting: UInt64 { announced > admitted ? announced - admitted : 0 }
    }

    /// Raised when a program of the older number would misread a word, or write where a newer one counts.
    static let layoutVersion: UInt64 = 1

    private static let byteCount = 4096
    private static let versionOffset = 4_088
    private static let admittedOffset = 64
    private static let holderOffset = 128
    private static let waitsOffset = 256
    private static let turnOffset = 1_024
    private static let shutOffset = 192

    private let start: UnsafeMutableRawPointer
    private let announced: UnsafeMutablePointer<UInt64>
    private let admitted: UnsafeMutablePointer<UInt64>
    /// Three words: number, process id, since when.
    private let holder: UnsafeMutablePointer<UInt64>
    private let waitCounts: UnsafeMutablePointer<UInt64>
    private let turn: UnsafeMutablePointer<UInt64>
    private let shut: UnsafeMutablePointer<UInt64>

    private init(start: UnsafeMutableRawPointer) {
        unsafe self.start = start
        unsafe announced = start.assumingMemoryBound(to: UInt64.self)
        unsafe admitted = (start + GatePage.admittedOffset).assumingMemoryBound(to: UInt64.self)
        unsafe holder = (start + GatePage.holderOffset).assumingMemoryBound(to: UInt64.self)
        unsafe waitCounts = (start + GatePage.waitsOffset).assumingMemoryBound(to: UInt64.self)
        unsafe turn = (start + GatePage.turnOffset).assumingMemoryBound(to: UInt64.self)
        unsafe shut = (start + GatePage.shutOffset).assumingMemoryBound(to: UInt64.self)
    }

    deinit { unsafe munmap(start, GatePage.byteCount) }

    /// The page in the file at `path`, made if it is missing.
    static func open(_ path: String, mode: UInt32) throws(LMDBError) -> GatePage {
        let context = "opening the writer gate \(path)"
        let file = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode)
        guard file >= 0 else { throw .ofLastCall("open", context) }
        defer { close(file) }
        // Real blocks: a hole that cannot be filled later would kill the process.
        try check(posix_fallocate(file, 0, byteCount), "posix_fallocate", context)
        let page = try map(MAP_SHARED, file, context)
        try page.claimVersion(path)
        return page
    }

    /// Writes the version of a new page, and throws `versionMismatch` for a page of a later layout.
    private func claimVersion(_ path: String) throws(LMDBError) {
        let version = unsafe (start + GatePage.versionOffset).assumingMemoryBound(to: UInt64.self)
        _ = unsafe gapless_counter_exchange(version, 0, GatePage.layoutVersion)
        let found = unsafe gapless_counter_load(version)
        guard found <= GatePage.layoutVersion else {
            let context = "opening the writer gate \(path) of layout \(found), of which this program knows up to "
                + "\(GatePage.layoutVersion): use a newer gapless"
            throw LMDBError(code: .versionMismatch, call: "mmap", context: context)
        }
    }

    /// A page that nobody shares, for environments that are only read.
    static func inMemory() throws(LMDBError) -> GatePage {
        try map(MAP_PRIVATE | MAP_ANONYMOUS, -1, "making a writer gate in memory")
    }

    private static func map(_ flags: Int32, _ file: Int32, _ context: String) throws(LMDBError) -> GatePage {
        let area = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, file, 0)
        guard let start = unsafe area, unsafe start != MAP_FAILED else { throw .ofLastCall("mmap", context) }
        return unsafe GatePage(start: start)
    }

    var counters: Counters {
        let admitted = unsafe gapless_counter_load(admitted)
        return unsafe Counters(announced: gapless_counter_load(announced), admitted: admitted)
    }

    func announce() { unsafe gapless_counter_increment(announced) }

    func admit() { unsafe gapless_counter_increment(admitted) }

    /// Counts a writer that was admitted after so long.
    func noteWait(nanoseconds: UInt64) {
        unsafe gapless_counter_increment(waitCounts + WriterWaits.place(ofNanoseconds: nanoseconds))
    }

    var waits: WriterWaits {
        WriterWaits(counts: (0..<WriterWaits.classes).map { unsafe gapless_counter_load(waitCounts + $0) })
    }

    /// Moves the turn on by so much, from now if it lies in the past or impossibly far ahead; returns it as it is then.
    func takeTurn(nanoseconds: UInt64, aheadMax: UInt64) -> UInt64 {
        while true {
            let (now, before) = unsafe (GatePage.nanoseconds(), gapless_counter_load(turn))
            let isUsable = before > now && before - now <= aheadMax
            let next = (isUsable ? before : now) + nanoseconds
            if unsafe gapless_counter_exchange(turn, before, next) != 0 { return next }
        }
    }

    /// Whether someone who knows of the gate holds the writer lock.
    var isHeld: Bool { unsafe gapless_counter_load(holder) != 0 }

    /// By the holder of the writer lock, after it got it.
    func setHolder(_ number: UInt64, pid: Int32, isAnnounced: Bool, atNanoseconds: UInt64) {
        let kind: UInt64 = isAnnounced ? 1 << 32 : 0
        unsafe gapless_counter_store(holder + 1, UInt64(UInt32(bitPattern: pid)) | kind)
        unsafe gapless_counter_store(holder + 2, atNanoseconds)
        // Last: whoever reads the same number before and after has read what belongs to it.
        unsafe gapless_counter_store(holder, number)
    }

    /// Who holds the writer lock, and since when; nil if nobody does, or it changes hands at this moment.
    var holding: (pid: Int32, sinceNanoseconds: UInt64)? {
        let number = unsafe gapless_counter_load(holder)
        let pid = unsafe gapless_counter_load(holder + 1)
        let since = unsafe gapless_counter_load(holder + 2)
        guard number != 0, unsafe gapless_counter_load(holder) == number, pid != 0 else { return nil }
        return (Int32(truncatingIfNeeded: pid), since)
    }

    /// Whether an announced writer holds the lock.
    var isHeldByAnnounced: Bool { unsafe isHeld && gapless_counter_load(holder + 1) >> 32 == 1 }

    /// Until when writers keep out; a time past is none.
    var shutUntilNanoseconds: UInt64 {
        get { unsafe gapless_counter_load(shut) }
        set { unsafe gapless_counter_store(shut, newValue) }
    }

    /// After the lock was given up: no matter if there is another holder already.
    func clearHolder(_ number: UInt64) { unsafe gapless_counter_clear(holder, number) }

    /// The monotonic clock.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        let status = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        invariant(status == 0, "clock_gettime: \(errno)")
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
