import Faults

/// The failpoints that `GAPLESS_FAILPOINTS` asks for, in builds that have any.
enum Failpoints {
    static let variable = "GAPLESS_FAILPOINTS"

    /// Puts the plan into force; throws a configuration error for a plan that cannot be read.
    ///
    /// A build without failpoints refuses too: whoever sets the variable means to see failures, and a test that quietly
    /// tests nothing is worse than a program that does not start.
    static func arm(command: String?) throws {
        guard let text = Setting.text(flag: nil, variable: variable) else { return }
        guard Faults.areCompiledIn else {
            throw CommandFailure.configuration(
                "\(variable) is set, and this build has no failpoints: unset it, or build with --traits Faults")
        }
        do {
            Faults.arm(try FaultPlan(text), command: command ?? "")
        } catch {
            throw CommandFailure.configuration("\(variable): \(error)")
        }
    }
}
