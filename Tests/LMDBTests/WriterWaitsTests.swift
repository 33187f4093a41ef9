import Testing

@testable import LMDB

/// Goal: what writers wait is counted in classes that do not overlap, and one pace serves all who take turns.
@Suite struct WriterWaitsTests {
    @Test("every wait is in the one class whose bounds it lies between")
    func classes() {
        for micros in Array(UInt64(1)...5_000) + [1 << 20, 3 << 20, 1 << 30] {
            let place = WriterWaits.place(ofNanoseconds: micros * 1_000)
            #expect(WriterWaits.lowerMicroseconds(of: place) <= Int64(micros))
            // The first octave has no half.
            let next = micros == 1 ? 2 : place + 1
            #expect(WriterWaits.lowerMicroseconds(of: next) > Int64(micros), "\(micros)")
        }
        #expect(WriterWaits.place(ofNanoseconds: 0) == 0)
        #expect(WriterWaits.place(ofNanoseconds: .max) == WriterWaits.classes - 1)
    }

    @Test("each announced writer is counted once, a loader never")
    func counted() throws {
        try withEnvironment { environment in
            let before = environment.writerGate.waits
            for _ in 0..<5 { try environment.write { _ in } }
            try environment.writeAsLoader { _ in }
            let waits = environment.writerGate.waits.since(before)
            #expect(waits.total >= 5 && waits.total <= 10, "a transaction that runs again is announced again")
            #expect(waits.count(atLeastMicroseconds: 0) == waits.total)
        }
    }

    @Test("turns follow one another at the pace; one that lies impossibly far ahead is forgotten")
    func turns() throws {
        let gate = WriterGate(page: try GatePage.inMemory())
        let first = gate.takeTurn(of: 10, perSecond: 1_000)
        let second = gate.takeTurn(of: 20, perSecond: 1_000)
        #expect((19_000...21_000).contains(second - first))
        let far = gate.takeTurn(of: 1_000, perSecond: 1)
        #expect(far > second + 900_000_000)
        let near = gate.takeTurn(of: 1, perSecond: 1_000)
        #expect(near < far - 900_000_000)
    }
}
