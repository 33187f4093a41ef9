/// One thing that was looked at.
struct Finding: Encodable {
    enum Severity: String, Encodable {
        case ok, note, problem

        var sign: String {
            switch self {
            case .ok: "ok"
            case .note: "--"
            case .problem: "!!"
            }
        }
    }

    /// What was looked at: `space`, `socket`, ...
    let check: String
    let severity: Severity
    /// What was found.
    let message: String
    /// What to do about it; nil if nothing needs to be done.
    let advice: String?

    static func ok(_ check: String, _ message: String) -> Finding {
        Finding(check: check, severity: .ok, message: message, advice: nil)
    }

    static func note(_ check: String, _ message: String, _ advice: String?) -> Finding {
        Finding(check: check, severity: .note, message: message, advice: advice)
    }

    static func problem(_ check: String, _ message: String, _ advice: String) -> Finding {
        Finding(check: check, severity: .problem, message: message, advice: advice)
    }
}
