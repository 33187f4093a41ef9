// Faults: lets a build with the package trait of that name fail on purpose, at named points and by a plan.
//
//   FaultPoint            the points, with what each means
//   FaultPlan, FaultRule  what GAPLESS_FAILPOINTS asks for
//   FaultError            the errors that can be injected
//   FaultState            the plan in force: counts calls, and makes them fail, wait or end the process
#if Faults
internal import Glibc
internal import LMDB
internal import Runs
internal import Synchronization
internal import ZeroMQ
#endif

/// Faults lets a build with the package trait of that name fail on purpose, at named points and by a plan.
///
/// The trait is off by default, and without it every point is an empty function that the compiler removes. LMDB, Runs
/// and ZeroMQ, which import nothing for this, have hooks that ``arm(_:command:)`` fills; modules above them call
/// ``point(_:_:)``.
public enum Faults {
    #if Faults
    /// Whether this build has failpoints.
    public static let areCompiledIn = true

    private static let state = Mutex<FaultState?>(nil)

    /// Puts a plan into force for this process, which runs `command`; first thing, before other threads exist.
    public static func arm(_ plan: FaultPlan, command: String) {
        let state = FaultState(plan.rules.filter { $0.command == nil || $0.command == command })
        Faults.state.withLock { $0 = state }
        LMDB.FaultHook.install { point, subject, key in
            guard let point = FaultPoint(rawValue: "\(point)") else { return nil }
            guard case .fail(let error)? = state.meet(point, subject, key) else { return nil }
            return error.code
        }
        Runs.FaultHook.install { point, path in
            guard let point = FaultPoint(rawValue: point) else { return nil }
            guard case .fail(let error)? = state.meet(point, path) else { return nil }
            return error.number
        }
        ZeroMQ.FaultHook.install { point, kind in
            guard let point = FaultPoint(rawValue: "\(point)") else { return nil }
            switch state.meet(point, kind) {
            case .fail(let error)?: return .fail(error.number ?? EIO)
            case .lose?: return .lose
            case .repeat?: return .repeat
            default: return nil
            }
        }
    }
    #else
    /// Whether this build has failpoints.
    public static let areCompiledIn = false

    /// Does nothing in this build: whoever is asked for failpoints refuses before.
    public static func arm(_ plan: FaultPlan, command: String) {}
    #endif

    /// A place at which the process may be made to fail, wait or end; nothing at all without the trait.
    @inlinable
    @inline(__always)
    public static func point(_ point: FaultPoint, _ subject: @autoclosure () -> String = "") throws {
        #if Faults
        try meet(point, subject())
        #endif
    }

    /// A place behind something that has succeeded, at which the process may be made to wait or end.
    @inlinable
    @inline(__always)
    public static func passed(_ point: FaultPoint, _ subject: @autoclosure () -> String = "") {
        #if Faults
        pass(point, subject())
        #endif
    }

    #if Faults
    /// For ``point(_:_:)`` in other modules.
    public static func meet(_ point: FaultPoint, _ subject: String) throws {
        guard case .fail(let error)? = state.withLock({ $0 })?.meet(point, subject) else { return }
        throw LMDBError(code: error.code, call: point.rawValue, context: "failpoint at \(subject)")
    }

    /// For ``passed(_:_:)`` in other modules.
    public static func pass(_ point: FaultPoint, _ subject: String) {
        // A plan with an error here was refused when it was read.
        _ = state.withLock { $0 }?.meet(point, subject)
    }
    #endif
}
