import Glibc
import Runs
import Synchronization

/// A disk in memory that keeps what was synced and may lose or keep what was not, as a real one at a power cut.
///
/// It stops for ever after a given number of calls; every call is noted.
final class CrashingDisk: Sendable {
    private struct File {
        var bytes: [UInt8] = []
        var durableBytes = 0
    }

    private struct State {
        var log: [String] = []
        var files: [File] = []
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        var callsLeft: Int
    }

    private let state: Mutex<State>

    init(callsMax: Int = .max) {
        state = Mutex(State(callsLeft: callsMax))
    }

    /// The calls made, in order.
    var log: [String] { state.withLock { $0.log } }

    /// What a name may show after the power came back; nil stands for no such file.
    ///
    /// The name's last change is lost or kept, and all, half or none of the bytes that were not synced.
    func worlds(_ name: String) -> [[UInt8]?] {
        state.withLock { state in
            [state.durableNames, state.names].flatMap { names -> [[UInt8]?] in
                guard let file = names[name].map({ state.files[$0] }) else { return [nil] }
                let durable = [UInt8](file.bytes[..<file.durableBytes])
                let half = [UInt8](file.bytes[..<((file.durableBytes + file.bytes.count) / 2)])
                let zeroed = durable + [UInt8](repeating: 0, count: file.bytes.count - durable.count)
                return [file.bytes, half, durable, zeroed]
            }
        }
    }

    var calls: FileCalls {
        var calls = FileCalls.system
        calls.create = { path in
            self.call("create \(path)") { state in
                state.files.append(File())
                state.names[path] = state.files.count - 1
                return state.files.count - 1
            }
        }
        calls.write = { file, bytes in
            self.call("write") { state in
                state.files[Int(file)].bytes += bytes
                return bytes.count
            }
        }
        calls.sync = { file in
            self.call("fsync") { state in
                state.files[Int(file)].durableBytes = state.files[Int(file)].bytes.count
                return 0
            }
        }
        calls.close = { _ in self.call("close") { _ in 0 } }
        calls.rename = { from, to in
            self.call("rename \(from) \(to)") { state in
                guard let file = state.names.removeValue(forKey: from) else { return -Int(ENOENT) }
                state.names[to] = file
                return 0
            }
        }
        calls.syncFolder = { path in
            self.call("fsync folder \(path)") { state in
                state.durableNames = state.names
                return 0
            }
        }
        calls.remove = { path in
            self.call("remove \(path)") { $0.names.removeValue(forKey: path) == nil ? -Int(ENOENT) : 0 }
        }
        return calls
    }

    private func call(_ name: String, _ body: (inout sending State) -> Int) -> Int {
        state.withLock { state in
            guard state.callsLeft > 0 else { return -Int(EIO) }
            state.callsLeft -= 1
            state.log.append(name)
            return body(&state)
        }
    }
}
