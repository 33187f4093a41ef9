internal import Glibc

/// Wakes a thread that waits in `poll`, from any thread and as often as one likes.
final class WakePipe: Sendable {
    let readingEnd: Int32
    private let writingEnd: Int32

    init() throws {
        (readingEnd, writingEnd) = try GlibcGaps.openPipe(O_NONBLOCK, for: "waking a thread")
    }

    deinit {
        close(readingEnd)
        close(writingEnd)
    }

    func wake() {
        var byte: UInt8 = 1
        // A full pipe wakes as well as one byte more would; nothing else can fail while both ends are open.
        _ = write(writingEnd, &byte, 1)
    }

    /// Forgets the calls of `wake` so far.
    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while read(readingEnd, &bytes, bytes.count) == bytes.count {}
    }
}
