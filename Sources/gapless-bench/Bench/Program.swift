import Glibc
import Supervision

/// The real program and its processes, working on one database.
struct Program {
    let path: String
    let directory: String
    let children: Children

    /// The `gapless` beside this very program, or in the folder `products`.
    init(directory: String, products: String? = nil, children: Children = Children()) throws {
        self.directory = directory
        self.children = children
        path = try (products ?? Self.folderOfThisProgram()) + "/gapless"
        guard access(path, X_OK) == 0 else {
            throw BenchFailure("there is no program \(path): build it too, with 'swift build -c release'")
        }
    }

    /// Runs a command to its end; throws if it fails. Its output goes to where ours goes.
    @available(*, noasync)
    func run(_ arguments: String...) throws {
        let name = "gapless " + arguments.joined(separator: " ")
        try children.finish(start(arguments), named: name)
    }

    /// Runs a command to its end and returns what it printed.
    @available(*, noasync)
    func capture(_ arguments: String...) throws -> String {
        let name = "gapless " + arguments.joined(separator: " ")
        return try children.run(path, arguments + ["--db", directory, "--log-level", "warning"], named: name)
    }

    /// Starts a process that goes on until it is stopped.
    func start(_ arguments: String...) throws -> ChildProcess { try start(arguments) }

    /// The same.
    func start(_ arguments: [String]) throws -> ChildProcess {
        let flags = arguments.contains("--log-level") ? [] : ["--log-level", "warning"]
        return try children.start(
            path, arguments + ["--db", directory] + flags, named: arguments[0],
            environment: [ParentWatch.variable: try ProcessIdentity.current().description])
    }

    /// The path of this very program.
    static func pathOfThisProgram() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw SystemCallFailure("readlink", "/proc/self/exe") }
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func folderOfThisProgram() throws -> String {
        try pathOfThisProgram().split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }
}
