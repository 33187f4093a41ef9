import Glibc

/// Waiting for facts.
enum Wait {
    static func pause(milliseconds: UInt32) { usleep(milliseconds * 1_000) }

    /// Asks again and again until it is so; throws after so many seconds.
    @available(*, noasync)
    static func until(seconds: Int, _ what: String, _ isSo: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while try !isSo() {
            guard ContinuousClock.now < end else { throw RehearsalFailure("waited \(seconds) s in vain until \(what)") }
            pause(milliseconds: 20)
        }
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension Double {
    /// To a tenth, as text.
    var tenths: String { "\((self * 10).rounded() / 10)" }
}
