internal import Glibc
public import Values

/// A run to be read: where it is, and what the ledger says that it is.
public struct RunSource: Hashable, Sendable {
    /// The file's path.
    public let path: String
    /// What the file must be.
    public let summary: RunSummary
    /// Whose entries it must hold, if that is to be checked as well.
    public let identity: RunIdentity?

    /// Creates a source; the summary's checksum already stands for the whole file, its identity included.
    public init(path: String, summary: RunSummary, identity: RunIdentity? = nil) {
        self.path = path
        self.summary = summary
        self.identity = identity
    }
}

/// A run's file for reading.
///
/// It is opened for each read, so that a merge of any number of runs holds one descriptor.
struct RunInput {
    let path: String
    let calls: FileCalls

    /// The size in bytes.
    func size() throws(RunError) -> UInt64 {
        try withDescriptor { descriptor throws(RunError) in
            UInt64(try checked("fstat", path) { calls.size(descriptor) })
        }
    }

    /// Fills the buffer from `offset` on; a file that ends before is `.wrongSize`.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(RunError) {
        try withDescriptor { descriptor throws(RunError) in
            var done = 0
            while done < buffer.count {
                let left = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                let count = try checked("pread", path) { calls.read(descriptor, left, offset + UInt64(done)) }
                guard count > 0 else {
                    let words = "the file ends at byte \(offset + UInt64(done)), before \(buffer.count - done) more"
                    throw RunError(.wrongSize, path: path, call: "pread", reason: words)
                }
                done += count
            }
        }
    }

    /// Tells the system that the bytes need not stay in its cache.
    func forget(_ bytes: Range<UInt64>) throws(RunError) {
        let count = bytes.upperBound - bytes.lowerBound
        try withDescriptor { descriptor in calls.forget(descriptor, bytes.lowerBound, count) }
    }

    private func withDescriptor<R>(_ body: (Int32) throws(RunError) -> R) throws(RunError) -> R {
        let descriptor = Int32(try checked("open", path) { calls.open(path) })
        let result: Result<R, RunError>
        do { result = .success(try body(descriptor)) } catch { result = .failure(error) }
        let closed = calls.close(descriptor)
        let value = try result.get()
        // Nothing was written: an interrupted close has closed, another failure shows a wrong descriptor.
        if closed < 0 && closed != -Int(EINTR) {
            throw RunError(path: path, call: "close", errno: Int32(-closed))
        }
        return value
    }
}
