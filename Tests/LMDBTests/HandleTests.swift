// Goal: handles opened by several threads, in whatever order, lead each to its own database.
// Method: threads that open while a transaction of another thread runs.
import Testing

@testable import LMDB

@Suite(.endsHangs) struct HandleTests {
    // writer [ begins ................................ makes "new", which LMDB would give the slot of "old" ]
    // reader            [ uses "old" for the first time ]
    @Test("A database made after another thread opened one since the transaction began gets a slot of its own")
    func slotsDoNotMeet() throws {
        try withFolder { folder in
            do { try fill(Environment.open(at: folder, options: testOptions()), "old", 0..<3, value: [1]) }
            let environment = try Environment.open(at: folder, options: testOptions())
            var runs = 0
            try environment.write { txn in
                runs += 1
                TestThread {
                    let old = try entries(environment, "old")
                    #expect(old.count == 3)
                }.join()
                let new = try txn.createDatabase("new")
                for number in 0..<7 { try txn.put(key(number), [2], in: new) }
            }
            #expect(runs == 2)
            #expect(try entries(environment, "old") == [key(0): [1], key(1): [1], key(2): [1]])
            #expect(try entries(environment, "new").count == 7)
        }
    }

    // reader [ begins ................................ uses "old" too, with a handle that its transaction lacks ]
    // other           [ uses "old" for the first time ]
    @Test("A database that another thread opened since the transaction began is found all the same")
    func handleOfLaterTransaction() throws {
        try withFolder { folder in
            do { try fill(Environment.open(at: folder, options: testOptions()), "old", 0..<3, value: [1]) }
            let environment = try Environment.open(at: folder, options: testOptions())
            let found = try environment.read { txn in
                TestThread { _ = try entries(environment, "old") }.join()
                return try txn.value(of: key(1), in: txn.database("old"))
            }
            #expect(found == [1])
        }
    }

    @Test("W9: a body that swallows the first use of a database is committed once, after it found the database")
    func swallowedFirstUse() throws {
        try withFolder { folder in
            do { try fill(Environment.open(at: folder, options: testOptions()), "old", 0..<3) }
            let environment = try Environment.open(at: folder, options: testOptions())
            let isFound = try environment.write { txn in
                try txn.put(key(1), [1], in: txn.createDatabase("new"))
                do {
                    return try txn.database("old").name == "old"
                } catch {
                    return false
                }
            }
            #expect(isFound)
            #expect(try environment.info().lastTransactionID == 2)
        }
    }

    @Test("Threads that use many databases for the first time all at once find each its own")
    func concurrentOpening() throws {
        try withFolder { folder in
            let names = (0..<40).map { "db\($0)" }
            do {
                let environment = try Environment.open(at: folder, options: testOptions())
                for (number, name) in names.enumerated() { try fill(environment, name, number..<number + 1) }
            }
            let environment = try Environment.open(at: folder, options: testOptions())
            let threads = (0..<8).map { thread in
                TestThread {
                    for step in 0..<names.count {
                        let number = (step * 7 + thread * 5) % names.count
                        let found = try entries(environment, names[number])
                        #expect(found == [key(number): [1]])
                        if step % 10 == thread { try fill(environment, "new\(thread)", 0..<step) }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(try environment.read { try $0.databaseNames() }.count == names.count + 8)
        }
    }
}
