// Goal: a plan says exactly what it says, and one that cannot be read is refused with what would be right.
// Method: the parser alone; it is the same in builds with and without failpoints.
import Faults
import Testing

@Suite("Plans of failpoints")
struct FaultPlanTests {
    @Test("a plan has its rules in order, with their actions and conditions")
    func reads() throws {
        let plan = try FaultPlan(
            """
            lmdb.put=error(busy)@every:10 ; ledger.commit.after=abort@nth:3;
            runs.fsync=stall(500ms)@once@in:worker;zmq.send=lose@chance:5/7@on:dealer;lmdb.get=error(mapfull)@key:00fF;
            load.append.after=exit(9)@once:/tmp/a@after:2; scan.chunk = stop @times:2
            """)
        let points: [FaultPoint] = [
            .lmdbPut, .ledgerCommitAfter, .runsSync, .send, .lmdbGet, .loadAppendAfter, .scanChunk,
        ]
        #expect(plan.rules.map(\.point) == points)
        let actions: [FaultRule.Action] = [
            .fail(.busy), .abort, .stall(milliseconds: 500), .lose, .fail(.mapfull), .leave(code: 9), .stop,
        ]
        #expect(plan.rules.map(\.action) == actions)
        #expect(plan.rules[0].every == 10 && plan.rules[1].nth == 3)
        #expect(plan.rules[2].times == 1 && plan.rules[2].command == "worker")
        #expect(plan.rules[3].chance == 5 && plan.rules[3].seed == 7 && plan.rules[3].subject == "dealer")
        #expect(plan.rules[4].key == [0, 255])
        #expect(plan.rules[5].marker == "/tmp/a" && plan.rules[5].after == 2 && plan.rules[6].times == 2)
    }

    @Test("an empty plan has no rules")
    func empty() throws {
        #expect(try FaultPlan(" ; ").rules.isEmpty)
    }

    /// Plans that cannot be read, each with a word that its refusal must hold.
    static let wrong: [(plan: String, says: String)] = [
        ("lmdb.putt=error(busy)", "lmdb.put "), ("lmdb.putt=error(busy)", "worker.failure.after"),
        ("lmdb.put", "POINT=ACTION"), ("lmdb.put=", "POINT=ACTION"), ("lmdb.put=fail", "error(NAME)"),
        ("lmdb.put=error(bizzy)", "busy"), ("lmdb.put=stall(5)", "500ms"), ("lmdb.put=exit(256)", "exit(CODE)"),
        ("lmdb.put=error(busy)@sometimes", "@every:N"), ("lmdb.put=error(busy)@nth:0", "from 1 on"),
        ("lmdb.put=error(busy)@every:x", "from 1 on"), ("lmdb.put=error(busy)@key:0", "hexadecimal"),
        ("lmdb.commit.after=error(busy)", "takes no error"), ("runs.write=error(mapfull)", "error of LMDB"),
        ("lmdb.put=lose", "for messages"), ("zmq.receive=repeat", "for messages"),
    ]

    @Test("a plan that cannot be read is refused, and says what there is", arguments: wrong)
    func refuses(_ plan: String, _ says: String) {
        let error = #expect(throws: FaultSyntaxError.self) { try FaultPlan(plan) }
        #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
    }
}
