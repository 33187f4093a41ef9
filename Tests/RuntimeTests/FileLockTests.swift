// Goal: one holder at a time, in one process or in several; asking disturbs nobody; a holder's end, however it ends,
// frees the lock. Method: exit tests are the other processes.

import Glibc
import Runtime
import Testing

@Suite("File lock")
struct FileLockTests {
    @Test("a second taker in the same process is refused until the first lets go")
    func sameProcess() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/lock"
        var lock = try FileLock.take(path)
        #expect(lock != nil)
        #expect(try FileLock.take(path) == nil)
        #expect(try FileLock.isHeld(path))
        lock = nil
        #expect(try FileLock.isHeld(path) == false)
        #expect(try FileLock.take(path) != nil)
    }

    @Test("O2: another process is refused, and its asking and trying leave the lock with its holder")
    func otherProcess() async throws {
        let folder = TemporaryFolder()
        let lock = try FileLock.take("\(folder.path)/lock")
        #expect(lock != nil)
        for _ in 0..<2 {
            await #expect(processExitsWith: .exitCode(7)) { [path = "\(folder.path)/lock" as String] in
                guard try FileLock.isHeld(path), try FileLock.take(path) == nil, try FileLock.isHeld(path) else {
                    exit(1)
                }
                exit(7)
            }
            #expect(try FileLock.isHeld("\(folder.path)/lock"))
            #expect(try FileLock.take("\(folder.path)/lock") == nil)
        }
        withExtendedLifetime(lock) {}
    }

    @Test("O7: a lock dies with its holder, killed without warning")
    func killed() async throws {
        let folder = TemporaryFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = "\(folder.path)/lock" as String] in
            let lock = try FileLock.take(path)
            guard lock != nil, try FileLock.isHeld(path) else { exit(1) }
            kill(getpid(), SIGKILL)
            withExtendedLifetime(lock) {}
        }
        #expect(try FileLock.isHeld("\(folder.path)/lock") == false)
        #expect(try FileLock.take("\(folder.path)/lock") != nil)
    }

    @Test("asking about a file that is not there makes none, and says that nobody holds it")
    func asking() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/lock"
        #expect(try FileLock.isHeld(path) == false)
        #expect(access(path, F_OK) != 0)
    }

    @Test("a lock file is its owner's alone; a lock that cannot be had for another reason is an error, not a refusal")
    func errors() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/lock"
        let lock = try FileLock.take(path)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(throws: SystemError.self) { try FileLock.take("\(folder.path)/none/lock") }
        #expect(throws: SystemError.self) { try FileLock.isHeld("\(path)/below") }
        withExtendedLifetime(lock) {}
    }
}
