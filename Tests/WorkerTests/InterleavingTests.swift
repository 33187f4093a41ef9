// Goal: whatever applications write between the chunks of a scan and the other steps of a build, the index that is
// published holds what the records call for. Method: a table of three records, scanned one record a chunk; one or two
// writes at every place between two steps; the outcome is compared with a plain model.
//
//     places:  0   | record 1 |  1  | record 2 |  2  | record 3 |  3  | report |  4  | load |  5  | drain |  6  |
// publish
//     writes:  put a new record before, behind or instead of one; delete one; write one again as it is

import Tables
import Testing
import Values

@testable import Backfill
@testable import Ledger
@testable import Worker

@Suite("Interleavings of writes and the steps of a build")
struct InterleavingTests {
    enum Write: CaseIterable {
        case insertBefore, insertBehind, change1, change2, change3, same2, delete1, delete2, delete3

        func apply(to site: Site, _ model: inout [Int: String]) throws {
            switch self {
            case .insertBefore: try put(0, "before", site, &model)
            case .insertBehind: try put(9, "behind", site, &model)
            case .change1: try put(1, "new", site, &model)
            case .change2: try put(2, "new", site, &model)
            case .change3: try put(3, "new", site, &model)
            case .same2: try put(2, model[2] ?? "old", site, &model)
            case .delete1: try delete(1, site, &model)
            case .delete2: try delete(2, site, &model)
            case .delete3: try delete(3, site, &model)
            }
        }

        private func put(_ id: Int, _ email: String, _ site: Site, _ model: inout [Int: String]) throws {
            try site.put([person(id, email: email)])
            model[id] = email
        }

        private func delete(_ id: Int, _ site: Site, _ model: inout [Int: String]) throws {
            try site.delete(id)
            model[id] = nil
        }
    }

    private static let places = 7

    /// Builds with each write at its place, and expects what the model says.
    private func build(_ writes: [(place: Int, write: Write)]) throws {
        let site = try Site((1...3).map { person($0, email: "old") })
        var model = [1: "old", 2: "old", 3: "old"]
        func reach(_ place: Int) throws {
            for step in writes where step.place == place { try step.write.apply(to: site, &model) }
        }
        let grant = try site.lease()
        var work = site.scanWork(try WorkControl())
        work.recordsPerLook = 1
        work.chunkMicroseconds = 0
        let assignment = try Assignment(grant, in: site.store)
        let harvest = Harvest(assignment, memoryBytes: 8 << 20)
        for place in 0..<3 {
            try reach(place)
            _ = try work.chunk(from: nil, to: nil, of: assignment, harvest)
        }
        try reach(3)
        while try work.chunk(from: nil, to: nil, of: assignment, harvest) != .ended {}
        try site.settle(work.result(harvest, grant, until: nil))
        try reach(4)
        try site.load()
        try reach(5)
        try site.drain()
        try reach(6)
        let outcome = try site.publish()
        let wanted = try Site.entries(model.map { ($0.value, $0.key) })
        #expect(outcome == .published(entries: UInt64(wanted.count)), "\(writes)")
        #expect(try site.entries() == wanted, "\(writes)")
        #expect(try site.index().ready != nil)
    }

    @Test("W1, W2: one write at every place between two steps", arguments: Write.allCases)
    func one(_ write: Write) throws {
        for place in 0..<Self.places { try build([(place, write)]) }
    }

    @Test("W1, W2: two writes at every two places between steps", arguments: Write.allCases)
    func two(_ first: Write) throws {
        for second in Write.allCases {
            for (place, later) in [(0, 2), (1, 1), (1, 2), (2, 3), (1, 4), (2, 5), (3, 6), (4, 5), (5, 6), (6, 6)] {
                try build([(place, first), (later, second)])
            }
        }
    }

    @Test("W1: 200 records under old, 100 become new while their ranges are scanned: 100 and 100, none under both")
    func halfRenamed() throws {
        let site = try Site((0..<200).map { person($0, email: "old") })
        for start in stride(from: 0, to: 200, by: 20) {
            let interval = KeyInterval(
                start: start == 0 ? nil : idKey(start), end: start == 180 ? nil : idKey(start + 20))
            // Half of the changes before the scan of their range, half behind it.
            try site.put((start..<start + 5).map { person($0, email: "new") })
            try site.settle(site.scan(site.lease(interval)))
            try site.put((start + 5..<start + 10).map { person($0, email: "new") })
        }
        #expect(try site.finish() == [.published(entries: 200)])
        let wanted = (0..<200).map { ($0 % 20 < 10 ? "new" : "old", $0) }
        #expect(try site.entries() == Site.entries(wanted))
    }
}
