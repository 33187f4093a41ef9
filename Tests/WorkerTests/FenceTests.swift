// Goal: whoever lost a lease changes nothing, at whatever transaction it wakes. Method: the lease in the ledger is
// given to somebody else between two transactions; index and delta are compared before and after.

import Glibc
import LMDB
import Runs
import Runtime
import Synchronization
import Tables
import TestSupport
import Testing
import Values

@testable import Backfill
@testable import Ledger
@testable import Worker

@Suite("Fences")
struct FenceTests {
    /// What makes a lease another's, or nobody's.
    enum Loss: String, CaseIterable {
        case attempt, epoch, holder, nobody, stage, row

        func change(_ build: inout BuildRow) {
            switch self {
            case .attempt: build.attempt += 1
            case .epoch: build.epoch += 1
            case .holder: build.owner = Site.incarnation(2)
            case .nobody: build.owner = nil
            case .stage: build.stage = .loaded
            case .row: build.index = 0
            }
        }
    }

    private func lose(_ site: Site, by loss: Loss) throws {
        guard loss != .row else {
            try site.ledger.remove(job: site.job.id, epoch: site.epoch)
            return
        }
        var build = site.builds[0]
        loss.change(&build)
        try site.set(build)
    }

    @Test("O2, O3: a load under a lease that is another's is fenced and changes nothing", arguments: Loss.allCases)
    func load(_ loss: Loss) throws {
        let site = try Site(people(0..<10))
        try site.scanAll()
        let grant = try site.loadGrant()
        let appender = try site.appender(grant)
        try lose(site, by: loss)
        let batch = try batch([Array("entry".utf8)])
        #expect(throws: Fenced.self) { try appender.append(batch) }
        #expect(throws: Fenced.self) { try appender.empty() }
        #expect(try site.entries().isEmpty)
        if loss != .row { #expect(throws: Fenced.self) { try site.load(grant) } }
        #expect(try site.entries().isEmpty)
    }

    @Test("O2: a loader that is replaced between any two of its transactions appends nothing more", arguments: 0..<5)
    func betweenAppends(_ transactions: Int) throws {
        let site = try Site()
        let grant = try site.loadGrant()
        let appender = try site.appender(grant, transactionBytes: 1)
        let entries = (0..<5).map { Array("entry \($0)".utf8) }
        for entry in entries[..<transactions] { try append([entry], with: appender) }
        let before = try site.entries()
        #expect(before == Array(entries[..<transactions]))
        let successor = try site.loadGrant()
        #expect(throws: Fenced.self) { try append(Array(entries[transactions...]), with: appender) }
        #expect(throws: Fenced.self) { try appender.empty() }
        #expect(try site.entries() == before)
        try append(Array(entries[transactions...]), with: site.appender(successor))
        #expect(try site.entries() == entries)
    }

    private func append(_ entries: [[UInt8]], with appender: Appender) throws {
        try appender.append(batch(entries))
    }

    @Test("O2: a loader that is replaced in the middle of a batch stops there: what stands is a prefix and stays")
    func middleOfBatch() throws {
        let site = try Site()
        let entries = (0..<20_000).map { Array("entry \(100_000 + $0)".utf8) }
        let control = try WorkControl()
        let appender = try site.appender(site.loadGrant(), control: control, transactionBytes: 100)
        let batch = try batch(entries)
        let (ledger, epoch) = (site.ledger, site.epoch)
        var build = site.builds[0]
        build.attempt += 1
        let usurper = Background { [build] in
            while control.progress.entries < 200 { sched_yield() }
            try ledger.commit([.build(build)], epoch: epoch)
        }
        #expect(throws: Fenced.self) { try appender.append(batch) }
        try usurper.result()
        let left = try site.entries()
        #expect(left.count >= 200 && left.count < entries.count)
        #expect(left == Array(entries[..<left.count]))
        #expect(control.progress.entries == UInt64(left.count), "counted is what was committed")
    }

    @Test(
        "O2, O3: a drain under a lease that is another's is fenced and changes neither index nor delta",
        arguments: Loss.allCases)
    func drain(_ loss: Loss) throws {
        let site = try Site(people(0..<10))
        try site.scanAll()
        try site.load()
        try site.put(people(10..<20))
        let grant = try site.drainGrant()
        try lose(site, by: loss)
        let (entries, delta) = (try site.entries(), try site.deltaCount())
        #expect(delta == 10)
        #expect(throws: (any Error).self) { try site.drain(grant) }
        if loss != .row { #expect(throws: Fenced.self) { try site.drain(grant) } }
        #expect(try site.entries() == entries)
        #expect(try site.deltaCount() == delta)
    }

    @Test("O2: a drain that is replaced between two of its transactions stops there, and the rest of the delta stays")
    func middleOfDrain() throws {
        let site = try Site(people(0..<10))
        try site.scanAll()
        try site.load()
        let count = 4 * DrainWork.enough
        try site.put(people(10..<(10 + count)))
        let (grant, control) = (try site.drainGrant(), try WorkControl())
        // At this pace it would go on for seconds: its successor comes in the middle of it.
        try site.store.write { try site.store.setThrottle(Throttle(recordsPerSecond: 1_000), in: $0) }
        let (ledger, epoch) = (site.ledger, site.epoch)
        var build = site.builds[0]
        build.attempt += 1
        let usurper = Background { [build] in
            while control.progress.entries == 0 { sched_yield() }
            try ledger.commit([.build(build)], epoch: epoch)
        }
        #expect(throws: Fenced.self) { try site.drain(grant, control: control) }
        try usurper.result()
        let left = try site.deltaCount()
        #expect(left > DrainWork.enough && left < count)
        #expect(control.progress.entries == UInt64(count - left), "counted is what was committed")
        #expect(try site.entries().count == 10 + count - left)
    }

    @Test("O3: a lease of a load is none of a drain, nor of another index, nor of a scan")
    func otherItems() throws {
        let site = try Site(people(0..<10), indexes: [["email"], ["id"]])
        try site.scanAll()
        let load = try site.loadGrant(0).lease
        let others: [WorkItem] = [.drain(index: 0), .load(index: 1), .scan(range: 0)]
        for item in others {
            let lease = Lease(job: load.job, item: item, attempt: load.attempt, epoch: load.epoch)
            #expect(throws: Fenced.self) {
                try site.store.read { txn in _ = try site.ledger.confirm(lease, of: site.holder.nonce, in: txn) }
            }
        }
        try site.store.read { txn in _ = try site.ledger.confirm(load, of: site.holder.nonce, in: txn) }
    }

    @Test("O5: a pause ends at an order, and the fence comes before the next change")
    func pauses() throws {
        let began = ShellClock.microseconds()
        var control = try WorkControl()
        // Many times: in some of them the order comes while the thread waits, in others before.
        for _ in 0..<50 {
            control = try WorkControl()
            let waiting = Waiting(control)
            while !waiting.hasBegun { sched_yield() }
            control.give(.abandon)
            #expect(try waiting.result() == false)
            guard ShellClock.microseconds() - began < 30_000_000 else { break }
        }
        #expect(control.pause(milliseconds: 60_000) == false, "an order that came before is not slept over")
        #expect(ShellClock.microseconds() - began < 30_000_000)
        #expect(throws: Abandoned.self) { try control.check() }
    }

    @Test("O5: an abandoned loader stops between two transactions; a cut one gives back what it has not done")
    func orders() throws {
        let site = try Site()
        for (order, isAbandoned) in [(WorkControl.Order.abandon, true), (.cut, false)] {
            let control = try WorkControl()
            let appender = try site.appender(site.loadGrant(), control: control)
            control.give(order)
            let batch = try batch([[1]])
            let error = #expect(throws: (any Error).self) { try appender.append(batch) }
            #expect((error is Abandoned) == isAbandoned)
            #expect((error as? WorkError)?.kind == (isAbandoned ? nil : .released))
            #expect(try site.entries().isEmpty)
        }
    }
}

/// A thread that pauses for a minute unless it is given an order.
private struct Waiting {
    private final class Flag: Sendable {
        let isRaised = Atomic<Bool>(false)
    }

    private let flag = Flag()
    private let thread: Background<Bool>

    init(_ control: WorkControl) {
        thread = Background { [flag] in
            flag.isRaised.store(true, ordering: .releasing)
            return control.pause(milliseconds: 60_000)
        }
    }

    var hasBegun: Bool { flag.isRaised.load(ordering: .acquiring) }
    func result() throws -> Bool { try thread.result() }
}
