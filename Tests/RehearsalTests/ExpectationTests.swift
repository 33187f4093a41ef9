// Goal: an answer that is short, wrong or doubled is called so; a write under way is no excuse for any other record.
// Method: answers made by hand against what is known.
import Testing

@testable import gapless_rehearse

@Suite("What queries must answer")
struct ExpectationTests {
    private static let red = Expectation.Probe(values: [.string("red")], condition: "colour = 'red'")
    private let expectation = Expectation(
        probes: [ExpectationTests.red], still: [[.int(1), .int(2)]],
        owned: [.string("own"): [0], .string("other"): []])

    private func rows(_ keys: Scalar...) -> [FieldRow] {
        keys.map { FieldRow(key: $0, fields: [[.string("red")]]) }
    }

    private func fault(_ rows: [FieldRow]) -> String? {
        expectation.fault(in: rows, to: 0, askedAt: expectation.moment())
    }

    @Test("a complete answer is complete, in whatever order")
    func complete() {
        #expect(fault(rows(.string("own"), .int(2), .int(1))) == nil)
    }

    @Test("a short answer is called short, whichever record is missing")
    func short() {
        #expect(fault(rows(.int(1), .string("own")))?.contains("short by 1 of 3 records, among them 2") == true)
        #expect(fault(rows(.int(1), .int(2)))?.contains("\"own\"") == true)
        #expect(fault([])?.contains("short by 3") == true)
    }

    @Test("a record too many, a record twice and a record that does not match are named")
    func wrong() {
        let all = rows(.int(1), .int(2), .string("own"))
        #expect(fault(all + rows(.int(3)))?.contains("too many") == true)
        #expect(fault(all + rows(.string("other")))?.contains("too many") == true)
        #expect(fault(all + rows(.int(1)))?.contains("twice") == true)
        let blue = FieldRow(key: .int(2), fields: [[.string("blue")]])
        #expect(fault([blue] + rows(.int(1), .string("own")))?.contains("does not match") == true)
    }

    @Test("a record whose write is under way, or ended since the question, may be there or not; others may not")
    func underWay() {
        let own = Scalar.string("own")
        let asked = expectation.moment()
        expectation.begin([own])
        #expect(fault(rows(.int(1), .int(2))) == nil)
        #expect(fault(rows(.int(1), .int(2), own)) == nil)
        #expect(fault(rows(.int(1), own)) != nil)
        expectation.end([own: []], isDone: true)
        #expect(expectation.fault(in: rows(.int(1), .int(2), own), to: 0, askedAt: asked) == nil)
        #expect(fault(rows(.int(1), .int(2), own)) != nil)
        #expect(fault(rows(.int(1), .int(2))) == nil)
    }

    @Test("a write that was refused changes nothing")
    func refused() {
        expectation.begin([.string("own")])
        expectation.end([.string("own"): []], isDone: false)
        #expect(fault(rows(.int(1), .int(2))) != nil)
        #expect(fault(rows(.int(1), .int(2), .string("own"))) == nil)
    }

    @Test("records are read without code of the program's: keys, paths, arrays, piece by piece")
    func reading() throws {
        var reader = RowReader(FieldRow.Wanted(key: "id", paths: [["tags"], ["address", "city"]]))
        let text = #"{"id":7,"tags":["a",true,2,1.5,null,{"b":1}],"address":{"city":"Oslo"}}"# + "\n"
        let more = #"{"id":"8","tags":null,"address":3}"# + "\n"
        let bytes = Array((text + more).utf8)
        var rows: [FieldRow] = []
        for byte in bytes { try reader.read([byte]) { row, _ in rows.append(row) } }
        #expect(rows.map(\.key) == [.int(7), .string("8")])
        #expect(rows[0].fields == [[.string("a"), .bool(true), .int(2), .double(1.5)], [.string("Oslo")]])
        #expect(rows[1].fields == [[], []])
    }
}
