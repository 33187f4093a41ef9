/// The coordinator's number: one higher each time a coordinator takes office. It fences what an earlier one does late.
public typealias Epoch = UInt64
/// How often a task has been handed out, from 1.
public typealias Attempt = UInt32
/// A job's number, unique in its environment, never used again.
public typealias JobID = UInt64
/// A range's number, unique in its job, never used again.
public typealias RangeID = UInt64

/// 128 random bits: what tells two incarnations, or two environments, apart for certain.
public struct Nonce: Hashable, Comparable, Sendable {
    /// The upper 64 bits.
    public let high: UInt64
    /// The lower 64 bits.
    public let low: UInt64

    /// A nonce of these bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A nonce of 16 bytes, most significant first; nil for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 16 bytes, most significant first.
    public var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }

    /// 32 lower-case hexadecimal digits.
    public var hex: String { Hex.string(bytes) }

    /// As 128-bit numbers.
    public static func < (left: Nonce, right: Nonce) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Nonce: Codable, CustomStringConvertible {
    /// Reads the hexadecimal form.
    public init(from decoder: any Decoder) throws {
        let bytes = try Hex.decode(from: decoder)
        guard let nonce = Nonce(bytes: bytes) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a nonce has 16 bytes, this has \(bytes.count)")
            )
        }
        self = nonce
    }

    /// Writes the hexadecimal form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    /// The hexadecimal form.
    public var description: String { hex }
}

/// Who a process is. A PID alone is not an identity: in containers every process is PID 1, and PIDs come back.
public struct Incarnation: Hashable, Sendable, Codable {
    /// The host's name.
    public var host: String
    /// The kernel's boot id: two boots of one host are two hosts.
    public var bootID: String
    /// The process id, as the process itself sees it.
    public var pid: Int32
    /// When the process started, in clock ticks since boot (`/proc/PID/stat`, field 22).
    public var startTicks: UInt64
    /// When the process started.
    public var startedAt: Instant
    /// Random; decides.
    public var nonce: Nonce
    /// Where `pid` and `startTicks` mean what they say; nil if that is not known, as in rows of earlier versions.
    ///
    /// Only somebody in the same namespace of the same boot may conclude from a missing PID that the process has ended.
    public var pidNamespace: String?

    /// An incarnation of these parts.
    public init(
        host: String, bootID: String, pid: Int32, startTicks: UInt64, startedAt: Instant, nonce: Nonce,
        pidNamespace: String? = nil
    ) {
        self.host = host
        self.bootID = bootID
        self.pid = pid
        self.startTicks = startTicks
        self.startedAt = startedAt
        self.nonce = nonce
        self.pidNamespace = pidNamespace
    }

    /// Whether the PIDs of both are of one list, so that one of them can tell for certain whether the other has ended.
    public func sharesProcesses(with other: Incarnation) -> Bool {
        guard let pidNamespace else { return false }
        return host == other.host && bootID == other.bootID && pidNamespace == other.pidNamespace
    }
}
