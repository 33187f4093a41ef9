// Goal: delays grow, are bounded, differ between children, and are forgotten after a healthy run. Method: on values,
// with seeded dice.
import Testing

@testable import Supervision

@Suite("When a child is restarted")
struct RestartPolicyTests {
    @Test("delays double up to the greatest one")
    func delaysDouble() {
        let policy = RestartPolicy(firstDelay: .milliseconds(100), delayMax: .seconds(1), jitter: 0)
        var dice = SeededDice(seed: 1)
        let delays = [1, 2, 3, 4, 5, 6, 100].map { policy.delay(afterFailures: $0, using: &dice) }
        #expect(delays == [100, 200, 400, 800, 1000, 1000, 1000].map { .milliseconds($0) })
    }

    @Test("jitter only shortens, stays in its bounds, and is not always the same")
    func jitterSpreads() {
        let policy = RestartPolicy(firstDelay: .seconds(1), delayMax: .seconds(8), jitter: 0.25)
        var dice = SeededDice(seed: 7)
        let delays = (0..<200).map { _ in policy.delay(afterFailures: 3, using: &dice) }
        #expect(delays.allSatisfy { $0 >= .seconds(3) && $0 <= .seconds(4) })
        #expect(Set(delays).count > 100)
        #expect(delays.contains { $0 < .milliseconds(3300) } && delays.contains { $0 > .milliseconds(3700) })
    }

    @Test("a healthy run forgets the failures before it, a short one does not")
    func healthyRunForgets() {
        let policy = RestartPolicy(healthyAfter: .seconds(10))
        #expect(policy.failures(before: 5, afterRunOf: .seconds(9)) == 6)
        #expect(policy.failures(before: 5, afterRunOf: .seconds(10)) == 1)
    }

    @Test("wrong usage and bad configuration are final, crashes are not, success only if wanted")
    func finalExits() {
        let policy = RestartPolicy()
        #expect([64, 77, 78].allSatisfy { policy.isFinal(.code($0)) })
        #expect([0, 1, 70, 75].allSatisfy { !policy.isFinal(.code($0)) })
        #expect(!policy.isFinal(.signal(9)))
        #expect(RestartPolicy(isSuccessFinal: true).isFinal(.code(0)))
    }
}
