internal import Glibc

/// What went wrong with a run, which file it is, and what was being done.
public struct RunError: Error, Hashable, Sendable {
    /// The kinds of failure, by what a caller does about them.
    public enum Code: Hashable, Sendable {
        /// There is no such file.
        case missing
        /// The file has not the size it should have.
        case wrongSize
        /// Bytes of the file are not what was written.
        case corrupt
        /// A sound run, but not the one that was asked for.
        case wrongRun
        /// A run of a format version that this program does not read.
        case unsupportedVersion
        /// An entry equals its predecessor, in one run or across runs.
        case equalEntry
        /// An entry is smaller than its predecessor.
        case descendingEntry
        /// An entry has no bytes, or more than `RunLimits.entryBytesMax`.
        case entrySize
        /// The system refused a call; `errno` says why.
        case system
    }

    /// The kind of failure.
    public let code: Code
    /// The file or folder.
    public let path: String
    /// The system call that failed, or the step of ours ("open", "pread", "block 3").
    public let call: String
    /// The system's error number; 0 unless `code` is `.system` or `.missing`.
    public let errno: Int32
    /// What is wrong, in words.
    public let reason: String

    init(_ code: Code, path: String, call: String, errno: Int32 = 0, reason: String) {
        self.code = code
        self.path = path
        self.call = call
        self.errno = errno
        self.reason = reason
    }

    /// A system call's refusal; "no such file" has its own code.
    init(path: String, call: String, errno: Int32) {
        let words = String(cString: strerror(errno))
        self.init(errno == ENOENT ? .missing : .system, path: path, call: call, errno: errno, reason: words)
    }

    /// True if the disk, a quota or a file size limit left no room: waiting for space may help.
    public var isOutOfSpace: Bool {
        code == .system && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
    }

    /// True if the run cannot be used and its range has to be scanned again.
    public var isDamage: Bool {
        switch code {
        case .missing, .wrongSize, .corrupt, .wrongRun, .unsupportedVersion: true
        case .equalEntry, .descendingEntry, .entrySize, .system: false
        }
    }
}

extension RunError: CustomStringConvertible {
    /// One line: the file, the step and what is wrong.
    public var description: String { "run file \(path): \(call): \(reason)" }
}
