import LMDB
import Tables
import Testing
import Values

/// Goal: an index is what its definition means, however it is written (E4), and is made of nothing that was there.
@Suite struct DeclarationTests {
    private func outcome(_ store: Store, _ definition: IndexDefinition) throws -> DeclareOutcome {
        try store.write { try store.declareIndex(on: "people", definition, in: $0) }
    }

    private func options(_ json: String) throws -> IndexDefinition {
        let bytes = Array(json.utf8)
        return try IndexDefinition(options: Value(json: bytes.span.bytes))
    }

    @Test("E4: order of keys, spelling of flags and defaults make no difference")
    func representation() throws {
        let texts = [
            #"{"fields":["city","email"],"nulls":true,"unique":false}"#,
            #"{"unique":"false","nulls":1,"fields":"city,email"}"#,
            #"{"nulls":"1","fields":["city","email"],"unique":"0"}"#, #"{"fields":["city","email"]}"#,
        ]
        let definitions = try texts.map(options) + [IndexDefinition(fields: fields("city", "email"))]
        #expect(Set(definitions.map(\.fingerprint)).count == 1)
        let store = try TemporaryStore().store
        guard case .created(let index) = try outcome(store, definitions[0]) else {
            Issue.record("the first declaration must create the index")
            return
        }
        for definition in definitions.dropFirst() {
            #expect(try outcome(store, definition) == .exists(index, state: .building))
        }
        #expect(try store.current(index).generations.count == 1, "no rebuild was started")
    }

    @Test("E4: where no name is asked for the meaning decides, whatever name the index of that meaning has")
    func meaningWithoutName() throws {
        let store = try TemporaryStore().store
        guard case .created(let index) = try outcome(store, IndexDefinition(fields: fields("city"), name: "town"))
        else {
            Issue.record("the first declaration must create the index")
            return
        }
        #expect(try outcome(store, IndexDefinition(fields: fields("city"))) == .exists(index, state: .building))
        guard case .created(let other) = try outcome(store, IndexDefinition(fields: fields("city"), name: "place"))
        else {
            Issue.record("a name of its own asks for an index of its own")
            return
        }
        #expect(other.id != index.id)
    }

    @Test("E4: the order of fields of a composite index, nulls and names are differences that matter")
    func meaning() throws {
        let base = try options(#"{"fields":["a","b"]}"#)
        for other in [#"{"fields":["b","a"]}"#, #"{"fields":["a"]}"#, #"{"fields":["a","b"],"nulls":false}"#] {
            #expect(try options(other).fingerprint != base.fingerprint)
        }
        #expect(
            IndexDefinition(fields: fields("a,b")).fingerprint != base.fingerprint, "one field with a comma in its name"
        )
    }

    @Test("The same name with another meaning is an error that says what differs")
    func differences() throws {
        let store = try TemporaryStore().store
        _ = try outcome(store, IndexDefinition(fields: fields("a", "b"), name: "x"))
        let other = IndexDefinition(fields: fields("b", "a"), name: "x", indexesNulls: false)
        let error = #expect(throws: GaplessError.self) { try outcome(store, other) }
        #expect(error?.code == .alreadyExists)
        #expect(error?.message.contains("fields a,b there, b,a asked (the order matters)") == true)
        #expect(error?.message.contains("nulls indexed there, left out asked") == true)
    }

    @Test("S9: declaring again returns the state, and only ready is success", arguments: IndexState.allCases)
    func stateIsReturned(state: IndexState) throws {
        guard state != .dropping else { return }
        let store = try TemporaryStore().store
        let index = try store.declare(field("email"))
        switch state {
        case .paused: try store.write { try store.setPaused(index, generation: 1, in: $0) }
        case .blocked: try store.write { try store.setBlocked(index, generation: 1, reason: "broken", in: $0) }
        case .ready: try BuildByHand(store, index).run()
        case .building, .dropping: break
        }
        guard case .exists(_, let found) = try outcome(store, IndexDefinition(fields: fields("email"))) else {
            Issue.record("it exists")
            return
        }
        #expect(found == state)
    }

    @Test("S8: leftovers where a fresh database should be made are refused, and nothing is declared")
    func leftovers() throws {
        for delta in [false, true] {
            let store = try TemporaryStore().store
            let name =
                delta ? Store.deltaDatabase(index: 2, generation: 1) : Store.indexDatabase(index: 2, generation: 1)
            try store.write { txn in
                let database = try txn.createDatabase(name)
                try txn.put(store.entry("stale", 1), [], in: database)
            }
            let error = #expect(throws: GaplessError.self) { try store.declare(field("email")) }
            #expect(error?.code == .corrupt)
            #expect(try store.read { try store.catalog(in: $0).indexes }.isEmpty)
        }
    }

    @Test("Names come from the fields, with what names may not hold replaced")
    func defaultNames() throws {
        let store = try TemporaryStore().store
        #expect(try store.declare(field("address.city"), field("e mail")).fullName == "people.address_city_e_mail")
        let clash = #expect(throws: GaplessError.self) { try store.declare(field("address_city"), field("e_mail")) }
        #expect(clash?.message.contains("choose another --name") == true)
        #expect(try store.declare(field("address_city"), field("e_mail"), name: "second").name == "second")
        let long = IndexDefinition(fields: fields(String(repeating: "ä", count: 400)))
        #expect(long.effectiveName.utf8.count == 128)
    }

    @Test(
        "Definitions that no index can be made of are refused",
        arguments: [
            #"{}"#, #"{"fields":[]}"#, #"{"fields":["a","a"]}"#, #"{"fields":["a"],"unique":"yes"}"#,
            #"{"fields":"a,,b"}"#,
            #"{"fields":["a"],"nulls":"perhaps"}"#, #"{"fields":["a"],"colour":"red"}"#, #"{"fields":[1]}"#, #"[]"#,
        ])
    func badDefinitions(json: String) throws {
        let error = #expect(throws: GaplessError.self) { try options(json) }
        #expect(error?.code == .badDefinition)
    }

    @Test("A rebuild records why, is declared once, and carries the next number")
    func rebuild() throws {
        let store = try TemporaryStore().store
        let index = try store.declare(field("email"))
        try BuildByHand(store, index).run()
        let first = try store.write { try store.declareRebuild(of: index, reason: "asked by hand", in: $0) }
        #expect(first.index.coming?.number == 2)
        #expect(first.index.reason == "asked by hand")
        #expect(first.index.state == .ready, "the old generation answers meanwhile")
        guard
            case .exists(let same, .building) = try store.write({
                try store.declareRebuild(of: index, reason: "again", in: $0)
            })
        else {
            Issue.record("a rebuild is under way already")
            return
        }
        #expect(same.generations.count == 2)
        #expect(same.coming?.builtBy == Store.currentProgramVersion)
    }
}
