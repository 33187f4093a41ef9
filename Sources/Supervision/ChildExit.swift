/// How a child ended.
public enum ChildExit: Hashable, Sendable, CustomStringConvertible {
    /// It returned this code, 0...255.
    case code(Int32)
    /// This signal killed it.
    case signal(Int32)

    /// `exit code 1`, `signal 9 (SIGKILL)`.
    public var description: String {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let signal): "signal \(signal)" + (Self.names[signal].map { " (\($0))" } ?? "")
        }
    }

    private static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
        9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
    ]
}
