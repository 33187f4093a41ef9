/// The configurations that the test suite searches completely.
extension Scope {
    /// Each mishap by itself and with a writer, small enough for the suite.
    public static let suite: [Scope] = [
        scope("no mishap, from the beginning") { $0.startsUnderWay = false },
        scope("1 writer") { $0.scripts = [rewriteAndDelete, insert] },
        scope("1 writer, 1 lost message") {
            $0.scripts = [rewriteAndDelete]
            $0.losses = 1
        },
        scope("1 writer, 1 doubled message") {
            $0.scripts = [rewrite]
            $0.duplicates = 1
        },
        scope("1 late message") { $0.lateMessages = 1 },
        scope("2 ranges, 1 writer, 1 late message") {
            $0.ranges = 2
            $0.scripts = [rewrite]
            $0.lateMessages = 1
        },
        scope("1 worker taken for lost") { $0.suspicions = 1 },
        scope("1 worker killed") { $0.kills = 1 },
        scope("6 records, 1 worker leaves") {
            $0.records = 6
            $0.departures = 1
        },
        scope("2 ranges, 1 coordinator restart") {
            $0.ranges = 2
            $0.restarts = 1
        },
        scope("2 ranges, 1 second coordinator") {
            $0.workers = 1
            $0.ranges = 2
            $0.secondCoordinators = 1
        },
        scope("1 record that cannot be indexed") { $0.poison = 2 },
        scope("1 record that cannot be indexed until it is rewritten") {
            $0.poison = 2
            $0.scripts = [[.put(key: 2, value: 1)]]
        },
    ]

    static let rewrite: [Write] = [.put(key: 2, value: 1)]
    static let rewriteAndDelete: [Write] = [.put(key: 2, value: 1), .delete(key: 2)]
    static let insert: [Write] = [.put(key: 4, value: 1)]

    private static func scope(_ name: String, _ configure: (inout Scope) -> Void) -> Scope {
        var scope = Scope(name)
        configure(&scope)
        return scope
    }
}
