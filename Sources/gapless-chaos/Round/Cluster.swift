import Foundation
import Glibc

/// The coordinators and workers of a round, each in a slot that starts it again.
final class Cluster {
    let coordinators: [Slot]
    let workers: [Slot]
    private let program: Program
    private let callLog: String

    var slots: [Slot] { coordinators + workers }

    /// - Parameter faults: what the environment of worker `number` has when it starts for the `starts`-th time.
    init(
        _ program: Program, workers count: Int, recordsPerRange: Int,
        faults: @escaping (_ isWorker: Bool, _ starts: Int) -> [String: String]
    ) {
        self.program = program
        callLog = program.folder + "/calls"
        let common = ["GAPLESS_RECORDS_PER_RANGE": "\(recordsPerRange)", "FAULTY_LOG": callLog]
        func slot(_ name: String, _ arguments: [String], isWorker: Bool) -> Slot {
            Slot(name, path: "\(program.folder)/\(name)") { path, starts in
                try Child(
                    program.path, arguments + ["--db", program.database, "--log-level", "debug"],
                    environment: common.merging(faults(isWorker, starts)) { $1 }, path: path)
            }
        }
        coordinators = (0..<2).map { slot("coordinator-\($0)", ["coordinator", "--standby"], isWorker: false) }
        workers = (0..<count).map { slot("worker-\($0)", ["worker"], isWorker: true) }
    }

    /// Starts what has ended. Throws for an end that no signal and no fault explains.
    func keepAlive(mayFail: Bool) throws {
        for slot in slots {
            guard let (ending, wasExpected) = try slot.keepAlive() else { continue }
            // A defect, an assertion or a bad access is one whatever was done to the process.
            let isCrash = ending == 70 || [-SIGILL, -SIGTRAP, -SIGABRT, -SIGSEGV, -SIGBUS, -SIGFPE].contains(ending)
            if isCrash || (!wasExpected && !mayFail && ending != 0) {
                throw ChaosFailure("\(slot.name) ended with \(ending): see \(slot.log)")
            }
        }
    }

    /// Continues what was stopped for long enough.
    func continueDue() {
        for slot in slots { slot.continueIfDue() }
    }

    /// Lifts every limit and continues whatever is stopped.
    func relent() {
        for slot in slots {
            slot.child?.limitFiles(bytes: nil)
            slot.child?.signal(SIGCONT)
            slot.continueAt = nil
        }
    }

    func end() throws {
        for slot in workers + coordinators { _ = try slot.end() }
    }

    func kill() {
        for slot in slots { slot.kill() }
    }

    /// The PIDs of workers that load, as the coordinator last said.
    func loaders() -> Set<Int32> {
        // Written anew several times a second: a file that is missing or half read names none.
        guard let data = try? Data(contentsOf: URL(filePath: program.database + "/coordinator.json")),
            let status = try? JSONSerialization.jsonObject(with: data) as? [String: Any],  // as above
            let workers = status["workers"] as? [[String: Any]]
        else { return [] }
        return Set(
            workers.filter { $0["state"] as? String == "loading" }.compactMap { ($0["pid"] as? Int).map(Int32.init) })
    }

    /// All that the slots logged, and the calls that were made to fail.
    func logs() throws -> (text: String, calls: String) {
        let texts = try slots.filter { FileManager.default.fileExists(atPath: $0.log) }.map {
            String(decoding: try Data(contentsOf: URL(filePath: $0.log)), as: UTF8.self)
        }
        let calls =
            FileManager.default.fileExists(atPath: callLog) ? try String(contentsOfFile: callLog, encoding: .utf8) : ""
        return (texts.joined(), calls)
    }
}
