// What the tests of Wire share: any message, made from a seed, and protobuf read and written by hand.

import Backfill
import Glibc
import Testing
import Values
import Wire

/// The seed of this run: `GAPLESS_SEED`, else a new one. Every test that uses it prints it.
let runSeed: UInt64 = {
    if let text = getenv("GAPLESS_SEED"), let seed = UInt64(String(cString: text)) { return seed }
    return UInt64.random(in: 0...UInt64.max)
}()

/// Makes any message; edges (0, the largest number, empty text, no list) come often.
struct Generator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(bits() % UInt64(bound)) }
    mutating func flag() -> Bool { below(2) == 0 }

    mutating func number() -> UInt64 {
        switch below(4) {
        case 0: 0
        case 1: .max
        default: bits() >> UInt64(below(64))
        }
    }

    mutating func bytes(_ counts: ClosedRange<Int>) -> [UInt8] {
        let count = counts.lowerBound + below(counts.count)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: bits()) }
    }

    mutating func text() -> String {
        let alphabet = ["", "a", "Z", "0", " ", "\n", "é", "e\u{301}", "漢", "🧵", "\u{0}", "\\", "\"", "/"]
        return (0..<below(12)).map { _ in alphabet[below(alphabet.count)] }.joined()
    }

    mutating func key() -> Key { Key(bytes(flag() ? 1...16 : 1...512)) }
    mutating func nonce() -> Nonce { Nonce(high: number(), low: number()) }
    mutating func interval() -> KeyInterval {
        KeyInterval(start: flag() ? key() : nil, end: flag() ? key() : nil)
    }
    mutating func digest() -> EntryDigest { EntryDigest(count: number(), low: number(), high: number()) }
    mutating func index() -> Int { [0, 1, below(100), Int(UInt32.max)][below(4)] }
    mutating func list<Element>(_ make: (inout Generator) -> Element) -> [Element] {
        (0..<below(5)).map { _ in make(&self) }
    }

    mutating func lease() -> Lease {
        let items: [WorkItem] = [.scan(range: number()), .load(index: index()), .drain(index: index())]
        return Lease(
            job: number(), item: items[below(3)], attempt: UInt32(truncatingIfNeeded: number()), epoch: number())
    }

    mutating func incarnation() -> Incarnation {
        Incarnation(
            host: text(), bootID: text(), pid: Int32(truncatingIfNeeded: number()), startTicks: number(),
            startedAt: Instant(milliseconds: Int64(bitPattern: number())), nonce: nonce(),
            pidNamespace: below(2) == 0 ? nil : text())
    }

    mutating func run() -> RunSummary {
        let file = ["r", "7-2-0.run", ".hidden", String(repeating: "x", count: 255)][below(4)]
        return RunSummary(file: file, bytes: number(), digest: digest(), checksum: number())
    }
}

extension Generator {
    /// How many kinds of message a worker has.
    static let workerKinds = 7
    /// How many kinds of message a coordinator has.
    static let coordinatorKinds = 6

    mutating func workerEnvelope(kind: Int) -> WorkerEnvelope {
        WorkerEnvelope(sender: nonce(), epoch: number(), message: workerMessage(kind: kind))
    }

    mutating func coordinatorEnvelope(kind: Int) -> CoordinatorEnvelope {
        CoordinatorEnvelope(epoch: number(), message: coordinatorMessage(kind: kind))
    }

    private mutating func workerMessage(kind: Int) -> WorkerMessage {
        switch kind {
        case 0: .hello(hello())
        case 1:
            .heartbeat(
                Heartbeat(
                    lease: flag() ? lease() : nil, isLeaving: flag(), position: flag() ? key() : nil,
                    records: number(), entries: number(), retries: number()))
        case 2: .scanned(scanResult())
        case 3: .loaded(LoadResult(lease: lease(), digest: digest(), retries: number()))
        case 4: .drained(DrainResult(lease: lease(), applied: number(), retries: number()))
        case 5: .failed(WorkFailure(lease: lease(), kind: failureKind(), message: text()))
        default: .goodbye
        }
    }

    private mutating func hello() -> Hello {
        Hello(
            protocolVersion: BuildProtocol.version, program: text(), extractorVersion: UInt32(below(1000)),
            incarnation: incarnation(), environment: nonce(), holding: flag() ? lease() : nil)
    }

    private mutating func scanResult() -> ScanResult {
        ScanResult(
            lease: lease(), interval: interval(), runs: list { $0.flag() ? $0.run() : nil }, records: number(),
            snapshotMin: number(), snapshotMax: number(),
            badRecords: list { BadRecord(index: $0.index(), primaryKey: $0.key(), error: $0.text()) },
            badRecordsCount: number(), retries: number())
    }

    private mutating func failureKind() -> WorkFailure.Kind {
        let kinds: [WorkFailure.Kind] = [
            .transient, .noSpace, .runDamaged(range: number()), .incompatible, .permanent, .released,
        ]
        return kinds[below(kinds.count)]
    }

    private mutating func coordinatorMessage(kind: Int) -> CoordinatorMessage {
        switch kind {
        case 0:
            .welcome(Welcome(program: text(), heartbeatMillis: Int64(bitPattern: number()), keeps: flag()))
        case 1: .introduce
        case 2: .refused(Refusal(reason: Refusal.Reason.allCases[below(3)], message: text()))
        case 3:
            .grant(
                Grant(
                    lease: lease(), table: number(),
                    indexes: list { JobIndex(index: $0.number(), generation: $0.number(), fingerprint: $0.text()) },
                    interval: interval(), restarts: flag()))
        case 4: .settled(lease(), Settlement.allCases[below(2)])
        default: .revoke(lease(), reason: text())
        }
    }
}

/// The one frame of a worker's message.
func encoded(_ envelope: WorkerEnvelope) throws -> [UInt8] { try onlyFrame(of: WireCodec.encode(envelope)) }

/// The one frame of a coordinator's message.
func encoded(_ envelope: CoordinatorEnvelope) throws -> [UInt8] { try onlyFrame(of: WireCodec.encode(envelope)) }

private func onlyFrame(of message: [[UInt8]]) throws -> [UInt8] {
    try #require(message.count == 1)
    return message[0]
}
