// Goal: the rules of the house hold in every file that is kept, and a newcomer learns of a breach from a test that
// names the place and what to do. Method: the rules are a table; each is run over the checkout, and each is run over
// small samples that break it, so that a check that can no longer fail is noticed.
import Testing

@Suite("The house")
struct HouseTests {
    static let rules = Rule.imports + Rule.errors + Rule.purity + Rule.sizes + Rule.layout + Rule.gaps + Rule.mutants
    static let checkout = Result { try Repository.checkout() }

    @Test("holds", arguments: rules)
    func ruleHolds(_ rule: Rule) throws {
        let breaches = rule.check(try Self.checkout.get())
        let list = breaches.map(\.description).joined(separator: "\n")
        #expect(breaches.isEmpty, "\(rule.name)\n\(list)\n\(rule.advice)")
    }

    @Test("can fail: names the places of its bad samples", arguments: rules)
    func ruleCanFail(_ rule: Rule) {
        #expect(!rule.bad.isEmpty)
        for (samples, places) in rule.bad {
            #expect(rule.check(Repository(samples)).map(\.place) == places)
        }
    }

    @Test("lets its good sample pass", arguments: rules)
    func rulePasses(_ rule: Rule) {
        #expect(rule.check(Repository(rule.good)).map(\.description) == [])
    }

    @Test("reads the whole checkout")
    func checkoutIsRead() throws {
        let repository = try Self.checkout.get()
        #expect(repository.files.contains { $0.path == "Package.swift" })
        #expect(repository.files.contains { $0.path == "Tests/HouseTests/HouseTests.swift" })
        #expect(repository.topLevel.contains("Sources"))
        #expect(!repository.files.contains { $0.path.hasPrefix(".build/") || $0.path.hasPrefix(".git/") })
    }

    @Test("the ratchet: an allowance that is not needed any more must go")
    func staleAllowance() {
        let long = Sample("Sources/Runs/A.swift", String(repeating: "\n", count: 450))
        let rule = { (allowed: Int) in Rule.fileLength(allowed: ["Sources/Runs/A.swift": allowed]) }
        #expect(rule(450).check(Repository([long])).isEmpty)
        #expect(rule(449).check(Repository([long])).map(\.place) == ["Sources/Runs/A.swift:401"])
        #expect(rule(451).check(Repository([long])).map(\.place) == ["Sources/Runs/A.swift"])
        #expect(rule(450).check(Repository([])).map(\.place) == ["Sources/Runs/A.swift"])
    }

    @Test("comments and strings are no code, interpolations are")
    func scanner() {
        let source = SourceText(
            ##"""
            let a = "try! \(b!) // no" + c  // try!
            /* one /* two */ try! */ let d = #"raw " \(e) \#(f!)"#
            let g = """
                try! "quoted" \(h!)
                """; i
            """##)
        #expect(source.code[0].hasPrefix(#"let a = "     \(b!)      " + c"#))
        #expect(!source.code[0].contains("try"))
        #expect(source.code[1].hasSuffix(##" let d = #"           \#(f!)"#"##))
        #expect(!source.code[1].contains("try"))
        #expect(source.code[3].contains("(h!)") && !source.code[3].contains("quoted"))
        #expect(source.code[4].hasSuffix("\"\"\"; i"))
        #expect(source.holdsComment.prefix(5) == [true, true, false, false, false])
    }
}
