// Goal: the page tells what the status tells, and holds nothing that somebody else's text could do to its reader.
// Method: the page as a client gets it, with fields named like markup.

import Tables
import Testing

@testable import Service

@Suite("The dashboard: GET /")
struct DashboardTests {
    @Test("it shows each index with its state, what is wrong, and renews itself without a script")
    func page() throws {
        let site = try Site()
        try site.put(0..<1_234)
        try site.publish(try site.declare("email"))
        try site.declare("id")
        let answer = try site.get("/")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
        #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
        #expect(answer.text.contains("<title>1 of 2 ready - gapless</title>"))
        #expect(answer.text.contains("<meta http-equiv=\"refresh\" content=\"2\">"))
        #expect(answer.text.contains("<span class=\"state ready\">ready</span>"))
        #expect(answer.text.contains("<span class=\"state building\">building</span>"))
        #expect(answer.text.contains("1&#8239;234"))
        #expect(answer.text.contains("1 indexes wait for a coordinator"))
        for foreign in ["<script", "://", "src=", "@import", "url("] {
            #expect(!answer.text.contains(foreign), "\(foreign)")
        }
    }

    @Test("texts of others are text, never markup")
    func escaping() throws {
        let site = try Site()
        try site.declare("<img src=x onerror=alert(1)>&'\"", name: "a")
        let text = try site.get("/").text
        #expect(text.contains("&lt;img src=x onerror=alert(1)&gt;&amp;&#39;&quot;"))
        #expect(!text.contains("<img"))
    }

    @Test("every element that is opened is closed, in order")
    func balance() throws {
        let site = try Site()
        try site.declare("email")
        var open: [Substring] = []
        for piece in try site.get("/").text.split(separator: "<").dropFirst() {
            let name = piece.prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" }
            if name.hasPrefix("/") {
                #expect(open.popLast() == name.dropFirst())
            } else if !["meta", "!doctype"].contains(name) {
                open.append(name)
            }
        }
        #expect(open == [])
    }
}
