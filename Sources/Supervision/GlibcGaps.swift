internal import Glibc

/// Functions that glibc has (2.36 or later) and the compiler's map of glibc leaves out: looked up by name, once.
enum GlibcGaps {
    private typealias PidfdOpen = @convention(c) (pid_t, UInt32) -> Int32
    private typealias Pipe2 = @convention(c) (UnsafeMutablePointer<Int32>?, Int32) -> Int32
    private typealias SetName = @convention(c) (pthread_t, UnsafePointer<CChar>?) -> Int32

    // Each type is the function's own, from its manual page.
    private static let pidfdOpen = dlsym(nil, "pidfd_open").map { unsafeBitCast($0, to: PidfdOpen.self) }
    private static let pipe2 = dlsym(nil, "pipe2").map { unsafeBitCast($0, to: Pipe2.self) }
    private static let setName = dlsym(nil, "pthread_setname_np").map { unsafeBitCast($0, to: SetName.self) }

    /// pidfd_open(2); throws ESRCH when there is no such process (any more).
    static func openPidDescriptor(_ pid: pid_t) throws -> Int32 {
        guard let pidfdOpen else { throw SystemFailure("pidfd_open", "of glibc 2.36 or later", code: ENOSYS) }
        let descriptor = pidfdOpen(pid, 0)
        guard descriptor >= 0 else { throw SystemFailure("pidfd_open", "process \(pid)") }
        return descriptor
    }

    /// pipe2(2): both ends closed in children that are started at the same moment by another thread.
    static func openPipe(_ flags: Int32, for purpose: String) throws -> (readingEnd: Int32, writingEnd: Int32) {
        guard let pipe2 else { throw SystemFailure("pipe2", purpose, code: ENOSYS) }
        var ends: [Int32] = [0, 0]
        guard pipe2(&ends, flags | O_CLOEXEC) == 0 else { throw SystemFailure("pipe2", purpose) }
        return (ends[0], ends[1])
    }

    /// Names the calling thread: at most 15 bytes; a longer name is refused, which loses nothing but the name.
    static func nameThisThread(_ name: String) {
        _ = setName?(pthread_self(), name)
    }
}
