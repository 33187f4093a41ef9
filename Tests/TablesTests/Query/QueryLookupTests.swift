import LMDB
import Testing
import Values

@testable import Tables

/// Goal: the short way to plan a lookup gives the plan that the choice among everything gives, or leaves it to it.
///
/// Method: every kind of test over tables with every kind of index, planned both ways.
@Suite struct QueryLookupTests {
    private static let wheres = [
        "a = 1", "a = 'x'", "a = null", "a IS NULL", "a IN (1, 2)", "a IN (2, 1, 2)", "a IN (1, null)", "a = x'00'",
        "a > 1", "a BETWEEN 1 AND 2", "a STARTS WITH 'x'", "a != 1", "a IS MISSING", "a IS NOT NULL", "NOT a = 1",
        "a = 1 AND b = 2", "a = 1 OR a = 2", "a = 1 OR b = 2", "b = 1", "c = 1", "id = 1", "a = 'xxxxxxxx'",
    ]

    private func plans(_ store: QueryStore, _ query: Query) throws -> (short: QueryPlan?, long: QueryPlan?) {
        try store.store.read { txn in
            let catalog = try store.store.catalog(in: txn)
            let table = try catalog.table("t")
            let planning = QueryPlanning(query: query, table: table, indexes: catalog.indexes(of: table))
            func plan(_ body: () throws -> QueryPlan) throws -> QueryPlan? {
                do { return try body() } catch is GaplessError { return nil }
            }
            return (try plan { try planning.plan { _ in 1 } }, try plan { try planning.planByChoice { _ in 1 } })
        }
    }

    @Test(
        "R6: both ways come to the same walk",
        arguments: [
            [(["a"], true)], [(["a"], false)], [(["a"], true), (["a", "b"], true)], [(["a", "b"], true)],
            [(["id"], true), (["a"], true)], [(["b"], true), (["a"], false), (["c"], true)],
        ] as [[([String], Bool)]])
    func same(indexes: [([String], Bool)]) throws {
        let store = try QueryStore()
        for (fields, nulls) in indexes { try store.index(fields, nulls: nulls) }
        for text in Self.wheres + [String(repeating: "y", count: 600)].map({ "a = '\($0)'" }) {
            for order in [nil, "a", "id"] {
                let (short, long) = try plans(store, Query(where: text, orderBy: order))
                #expect(short?.steps.map(\.source) == long?.steps.map(\.source), "\(text)")
                #expect(short?.steps.map(\.ranges) == long?.steps.map(\.ranges), "\(text)")
                #expect(short?.steps.map(\.isOneKey) == long?.steps.map(\.isOneKey), "\(text)")
                #expect(short?.steps.map(\.condition) == long?.steps.map(\.condition), "\(text)")
                #expect(short?.delivery == long?.delivery, "\(text)")
            }
        }
    }

    @Test("R1, R4: an index that is not ready is no short way", arguments: [IndexState.building, .paused, .blocked])
    func notReady(state: IndexState) throws {
        let store = try QueryStore()
        try store.index(["a"], nulls: true, state: state)
        #expect(try plans(store, Query(where: "a = 1")).short.map { _ in true } == nil)
    }
}
