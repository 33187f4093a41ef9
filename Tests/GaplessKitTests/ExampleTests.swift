import Foundation
import Testing

/// Goal: the example programs do what they show. Method: they run as processes, with `gapless build` beside them.
@Suite struct ExampleTests {
    private let book = "example-address-book"

    @Test("the address book keeps people, refuses before the index is built, and finds them after")
    func addressBook() throws {
        let scratch = try Scratch()
        try BuiltProgram.run(book, scratch.database, "add", "ann@example.org", "Oslo", "34")
        try BuiltProgram.run(book, scratch.database, "add", "bob@example.org", "Bergen")
        let (process, output) = try BuiltProgram.start(book, [scratch.database, "city", "Oslo"])
        #expect(try output.readToEnd() ?? Data() == Data(), "a refusal is no empty answer")
        process.waitUntilExit()
        #expect(process.terminationStatus == 75)
        try BuiltProgram.build(scratch.database)
        #expect(try BuiltProgram.run(book, scratch.database, "city", "Oslo") == "ann@example.org, Oslo, 34\n")
        #expect(
            try BuiltProgram.run(book, scratch.database, "all")
                == "ann@example.org, Oslo, 34\nbob@example.org, Bergen\n")
    }

    @Test("the event log is refused, writes on through the build, and finds every error it wrote")
    func eventLog() throws {
        let scratch = try Scratch()
        let (process, output) = try BuiltProgram.start("example-event-log", [scratch.database])
        #expect(try output.nextLine() == "refused: INDEX_NOT_READY, to be tried again in 5.0 seconds")
        try BuiltProgram.build(scratch.database)
        let last = try output.nextLine() ?? ""
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let numbers = last.split { !$0.isNumber }.compactMap { Int($0) }
        #expect(numbers.count == 3 && numbers.dropFirst().allSatisfy { $0 == numbers[0] / 10 }, "\(last)")
    }
}
