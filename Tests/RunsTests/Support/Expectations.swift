import Runs
import Testing

// `#expect` takes its expression apart, which types that cannot be copied do not allow: these take values.

func expectEqual<T: Equatable>(_ one: T, _ other: T, at place: SourceLocation = #_sourceLocation) {
    #expect(one == other, sourceLocation: place)
}

func expectTrue(_ condition: Bool, at place: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: place)
}

/// The error of a body that should fail.
func failure(_ body: () throws -> Void) -> RunError? {
    do {
        try body()
        return nil
    } catch {
        return error as? RunError
    }
}
