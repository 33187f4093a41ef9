// An address book in one file: the smallest whole program over GaplessKit. It keeps people, finds them by an index, and
// when that is not ready yet says so and when to come again.
//
//     example-address-book DIR add ann@example.org Oslo 34
//     example-address-book DIR city Oslo
//     example-address-book DIR all
import GaplessKit
import Glibc

struct Person: Codable, Sendable {
    var email: String
    var city: String
    var age: Int?
}

@main
enum ExampleAddressBook {
    static let people = Table<Person>("people", key: "email")

    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch let error as DatabaseError where error.isRetryable {
            fail("\(error.message); worth another try in \(error.retryAfter ?? .seconds(1))", code: EX_TEMPFAIL)
        } catch {
            fail("\(error)", code: EX_SOFTWARE)
        }
    }

    static func run(_ words: [String]) throws {
        guard words.count >= 2 else {
            fail("usage: example-address-book DIR add EMAIL CITY [AGE] | city NAME | all", code: EX_USAGE)
        }
        let database = try Database.open(words[0])
        // Both do nothing when they are there already.
        try database.write { txn in
            try txn.create(people)
            try txn.declareIndex(on: people, "city")
        }
        switch (words[1], words.dropFirst(2).map { $0 }) {
        case ("add", let rest) where rest.count >= 2:
            let person = Person(email: rest[0], city: rest[1], age: rest.count > 2 ? Int(rest[2]) : nil)
            try database.write { txn in try txn.put(person, into: people) }
        case ("city", let rest) where rest.count == 1:
            let found = try database.read { txn in
                try txn.query(people, where: "city = \(rest[0])", orderBy: "city")
            }
            show(found)
        case ("all", _):
            show(try database.read { txn in try txn.query(people) })
        default:
            fail("there is no command \(words.dropFirst().joined(separator: " "))", code: EX_USAGE)
        }
    }

    static func show(_ people: [Person]) {
        for person in people {
            print("\(person.email), \(person.city)\(person.age.map { ", \($0)" } ?? "")")
        }
    }

    static func fail(_ message: String, code: Int32) -> Never {
        let bytes = Array("example-address-book: \(message)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
        exit(code)
    }
}
