import FoundationEssentials
import Glibc

/// How long workers were at each part of their work, by what they say of it in their logs at level debug.
///
/// A worker ends each piece of work with a line `was at the scan of range 7 of job 1, ...`, which holds microseconds by
/// part, and how many write transactions it committed. Threads side by side, and workers, add up: the sum of all parts
/// may be longer than the build took.
struct PhaseTimes: Equatable {
    /// One part of one kind of work.
    struct Part: Equatable {
        /// `scan`, `load` or `drain`.
        let work: String
        /// As the worker calls it: `append`.
        let name: String
        var seconds: Double
    }

    /// In the order in which they come in a build; those that no worker was at are left out.
    private(set) var parts: [Part] = []
    /// Write transactions of loads and drains.
    private(set) var transactions: UInt64 = 0
    /// Pieces of work.
    private(set) var pieces = 0

    private static let beginning = "was at the "
    /// What every line has and no part is called.
    private static let frame: Set<String> = ["time", "level", "logger", "message", "transactions"]
    private static let works = ["scan", "load", "drain"]
    /// The parts that are known, in the order in which they come, and what they mean.
    private static let known = [
        ("scan", "walk records and extract"), ("sort", "sort"), ("write", "write runs"), ("sync", "fsync of runs"),
        ("open", "open and verify runs"), ("merge", "merge"), ("await", "wait for merged entries"),
        ("lock", "wait for the write lock"), ("append", "append, in the write lock"),
        ("commit", "commit, in the write lock"), ("giveWay", "let writers in between"), ("check", "read back"),
    ]

    /// Takes in the lines of a worker's log, one JSON object each; lines that tell nothing of it are passed over.
    mutating func add(log: String) throws {
        for line in log.split(separator: "\n") where line.contains(Self.beginning) {
            let fields = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            guard let message = fields["message"], message.hasPrefix(Self.beginning) else { continue }
            let work = message.dropFirst(Self.beginning.count).prefix { $0.isLetter }
            pieces += 1
            transactions += fields["transactions"].flatMap { UInt64($0) } ?? 0
            // In the order of their names: what comes of a dictionary in any order would differ from run to run.
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) where !Self.frame.contains(name) {
                // What is no number is no time; a logger may have fields of its own.
                if let microseconds = Double(value) { add(microseconds / 1e6, to: String(work), name) }
            }
        }
        parts.sort { Self.rank($0) < Self.rank($1) }
    }

    private mutating func add(_ seconds: Double, to work: String, _ name: String) {
        if let place = parts.firstIndex(where: { $0.work == work && $0.name == name }) {
            parts[place].seconds += seconds
        } else {
            parts.append(Part(work: work, name: name, seconds: seconds))
        }
    }

    private static func rank(_ part: Part) -> Int {
        let work = works.firstIndex(of: part.work) ?? works.count
        return work * 100 + (known.firstIndex { $0.0 == part.name } ?? known.count)
    }

    /// What a part means: `load: append, in the write lock`.
    static func title(_ part: Part) -> String {
        "\(part.work): \(known.first { $0.0 == part.name }?.1 ?? part.name)"
    }

    /// The share of reading back in all work.
    var checkShare: Double { seconds(of: "check") / max(parts.reduce(0) { $0 + $1.seconds }, 1e-9) }

    /// The seconds of one part over all kinds of work.
    func seconds(of names: String...) -> Double {
        parts.filter { names.contains($0.name) }.reduce(0) { $0 + $1.seconds }
    }
}

extension BenchReport {
    /// Adds a round of parts.
    mutating func add(_ times: PhaseTimes, of figures: BuildFigures) {
        for part in times.parts { add(PhaseTimes.title(part), part.seconds, "s", .lower) }
        add("write lock held by loader and drain", times.seconds(of: "append", "commit"), "s", .lower)
        add("write lock waited for", times.seconds(of: "lock"), "s", .lower)
        add("write transactions of loader and drain", Double(times.transactions), "", .neither)
        add("reading back, of all work", 100 * times.checkShare, "%", .lower)
        let entries = Double(figures.phases?.entries ?? 0)
        let append = times.seconds(of: "append")
        if append > 0 { add("entries appended a second, while appending", entries / append, "1/s", .higher) }
    }
}
