import ArgumentParser
import Glibc
import Tables
import Values

/// `gapless throttle`.
struct ThrottleCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "throttle", abstract: "Bound what builds may take; live, without a restart.",
        discussion: """
            For one index or, without a name, for all. Workers see it within a moment. --max-writer-wait keeps the waits
            of applications that write through Gapless short: loads hold the write lock for less, and less often, by
            what writers really wait. --records-per-second is for all workers together: records scanned, entries loaded.
            Without a bound the present ones are shown.

            Example:
              gapless throttle --max-writer-wait 10ms
              gapless throttle people.email --records-per-second 50000 --for 1h
              gapless throttle --off
            """)

    struct Cell: Encodable {
        /// Nil: all indexes.
        let index: String?
        let maxWriterWaitMicros: Int64?
        let recordsPerSecond: Int64?
        let until: String?

        init(_ index: String?, _ throttle: Throttle) {
            self.index = index
            maxWriterWaitMicros = throttle.maxWriterWaitMicros
            recordsPerSecond = throttle.recordsPerSecond
            until = throttle.untilMillis.map { millis in
                let seconds = millis / 1_000
                return Timestamp(seconds: seconds, nanoseconds: UInt32(millis - seconds * 1_000) * 1_000_000)
                    .description
            }
        }

        var text: String {
            var parts: [String] = []
            if let maxWriterWaitMicros {
                parts.append("writers wait at most \(Double(maxWriterWaitMicros) / 1_000) ms")
            }
            if let recordsPerSecond { parts.append("\(Int(recordsPerSecond).grouped) records a second") }
            if let until { parts.append("until \(until)") }
            return "\(index ?? "all indexes"): \(parts.isEmpty ? "not bounded" : parts.joined(separator: ", "))"
        }
    }

    @Argument(
        help: ArgumentHelp("The index, as TABLE.NAME; default: all.", valueName: "table.name"), completion: .index)
    var index: String?
    @Option(help: ArgumentHelp("The longest wait of a writer.", valueName: "time")) var maxWriterWait: TimeSpan?
    @Option(help: ArgumentHelp("Records a second, of all workers together.", valueName: "n")) var recordsPerSecond:
        Int64?
    @Flag(help: "Take the bounds off.") var off = false
    @Option(
        name: .customLong("for"), help: ArgumentHelp("For so long; default: until it is taken off.", valueName: "time"))
    var span: TimeSpan?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        let isSetting = maxWriterWait != nil || recordsPerSecond != nil
        if off, isSetting { throw ValidationError("--off takes all bounds off: leave the others out.") }
        if span != nil, !isSetting { throw ValidationError("--for needs a bound that lasts so long.") }
        if let recordsPerSecond, recordsPerSecond < 1 {
            throw ValidationError("--records-per-second takes a number from 1 on; index pause stops a build.")
        }
        if let maxWriterWait, maxWriterWait.milliseconds < 1 {
            throw ValidationError("--max-writer-wait takes a time from 1ms on.")
        }
    }

    func run() throws {
        let store = try global.openStore()
        let now = Self.now()
        if off || maxWriterWait != nil || recordsPerSecond != nil {
            let throttle = Throttle(
                maxWriterWaitMicros: maxWriterWait.map { $0.milliseconds * 1_000 }, recordsPerSecond: recordsPerSecond,
                untilMillis: span.map { now + $0.milliseconds })
            try store.write { txn in try store.setThrottle(throttle, of: index, in: txn) }
        }
        let cells = try store.read { txn in
            let indexes = try index.map { [try store.catalog(in: txn).index($0)] } ?? store.catalog(in: txn).indexes
            let own = try indexes.map { Cell($0.fullName, try store.throttle(of: $0.id, atMillis: now, in: txn)) }
            let all = Cell(nil, try store.throttle(of: nil, atMillis: now, in: txn))
            return [all]
                + own.filter { $0.index == index || $0.maxWriterWaitMicros != nil || $0.recordsPerSecond != nil }
        }
        try show(cells, text: cells.map { $0.text + "\n" }.joined())
    }

    private static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }
}
