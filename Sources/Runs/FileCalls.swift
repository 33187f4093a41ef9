internal import CHints
internal import Glibc

/// The system calls that writing and reading a run need, replaceable so that tests see their order and make them fail.
///
/// Each returns what the call returned, or the negated error number. Interrupted and partial calls are the caller's
/// business: a test may return them.
public struct FileCalls: Sendable {
    /// Creates a file for writing, mode 0600, emptied if it exists; returns its descriptor.
    public var create: @Sendable (_ path: String) -> Int
    /// Writes some of the bytes at the descriptor's position; returns how many.
    public var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
    /// Tells the disk to begin with bytes that were written; promises nothing, and `sync` reports what went wrong.
    public var startWriting: @Sendable (_ descriptor: Int32, _ offset: UInt64, _ count: UInt64) -> Void
    /// Makes a file's bytes durable.
    public var sync: @Sendable (_ descriptor: Int32) -> Int
    /// Closes a descriptor.
    public var close: @Sendable (_ descriptor: Int32) -> Int
    /// Renames a file, replacing what has the new name.
    public var rename: @Sendable (_ from: String, _ to: String) -> Int
    /// Makes a folder's names durable.
    public var syncFolder: @Sendable (_ path: String) -> Int
    /// Removes a file.
    public var remove: @Sendable (_ path: String) -> Int
    /// Opens a file for reading; returns its descriptor.
    public var open: @Sendable (_ path: String) -> Int
    /// The size of a file in bytes.
    public var size: @Sendable (_ descriptor: Int32) -> Int
    /// Reads some bytes from an offset on; returns how many, 0 at the end of the file.
    public var read: @Sendable (_ descriptor: Int32, _ into: UnsafeMutableRawBufferPointer, _ offset: UInt64) -> Int
    /// Tells the system that it need not keep bytes in its cache; promises nothing, and they can be read as before.
    public var forget: @Sendable (_ descriptor: Int32, _ offset: UInt64, _ count: UInt64) -> Void

    /// The system's own calls.
    public static let system = FileCalls(
        create: { outcome(Glibc.open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)) },
        write: { outcome(Glibc.write($0, $1.baseAddress, $1.count)) },
        startWriting: { _ = gapless_start_writing($0, Int64($1), Int64($2)) },
        sync: { outcome(fsync($0)) },
        close: { outcome(Glibc.close($0)) },
        rename: { outcome(Glibc.rename($0, $1)) },
        syncFolder: systemSyncFolder,
        remove: { outcome(unlink($0)) },
        open: { outcome(Glibc.open($0, O_RDONLY | O_CLOEXEC)) },
        size: systemSize,
        read: { outcome(pread($0, $1.baseAddress, $1.count, off_t(truncatingIfNeeded: $2))) },
        forget: { _ = posix_fadvise($0, off_t($1), off_t($2), POSIX_FADV_DONTNEED) })

    /// A call's result, or its error number negated.
    static func outcome(_ result: some BinaryInteger) -> Int {
        result < 0 ? -Int(errno) : Int(result)
    }

    private static func systemSize(_ descriptor: Int32) -> Int {
        var status = stat()
        let result = outcome(fstat(descriptor, &status))
        return result < 0 ? result : Int(status.st_size)
    }

    private static func systemSyncFolder(_ path: String) -> Int {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return -Int(errno) }
        let synced = outcome(fsync(descriptor))
        let closed = outcome(Glibc.close(descriptor))
        return synced < 0 ? synced : closed
    }
}

/// Repeats a call that a signal interrupted, and turns a refusal into an error.
func checked(_ call: String, _ path: String, _ body: () -> Int) throws(RunError) -> Int {
    if let number = FaultHook.number(before: call, path) { throw RunError(path: path, call: call, errno: number) }
    while true {
        let result = body()
        if result >= 0 {
            FaultHook.note(after: call, path)
            return result
        }
        if result != -Int(EINTR) { throw RunError(path: path, call: call, errno: Int32(truncatingIfNeeded: -result)) }
    }
}
