// Goal: readers of dead processes are cleared, and reader slots are given back.
// Method: a child process that is killed inside a read; more reads than there are slots.
import Glibc
import Synchronization
import Testing

@testable import LMDB

@Suite(.endsHangs) struct ReaderTests {
    @Test("The slot of a process killed while it read is found and cleared")
    func stale() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let environment = try Environment.open(at: folder, options: testOptions())
        #expect(try environment.staleReadersCleared() == 0)
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
            try nested(folder) { environment in try environment.read { _ in _ = kill(getpid(), SIGKILL) } }
        }
        #expect(try environment.staleReadersCleared() == 1)
        #expect(try environment.staleReadersCleared() == 0)
    }

    @Test("O7: Slots of dead readers are cleared when a reader finds none free")
    func staleWhenFull() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let environment = try openWithReaders(2, folder)
        for _ in 0..<2 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
                try nested(folder) { environment in try environment.read { _ in _ = kill(getpid(), SIGKILL) } }
            }
        }
        try readOnce(environment)
    }

    @Test("More reads at once than slots fail typed, and one after the other they take one slot")
    func full() throws {
        try withFolder { folder in
            let environment = try openWithReaders(2, folder)
            for _ in 0..<100 { try readOnce(environment) }
            try environment.read { _ in
                try environment.read { _ in
                    #expect(code { try readOnce(environment) } == .readersFull)
                }
            }
            try readOnce(environment)
            #expect(try environment.info().readersMax == 2)
        }
    }

    @Test("A reader that ended does not pin pages, though its slot waits to be used again")
    func noPinning() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<100, value: [UInt8](repeating: 1, count: 500))
            try readOnce(environment)
            let before = try environment.info().usedBytes
            for round in 0..<200 {
                try fill(environment, "t", 0..<100, value: [UInt8](repeating: UInt8(round), count: 500))
            }
            #expect(try environment.info().usedBytes < before * 4)
        }
    }

    private func openWithReaders(_ count: Int, _ folder: String) throws -> Environment {
        var options = testOptions()
        options.readersMax = count
        return try Environment.open(at: folder, options: options)
    }

    private func readOnce(_ environment: Environment) throws { try environment.read { _ in } }
}
