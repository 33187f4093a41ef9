internal import CZeroMQ

/// A public CURVE key: 32 bytes, written as 40 letters of Z85.
public struct CurveKey: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes a key has.
    public static let byteCount = 32

    /// The key.
    public let bytes: [UInt8]

    /// Takes the 32 bytes of a key.
    ///
    /// - Throws: ``ZeroMQError`` with `.invalidArgument`.
    public init(bytes: [UInt8]) throws(ZeroMQError) {
        guard bytes.count == Self.byteCount else {
            throw CurveText.error("reading a CURVE key of \(bytes.count) bytes; it has \(Self.byteCount)")
        }
        self.bytes = bytes
    }

    /// Reads a key from its 40 letters.
    ///
    /// - Throws: ``ZeroMQError`` with `.invalidArgument`.
    public init(_ text: String) throws(ZeroMQError) {
        bytes = try CurveText.decode(text)
    }

    /// The 40 letters.
    public var description: String { CurveText.encode(bytes) }
}

/// A secret CURVE key; printing it tells nothing, its letters come only on request.
public struct CurveSecretKey: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    let bytes: [UInt8]

    /// Reads a key from its 40 letters.
    ///
    /// - Throws: ``ZeroMQError`` with `.invalidArgument`; the text is not part of it.
    public init(_ text: String) throws(ZeroMQError) {
        bytes = try CurveText.decode(text)
    }

    /// The 40 letters, for a file that only its owner may read.
    public var exposedText: String { CurveText.encode(bytes) }

    /// Tells nothing.
    public var description: String { "secret" }

    /// Tells nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A public key and the secret one that belongs to it.
public struct CurveKeyPair: Hashable, Sendable {
    /// Given to everyone who shall recognise the owner.
    public let publicKey: CurveKey

    /// Kept by the owner.
    public let secret: CurveSecretKey

    /// Makes a new pair from the system's random numbers.
    ///
    /// - Throws: ``ZeroMQError`` with `.notSupported` where libzmq has no CURVE.
    public static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: CurveText.letters + 1)
        var secretText = publicText
        let result = unsafe zmq_curve_keypair(&publicText, &secretText)
        try check(result, "zmq_curve_keypair", "making a pair of CURVE keys")
        return CurveKeyPair(
            publicKey: try CurveKey(CurveText.string(publicText)),
            secret: try CurveSecretKey(CurveText.string(secretText)))
    }

    /// The pair of a secret key, whose public key is computed.
    public init(secret: CurveSecretKey) throws(ZeroMQError) {
        var publicText = [CChar](repeating: 0, count: CurveText.letters + 1)
        let result = unsafe zmq_curve_public(&publicText, secret.exposedText)
        try check(result, "zmq_curve_public", "deriving a public CURVE key")
        self.init(publicKey: try CurveKey(CurveText.string(publicText)), secret: secret)
    }

    private init(publicKey: CurveKey, secret: CurveSecretKey) {
        self.publicKey = publicKey
        self.secret = secret
    }
}

/// Z85, the text form of keys.
enum CurveText {
    static let letters = 40

    static func encode(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: letters + 1)
        // Fails only for a length that is not a multiple of 4; keys have 32.
        _ = unsafe zmq_z85_encode(&text, bytes, bytes.count)
        return string(text)
    }

    static func decode(_ text: String) throws(ZeroMQError) -> [UInt8] {
        guard text.utf8.count == letters, !text.utf8.contains(0) else {
            throw error("reading a CURVE key of \(text.utf8.count) letters; it has \(letters)")
        }
        var bytes = [UInt8](repeating: 0, count: CurveKey.byteCount)
        guard unsafe zmq_z85_decode(&bytes, text) != nil, encode(bytes) == text else {
            throw error("reading a CURVE key: not Z85 text")
        }
        return bytes
    }

    static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func error(_ context: String) -> ZeroMQError {
        ZeroMQError(code: .invalidArgument, call: "zmq_z85_decode", context: context)
    }
}
