import Dispatch
import Synchronization
import Testing

@testable import GaplessKit

/// Goal: however many transactions are awaited, a bounded number of threads does them, and none is forgotten.
///
/// The limit ends a hang; what awaits stands behind all other tests of the run, for minutes on two cores.
@Suite(.timeLimit(.minutes(30))) struct ThreadTests {
    @Test("at most so many run at one time; the others wait in order, and all are done")
    func bound() {
        let threads = TransactionThreads(name: "test", max: 2)
        let order = Mutex<[Int]>([])
        let (release, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let started = DispatchSemaphore(value: 0)
        for _ in 0..<2 {
            threads.run { _ in
                started.signal()
                release.wait()
            }
        }
        for _ in 0..<2 { started.wait() }
        for number in 0..<100 {
            threads.run { refusal in
                let isLast = order.withLock { order in
                    if refusal == nil { order.append(number) }
                    return order.count == 100
                }
                if isLast { ended.signal() }
            }
        }
        #expect(order.withLock { $0 }.isEmpty, "both threads are taken")
        for _ in 0..<2 { release.signal() }
        ended.wait()
        #expect(order.withLock { $0 }.sorted() == Array(0..<100))
    }

    @Test("writes of one process are done in the order in which they came")
    func inOrder() {
        let threads = TransactionThreads(name: "test", max: 1)
        let order = Mutex<[Int]>([])
        let ended = DispatchSemaphore(value: 0)
        for number in 0..<100 { threads.run { _ in order.withLock { $0.append(number) } } }
        threads.run { _ in ended.signal() }
        ended.wait()
        #expect(order.withLock { $0 } == Array(0..<100))
    }

    @Test("many more transactions than threads are awaited at once")
    func many() async throws {
        let scratch = try Scratch()
        let database = try await Database.open(scratch.database)
        try await database.write { _ = try $0.create(Person.table) }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<(5 * Database.readersMax) {
                group.addTask { try await database.read { try $0.count(Person.table) } }
            }
            for try await count in group { #expect(count == 0) }
        }
    }
}
