/// Who may ask at all.
struct Gatekeeper: Sendable {
    let token: AccessToken?
    let opensProbes: Bool

    /// Throws 401 without the token; without any token, 403 for a request that a web page of some other site makes.
    func check(_ request: HTTPRequest) throws(HTTPFailure) {
        if opensProbes, request.path == ["healthz"] || request.path == ["readyz"] { return }
        guard let token else {
            try checkHost(request)
            return try checkOrigin(request)
        }
        guard token.admits(request.header("authorization")) else {
            throw HTTPFailure(
                401, "NOT_PERMITTED", "this needs the token of --token-file, as in Authorization: Bearer TOKEN")
        }
    }

    /// A page of another site may send some kinds of requests without asking; browsers say from where they come.
    private func checkOrigin(_ request: HTTPRequest) throws(HTTPFailure) {
        guard let origin = request.header("origin"), let host = request.header("host") else { return }
        guard origin == "http://" + host || origin == "https://" + host else {
            throw HTTPFailure(403, "NOT_PERMITTED", "without a token this answers no page of another site (\(origin))")
        }
    }

    /// A name of some other site that was made to lead to this machine ("rebinding") is refused: its pages would read
    /// and write with the rights of whoever sits at the browser.
    private func checkHost(_ request: HTTPRequest) throws(HTTPFailure) {
        guard let host = request.header("host"), !host.isEmpty else { return }
        let name = host.hasPrefix("[") ? host : String(host.prefix { $0 != ":" })
        let isNumeric = name.hasPrefix("[") || name.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard isNumeric || name.lowercased() == "localhost" else {
            throw HTTPFailure(
                403, "NOT_PERMITTED",
                "without a token this answers to the names localhost, 127.0.0.1 and [::1] only, not to \(name)")
        }
    }
}
