import Testing

@testable import LMDB

// Goal: what a caller keeps with a snapshot lasts exactly as long as what it was made from.
// Method: objects made in one transaction after another, and asked for again.
@Suite(.endsHangs) struct KeptTests {
    private final class Owner {}

    private final class Made {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    /// Asks `times` times, by turns of the owners, and gives the numbers of the objects that came.
    private func ask(
        _ txn: borrowing some ReadableTransaction & ~Copyable, _ owners: [Owner], _ count: inout Int, times: Int
    ) throws -> [Int] {
        try (0..<times).map { turn in
            try txn.kept(by: owners[turn % owners.count]) {
                count += 1
                return Made(count)
            }.number
        }
    }

    @Test("R1: kept within a read transaction, made anew in the next one and in one inside")
    func reads() throws {
        try withEnvironment { environment in
            let owner = Owner()
            var count = 0
            let first = try environment.read { try ask($0, [owner], &count, times: 3) }
            #expect(first == [1, 1, 1])
            try environment.read { outer in
                let before = try ask(outer, [owner], &count, times: 2)
                let inner = try environment.read { try ask($0, [owner], &count, times: 2) }
                let after = try ask(outer, [owner], &count, times: 2)
                #expect([before, inner, after] == [[2, 2], [3, 3], [2, 2]])
            }
        }
    }

    @Test("R1: a write transaction keeps nothing, whatever way it is read")
    func writes() throws {
        try withEnvironment { environment in
            let owner = Owner()
            var count = 0
            try environment.write { txn in
                let direct = try ask(txn, [owner], &count, times: 2)
                let asReader = try txn.reading { try ask($0, [owner], &count, times: 2) }
                #expect(direct + asReader == [1, 2, 3, 4])
            }
        }
    }

    @Test("no owner gets what another one keeps")
    func owners() throws {
        try withEnvironment { environment in
            let owners = [Owner(), Owner()]
            var count = 0
            let numbers = try environment.read { try ask($0, owners, &count, times: 3) }
            #expect(numbers == [1, 2, 3])
        }
    }

    @Test("a write transaction read as a reader shows what was written so far")
    func reading() throws {
        try withEnvironment { environment in
            try environment.write { txn in
                let database = try txn.createDatabase("a")
                try txn.put([1], [2], in: database)
                let value = try txn.reading { try $0.value(of: [1], in: database) }
                #expect(value == [2])
            }
        }
    }
}
