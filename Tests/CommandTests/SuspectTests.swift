// Goal: indexes of versions known to be faulty can be checked and mended by themselves. Method: the real program; the
// version that built them is named, since none is known to be faulty.
import Foundation
import Testing

@Suite("Suspect indexes by command")
struct SuspectTests {
    @Test("C4: without suspects there is nothing to do; the indexes of a named version are checked, and no others")
    func suspects() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        try program.succeed("put", "people", #"{"id":1,"email":"a"}"#)
        try program.succeed("index", "create", "people", "email")
        #expect(try program.run("build", "--workers", "1").exitCode == 0)
        let none = "no index was built by a version known to be faulty\n"
        #expect(try program.succeed("verify", "--suspect").output == none)
        #expect(try program.succeed("verify", "people", "--suspect", "--repair").output == none)
        #expect(try program.succeed("verify", "--built-by", "0.0.1").output == none)
        #expect((try program.succeed("verify", "--suspect", "--json").json()["indexes"] as? [Any])?.isEmpty == true)
        #expect(try program.run("verify", "people.nope", "--suspect").exitCode == 66)
        let shown = try program.succeed("index", "show", "people.email", "--json").json()
        let version = try #require(shown["builtBy"] as? String)
        #expect(try program.run("verify", "--built-by", version).output.contains("people.email: 1 records, 1 entries"))
    }
}
