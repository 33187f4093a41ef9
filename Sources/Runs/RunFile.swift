internal import Glibc

/// The file under a `RunWriter`: created, written, published or removed, each step at most once and in this order.
final class RunFile {
    private enum State {
        case absent
        case open(descriptor: Int32)
        /// Closed, still under its unfinished name.
        case closed
        /// Renamed, or removed.
        case done
    }

    /// Bytes written between two starts of the disk: it works while the rest is made, and a sync at the end has little
    /// left to wait for (measured: a third of the wait, on a disk that takes 1.7 GB a second).
    private static let bytesBetweenStarts: UInt64 = 1 << 20

    let path: String
    private let unfinishedPath: String
    private let calls: FileCalls
    private var state = State.absent
    private var failure: RunError?
    private(set) var bytesWritten: UInt64 = 0
    /// What the disk was told to begin with.
    private var bytesOnTheirWay: UInt64 = 0

    private init(path: String, calls: FileCalls) {
        self.path = path
        unfinishedPath = path + RunFolder.unfinishedSuffix
        self.calls = calls
    }

    /// The file's own name.
    var name: String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.index(after: slash)...])
    }

    /// A new file with the format's header in it; if the header cannot be written, the file is removed again.
    static func created(
        path: String, calls: FileCalls, reportingTo report: (RunError) -> Void
    ) throws(RunError) -> RunFile {
        let file = RunFile(path: path, calls: calls)
        let descriptor = try checked("open", file.unfinishedPath) { calls.create(file.unfinishedPath) }
        file.state = .open(descriptor: Int32(descriptor))
        do { try file.write(RunFormat.header) } catch {
            do { try file.abandon() } catch { report(error) }
            throw error
        }
        return file
    }

    /// Throws the first failure, if there was one: nothing can follow it.
    func requireSound() throws(RunError) {
        if let failure { throw failure }
    }

    /// Remembers and returns a failure of the entries.
    func failed(_ code: RunError.Code, _ reason: String) -> RunError {
        let error = RunError(code, path: path, call: "append", reason: reason)
        failure = failure ?? error
        return error
    }

    func write(_ bytes: [UInt8]) throws(RunError) {
        try bytes.span.bytes.withUnsafeBytes { bytes throws(RunError) in try write(bytes) }
    }

    /// Writes all of the bytes, however many calls it takes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(RunError) {
        try requireSound()
        guard case .open(let descriptor) = state else { fatalError("\(unfinishedPath) is not open for writing") }
        var left = bytes
        while !left.isEmpty {
            let written = try remembered { () throws(RunError) in
                try checked("write", unfinishedPath) { calls.write(descriptor, left) }
            }
            guard written > 0 && written <= left.count else {
                throw failedCall("write", EIO, "took \(written) of \(left.count) bytes")
            }
            left = UnsafeRawBufferPointer(rebasing: left[written...])
            bytesWritten += UInt64(written)
        }
        let whole = bytesWritten / RunFile.bytesBetweenStarts * RunFile.bytesBetweenStarts
        if whole > bytesOnTheirWay {
            calls.startWriting(descriptor, bytesOnTheirWay, whole - bytesOnTheirWay)
            bytesOnTheirWay = whole
        }
    }

    /// Bytes durable, then the name, then the name durable.
    func publish() throws(RunError) {
        try requireSound()
        guard case .open(let descriptor) = state else { fatalError("\(unfinishedPath) is not open for writing") }
        _ = try checked("fsync", unfinishedPath) { calls.sync(descriptor) }
        try close(descriptor)
        _ = try checked("rename", unfinishedPath) { calls.rename(unfinishedPath, path) }
        state = .done
        let folder = parentFolder(of: path)
        _ = try checked("fsync", folder) { calls.syncFolder(folder) }
    }

    /// Closes and removes what is left of an unfinished file.
    func abandon() throws(RunError) {
        if case .open(let descriptor) = state { try close(descriptor) }
        guard case .closed = state else { return }
        state = .done
        _ = try checked("unlink", unfinishedPath) { calls.remove(unfinishedPath) }
    }

    /// Closes; an interrupted close has closed on Linux and must not be repeated.
    private func close(_ descriptor: Int32) throws(RunError) {
        state = .closed
        let result = calls.close(descriptor)
        if result < 0 && result != -Int(EINTR) {
            throw RunError(path: unfinishedPath, call: "close", errno: Int32(-result))
        }
    }

    private func remembered<R>(_ body: () throws(RunError) -> R) throws(RunError) -> R {
        do { return try body() } catch {
            failure = failure ?? error
            throw error
        }
    }

    private func failedCall(_ call: String, _ errno: Int32, _ reason: String) -> RunError {
        let error = RunError(.system, path: unfinishedPath, call: call, errno: errno, reason: reason)
        failure = failure ?? error
        return error
    }
}
