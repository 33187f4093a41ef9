// Goal: status and metrics tell what the environment holds, in the shapes that their readers know.
// Method: the texts are read back by rules of their formats, not compared with themselves.

import Foundation
import Tables
import Testing

@testable import Service

@Suite("Status and metrics")
struct StatusTests {
    @Test("the status has the shape of status --json, without a coordinator too")
    func status() throws {
        let site = try Site()
        try site.publish(try site.declare("email"))
        try site.declare("id")
        let status = try site.get("/status").json()
        #expect(status["database"] as? String == site.folder)
        #expect((status["coordinator"] as? [String: Any])?["running"] as? Bool == false)
        #expect((status["workers"] as? [Any])?.isEmpty == true)
        let indexes = status["indexes"] as? [[String: Any]] ?? []
        #expect(indexes.map { $0["index"] as? String } == ["people.email", "people.id"])
        #expect(indexes.map { $0["state"] as? String } == ["ready", "building"])
        #expect((status["problems"] as? [String])?.first?.contains("coordinator") == true)
    }

    @Test("metrics are read in the transaction of the request: a state is told as it is now")
    func metrics() throws {
        let site = try Site()
        try site.put(0..<7)
        let index = try site.declare("email")
        let before = try samples(site)
        #expect(before["gapless_index_state{table=\"people\",index=\"email\",state=\"building\"}"] == 1)
        #expect(before["gapless_index_state{table=\"people\",index=\"email\",state=\"ready\"}"] == 0)
        #expect(before["gapless_indexes{state=\"building\"}"] == 1)
        #expect(before["gapless_coordinator_running"] == 0)
        try site.publish(index)
        let after = try samples(site)
        #expect(after["gapless_index_state{table=\"people\",index=\"email\",state=\"ready\"}"] == 1)
        #expect(after["gapless_index_entries{table=\"people\",index=\"email\"}"] == 7)
        #expect(after["gapless_http_requests_total{status=\"200\"}"] == 1)
    }

    private func samples(_ site: Site) throws -> [String: Double] { try Self.samples(of: try site.get("/metrics")) }

    /// Reads the text format: every sample under a HELP and a TYPE of its own name, each name in one place.
    static func samples(of answer: Client.Answer) throws -> [String: Double] {
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.text.hasSuffix("\n"))
        var samples: [String: Double] = [:]
        var described: Set<Substring> = []
        var current: (help: Substring, type: Substring) = ("", "")
        for line in answer.text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3)
            if line.hasPrefix("# HELP ") {
                #expect(described.insert(words[2]).inserted, "\(words[2]) stands in two places")
                current.help = words[2]
            } else if line.hasPrefix("# TYPE ") {
                current.type = words[2]
                #expect(["gauge", "counter"].contains(words[3]))
                #expect((words[3] == "counter") == words[2].hasSuffix("_total"))
            } else {
                let name = line.prefix { $0 != "{" && $0 != " " }
                #expect(name == current.help && name == current.type)
                let cut = try #require(line.lastIndex(of: " "))
                guard let number = Double(String(line[line.index(after: cut)...])) else {
                    throw Client.Refused(what: "no number ends the line \(line)")
                }
                samples[String(line[..<cut])] = number
            }
        }
        return samples
    }

    @Test("labels are escaped, numbers are written so that they are read back")
    func exposition() {
        var exposition = Exposition()
        exposition.add(
            "a", .gauge, "back\\slash\nline \"quoted\"",
            [(labels: [("b", "x\"y\\z\nw"), ("c", "ü")], value: 1.5), (labels: [], value: 12_345_678_901)])
        exposition.add("none", .gauge, "Without samples.", [])
        exposition.add("n", .counter, "n", .nan)
        exposition.add("i", .gauge, "i", .infinity)
        #expect(
            exposition.text == """
                # HELP a back\\\\slash\\nline "quoted"
                # TYPE a gauge
                a{b="x\\"y\\\\z\\nw",c="ü"} 1.5
                a 12345678901
                # HELP n n
                # TYPE n counter
                n NaN
                # HELP i i
                # TYPE i gauge
                i +Inf

                """)
    }
}
