/// How soon the ends of processes are noticed.
struct DetectionFigures: Encodable {
    /// One kind of end, over all rounds.
    struct Delay: Encodable {
        /// The middle one, in milliseconds.
        let medianMillis: Double
        /// The longest, in milliseconds.
        let longestMillis: Double
        /// What is promised, in milliseconds.
        let promisedMillis: Double

        init(nanoseconds: [UInt64], promisedMillis: Double) {
            let percentiles = Percentiles(nanoseconds: nanoseconds)
            medianMillis = percentiles.p50
            longestMillis = percentiles.longest
            self.promisedMillis = promisedMillis
        }

        var isKept: Bool { longestMillis <= promisedMillis }
    }

    let rounds: Int
    /// From SIGKILL of a worker until the coordinator of the same host has given its work back.
    let deadWorker: Delay
    /// From SIGSTOP of a worker until the same.
    let silentWorker: Delay
    /// From SIGKILL of the coordinator until the standby is in office.
    let takeover: Delay

    var text: String {
        var table = FigureTable(["noticed after, ms", "median", "longest", "promised", "kept"])
        for (name, delay) in [
            ("a worker killed", deadWorker), ("a worker stopped (silent)", silentWorker),
            ("the coordinator killed: standby in office", takeover),
        ] {
            table.add(
                name, Figure.decimal(delay.medianMillis, places: 1), Figure.decimal(delay.longestMillis, places: 1),
                Figure.grouped(delay.promisedMillis), delay.isKept ? "yes" : "no")
        }
        return table.text + "over \(rounds) rounds, real processes, ipc sockets\n"
    }
}
