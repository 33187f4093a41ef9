#if Faults
internal import Glibc
internal import Synchronization

/// The plan of this process, and how often each of its rules was met.
final class FaultState: Sendable {
    private struct Counted {
        let rule: FaultRule
        var count = 0
        var fired = 0
        var dice: FaultDice
    }

    private let rules: Mutex<[FaultPoint: [Counted]]>
    /// The points that rules speak of: the others are passed without a lock.
    private let points: Set<FaultPoint>

    init(_ rules: [FaultRule]) {
        let counted = rules.map { Counted(rule: $0, dice: FaultDice(state: $0.seed)) }
        let byPoint = Dictionary(grouping: counted) { $0.rule.point }
        points = Set(byPoint.keys)
        self.rules = Mutex(byPoint)
    }

    /// What to do at a point: every rule that applies has its turn, up to the first that makes the call fail.
    ///
    /// A stall, a stop and an end of the process are over when this returns, or never.
    func meet(_ point: FaultPoint, _ subject: @autoclosure () -> String, _ key: [UInt8] = []) -> FaultRule.Action? {
        guard points.contains(point) else { return nil }
        let subject = subject()
        for (rule, count) in draw(point, subject, key) {
            say("failpoint \(point.rawValue) at call \(count), \(subject): \(rule.action)")
            switch rule.action {
            case .stall(let milliseconds): sleep(milliseconds)
            case .stop: raise(SIGSTOP)
            case .leave(let code): _exit(code)
            case .abort:
                kill(getpid(), SIGKILL)
                while true { pause() }
            case .fail, .lose, .repeat: return rule.action
            }
        }
        return nil
    }

    private func draw(_ point: FaultPoint, _ subject: String, _ key: [UInt8]) -> [(FaultRule, count: Int)] {
        rules.withLock { all in
            guard var met = all[point] else { return [] }
            var drawn: [(FaultRule, count: Int)] = []
            for place in met.indices where met[place].rule.isAbout(subject: subject, key: key) {
                let rule = met[place].rule
                met[place].count += 1
                let (count, fired) = (met[place].count, met[place].fired)
                if rule.applies(to: count, fired: fired, dice: &met[place].dice), isFirst(rule) {
                    met[place].fired += 1
                    drawn.append((rule, count))
                }
            }
            all[point] = met
            return drawn
        }
    }

    /// Of a rule that applies once among all processes: whether this one is it.
    private func isFirst(_ rule: FaultRule) -> Bool {
        guard let marker = rule.marker else { return true }
        let descriptor = open(marker, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }

    private func sleep(_ milliseconds: Int) {
        var left = timespec(tv_sec: milliseconds / 1_000, tv_nsec: milliseconds % 1_000 * 1_000_000)
        var asked = left
        while nanosleep(&asked, &left) != 0 && errno == EINTR { asked = left }
    }

    /// One line on standard error; nobody may be left to hear it, and then it is lost.
    private func say(_ text: String) {
        let line = Array("gapless[\(getpid())]: \(text)\n".utf8)
        line.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
#endif
