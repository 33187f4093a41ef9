// Goal: what people see is right and fits: progress, tables, log lines. Method: on values, with time by hand.
import Logging
import Synchronization
import Testing

@testable import gapless

@Suite("What people see")
struct TerminalTests {
    /// Text that goes out, and the time, both in the hands of the test.
    final class Screen: Sendable {
        let text = Mutex("")
        let now = Mutex(Duration.zero)

        func write(_ more: String) { text.withLock { $0 += more } }
        func take() -> String {
            text.withLock { text in
                defer { text = "" }
                return text
            }
        }
        func set(_ time: Duration) { now.withLock { $0 = time } }
    }

    @Test("the rate is that of the last seconds, the time left follows from it")
    func meter() {
        var meter = ProgressMeter(unit: "records", total: 10_000, at: .zero)
        #expect(meter.rate == 0 && meter.remaining == nil)
        meter.note(done: 1_000, at: .seconds(1))
        #expect(meter.rate == 1_000 && meter.remaining == .seconds(9))
        for second in 2...20 { meter.note(done: 1_000 + UInt64(second - 1) * 100, at: .seconds(second)) }
        #expect(meter.rate == 100 && meter.meanRate == 145)
        #expect(meter.fraction == 0.29)
        #expect(meter.summary == "2,900 of 10,000 records (29%), 100/s, 1m 11s left")
    }

    @Test("progress is never over 100 % and a rate never negative, even when the numbers say so")
    func meterBounds() {
        var meter = ProgressMeter(unit: "records", total: 10, at: .zero)
        meter.note(done: 20, at: .seconds(1))
        #expect(meter.fraction == 1 && meter.remaining == .zero)
        meter.note(done: 5, at: .seconds(2))
        #expect(meter.rate >= 0)
        #expect(ProgressMeter(unit: "records", total: 0, at: .zero).fraction == 1)
    }

    @Test("a bar is redrawn in place, as wide as the terminal allows, ten times a second at most")
    func barOnTerminal() {
        let screen = Screen()
        var bar = ProgressBar(
            "import", unit: "records", total: 200, display: .terminal(width: { 70 }, write: { screen.write($0) }),
            clock: { screen.now.withLock { $0 } })
        screen.set(.seconds(1))
        bar.update(done: 100)
        #expect(screen.take() == "\rimport  [============             ]  50%  100 records  100/s  1s left")
        screen.set(.milliseconds(1050))
        bar.update(done: 105)
        #expect(screen.take() == "")
        screen.set(.seconds(2))
        bar.finish(done: 200)
        let last = screen.take()
        #expect(last.hasPrefix("\rimport  [") && last.contains("100%  200 records  100/s") && last.hasSuffix("\n"))
        #expect(last.split(separator: "\n").allSatisfy { $0.count <= 71 })
    }

    @Test("no line is wider than a narrow terminal", arguments: [1, 5, 20, 40, 79, 200])
    func barFits(_ width: Int) {
        var meter = ProgressMeter(unit: "records", total: 1_000_000_000, at: .zero)
        meter.note(done: 123_456_789, at: .seconds(1000))
        #expect(meter.line(title: "index people.email", width: width).count <= width)
    }

    @Test("elsewhere one line comes every few seconds, none for short work")
    func barElsewhere() {
        let screen = Screen()
        var bar = ProgressBar(
            "import", unit: "records", display: .log { screen.write($0 + "\n") }, clock: { screen.now.withLock { $0 } })
        for tenth in 0..<120 {
            screen.set(.milliseconds(tenth * 100))
            bar.update(done: UInt64(tenth))
        }
        bar.finish(done: 120)
        #expect(screen.take() == "import: 50 records, 10/s\nimport: 100 records, 10/s\n")
    }

    @Test("durations and numbers are written for people")
    func words() {
        #expect(
            [0.2, 59, 60, 3_599, 3_600, 90_000].map { Duration.seconds($0).inWords } == [
                "1s", "59s", "1m 00s", "59m 59s", "1h 00m", "25h 00m",
            ])
        #expect([0, 999, 1_000, 1_234_567, -1_000].map(\.grouped) == ["0", "999", "1,000", "1,234,567", "-1,000"])
    }

    @Test("tables have columns as wide as they must be and no spaces at their ends")
    func table() {
        var table = TextTable([("NAME", .left), ("RECORDS", .right), ("NOTE", .left)])
        #expect(table.isEmpty)
        table.add(["people", "5", ""])
        table.add(["a", "1,000,000", "x"])
        #expect(table.text == "NAME      RECORDS  NOTE\npeople          5\na       1,000,000  x\n")
    }

    @Test("log lines are one line of plain ASCII, in text and in JSON")
    func logLines() throws {
        let screen = Screen()
        for format in LogFormat.allCases {
            var logger = Logger(label: "import") { label in
                LineLogHandler(
                    label: label, format: format, write: { screen.write($0) }, clock: { (1_795_435_200, 7_000_000) })
            }
            logger[metadataKey: "range"] = "3"
            logger.debug("not shown")
            logger.warning("two\nlines \u{e9}\"", metadata: ["key": "a b", "message": "hidden"])
        }
        let lines = screen.take().split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3 && lines[2] == "")
        #expect(
            lines[0]
                == #"2026-11-23T12:00:00.007Z warning  import: two\nlines \u{e9}" key="a b" message=hidden range=3"#)
        #expect(
            lines[1]
                == #"{"key":"a b","level":"warning","logger":"import","message":"two\u000alines \u00e9\"","#
                + #""range":"3","time":"2026-11-23T12:00:00.007Z"}"#
        )
    }

    @Test("the words after --order-by are an order, a direction and maybe the condition")
    func orderWords() throws {
        let cases: [(words: [String], condition: String?, order: String?, rest: String?)] = [
            ([], "a = 1", nil, "a = 1"), (["age"], "a = 1", "age", "a = 1"), (["age", "DESC"], nil, "age DESC", nil),
            (["age", "desc", "a = 1"], nil, "age desc", "a = 1"), (["age", "a = 1"], nil, "age", "a = 1"),
            (["age desc"], nil, "age desc", nil),
        ]
        for (words, condition, order, rest) in cases {
            let (gotOrder, gotRest) = try QueryCommand.split(words, condition)
            #expect(gotOrder == order && gotRest == rest, "\(words)")
        }
        #expect(throws: (any Error).self) { try QueryCommand.split(["age", "desc", "a = 1"], "b = 1") }
    }
}
