import Coordinator
import Tables

/// Where coordinator and workers meet: the flag, else a variable, else a socket in the folder of the database.
enum Endpoint {
    static func resolve(flag: String?, variable: String, directory: String) throws -> String {
        let endpoint =
            Setting.text(flag: flag, variable: variable)
            ?? CoordinatorProcess.defaultEndpoint(directory: directory)
        try check(endpoint)
        return endpoint
    }

    /// Messages are neither signed nor encrypted: nothing but this machine may see them.
    private static func check(_ endpoint: String) throws {
        if endpoint.hasPrefix("ipc://") { return }
        guard endpoint.hasPrefix("tcp://") else {
            throw CommandFailure.configuration("\(endpoint): an endpoint is ipc://PATH or tcp://127.0.0.1:PORT")
        }
        let host = endpoint.dropFirst("tcp://".count)
        guard host.hasPrefix("127.") || host.hasPrefix("localhost:") || host.hasPrefix("[::1]:") else {
            throw CommandFailure.configuration(
                "\(endpoint): beyond this machine messages would travel unprotected, which is refused: "
                    + "use ipc://PATH or tcp://127.0.0.1:PORT")
        }
    }
}

extension CommandFailure {
    static func configuration(_ message: String) -> CommandFailure {
        CommandFailure(code: "BAD_CONFIGURATION", message: message, exitCode: 78)
    }
}
