// Goal: what a supervisor decides is right in every phase of a child. Method: events in, effects out, time by hand.
import Testing

@testable import Supervision

@Suite("What a supervisor decides")
struct SupervisorPlanTests {
    let first = ChildID(number: 0)
    let second = ChildID(number: 1)
    let policy = RestartPolicy(firstDelay: .seconds(1), delayMax: .seconds(8), jitter: 0, healthyAfter: .seconds(60))

    /// Two children that run since 0 s.
    func running() -> SupervisorPlan {
        var plan = SupervisorPlan(seed: 1)
        for id in [first, second] {
            #expect(plan.apply(.add(id, policy, grace: .seconds(10)), at: .zero) == [.start(id)])
            #expect(plan.apply(.started(id), at: .zero) == [.report(.started(id))])
        }
        return plan
    }

    @Test("a crash restarts after a delay that grows, and a healthy run resets it")
    func crashRestarts() {
        var plan = running()
        var now = Duration.seconds(1)
        for delay in [Duration.seconds(1), .seconds(2), .seconds(4)] {
            let effects = plan.apply(.ended(first, .signal(9)), at: now)
            #expect(effects == [.report(.ended(first, .signal(9))), .report(.restarting(first, after: delay))])
            #expect(plan.wakeAt == now + delay)
            #expect(plan.apply(.tick, at: now + delay - .milliseconds(1)) == [])
            now += delay
            #expect(plan.apply(.tick, at: now) == [.start(first)])
            _ = plan.apply(.started(first), at: now)
        }
        now += .seconds(60)
        let effects = plan.apply(.ended(first, .code(1)), at: now)
        #expect(effects.last == .report(.restarting(first, after: .seconds(1))))
    }

    @Test("a start that fails is tried again")
    func startFailureRetries() {
        var plan = SupervisorPlan(seed: 1)
        _ = plan.apply(.add(first, policy, grace: .zero), at: .zero)
        let effects = plan.apply(.startFailed(first, reason: "gone"), at: .zero)
        #expect(
            effects == [
                .report(.startFailed(first, reason: "gone")), .report(.restarting(first, after: .seconds(1))),
            ])
        #expect(plan.apply(.tick, at: .seconds(1)) == [.start(first)])
        #expect(!plan.isDone)
    }

    @Test("a final exit stays down, and the plan is done when all are")
    func finalExit() {
        var plan = running()
        let effects = plan.apply(.ended(first, .code(78)), at: .seconds(1))
        #expect(effects == [.report(.ended(first, .code(78))), .report(.gaveUp(first, .code(78)))])
        #expect(!plan.isDone)
        _ = plan.apply(.ended(second, .code(64)), at: .seconds(1))
        #expect(plan.isDone)
    }

    @Test("stop all: terminate, kill those that stay beyond their grace period, start nothing again")
    func stopAll() {
        var plan = running()
        #expect(plan.apply(.stopAll, at: .seconds(1)) == [.terminate(first), .terminate(second)])
        #expect(plan.apply(.ended(first, .code(0)), at: .seconds(2)) == [.report(.ended(first, .code(0)))])
        #expect(plan.wakeAt == .seconds(11))
        #expect(plan.apply(.tick, at: .seconds(11)) == [.report(.killing(second)), .kill(second)])
        #expect(plan.apply(.tick, at: .seconds(30)) == [])
        _ = plan.apply(.ended(second, .signal(9)), at: .seconds(30))
        #expect(plan.isDone && plan.wakeAt == nil)
        #expect(plan.apply(.add(ChildID(number: 2), policy, grace: .zero), at: .seconds(31)) == [])
        #expect(plan.isDone)
    }

    @Test("L3: stop all ends a child that the others need after them, also when one of them had to be killed")
    func endsLast() {
        var plan = SupervisorPlan(seed: 1)
        _ = plan.apply(.add(first, policy, grace: .seconds(10), endsLast: true), at: .zero)
        _ = plan.apply(.add(second, policy, grace: .seconds(10)), at: .zero)
        _ = plan.apply(.started(first), at: .zero)
        _ = plan.apply(.started(second), at: .zero)
        #expect(plan.apply(.stopAll, at: .seconds(1)) == [.terminate(second)])
        #expect(plan.apply(.tick, at: .seconds(11)) == [.report(.killing(second)), .kill(second)])
        let ending = plan.apply(.ended(second, .signal(9)), at: .seconds(11))
        #expect(ending == [.report(.ended(second, .signal(9))), .terminate(first)])
        _ = plan.apply(.ended(first, .code(0)), at: .seconds(12))
        #expect(plan.isDone)
    }

    @Test("stop all takes a waiting child out of its wait")
    func stopWhileWaiting() {
        var plan = running()
        _ = plan.apply(.ended(first, .signal(11)), at: .seconds(1))
        #expect(plan.apply(.stopAll, at: .seconds(1)) == [.terminate(second)])
        #expect(plan.apply(.tick, at: .seconds(5)) == [])
    }

    @Test("a child that comes up while all is stopping is stopped")
    func startedWhileStopping() {
        var plan = SupervisorPlan(seed: 1)
        _ = plan.apply(.add(first, policy, grace: .seconds(10)), at: .zero)
        _ = plan.apply(.stopAll, at: .zero)
        #expect(plan.apply(.started(first), at: .zero) == [.report(.started(first)), .terminate(first)])
    }

    @Test("kill all is at once, also after stop all")
    func killAll() {
        var plan = running()
        _ = plan.apply(.stopAll, at: .seconds(1))
        #expect(plan.apply(.killAll, at: .seconds(2)) == [.kill(first), .kill(second)])
        #expect(plan.wakeAt == nil)
    }

    @Test("rolling restart: one at a time, the next only after the one before is healthy")
    func rolling() {
        var plan = running()
        #expect(plan.apply(.roll([first, second], healthyWithin: .seconds(5)), at: .seconds(1)) == [.terminate(first)])
        #expect(
            plan.apply(.ended(first, .code(0)), at: .seconds(2)) == [.report(.ended(first, .code(0))), .start(first)])
        #expect(plan.apply(.started(first), at: .seconds(2)) == [.report(.started(first)), .askHealth(first)])
        #expect(plan.apply(.health(first, false), at: .seconds(2)) == [])
        let next = Duration.seconds(2) + SupervisorPlan.healthInterval
        #expect(plan.wakeAt == next)
        #expect(plan.apply(.tick, at: next) == [.askHealth(first)])
        #expect(plan.apply(.health(first, true), at: next) == [.terminate(second)])
        _ = plan.apply(.ended(second, .code(0)), at: .seconds(4))
        _ = plan.apply(.started(second), at: .seconds(4))
        let effects = plan.apply(.health(second, true), at: .seconds(4))
        #expect(effects == [.report(.rollingEnded(unhealthy: nil, isComplete: true))])
        #expect(plan.wakeAt == nil)
    }

    @Test("rolling restart stops at a child that is not healthy in time, and leaves the others alone")
    func rollingStops() {
        var plan = running()
        _ = plan.apply(.roll([first, second], healthyWithin: .seconds(5)), at: .seconds(1))
        _ = plan.apply(.ended(first, .code(0)), at: .seconds(2))
        _ = plan.apply(.started(first), at: .seconds(2))
        _ = plan.apply(.health(first, false), at: .seconds(2))
        // It crashes, too: the usual restart goes on, the deadline stands.
        _ = plan.apply(.ended(first, .signal(11)), at: .seconds(3))
        #expect(plan.apply(.tick, at: .seconds(4)) == [.start(first)])
        _ = plan.apply(.started(first), at: .seconds(4))
        let effects = plan.apply(.tick, at: .seconds(7))
        #expect(
            effects == [.askHealth(first), .report(.rollingEnded(unhealthy: first, isComplete: false))]
                || effects == [.report(.rollingEnded(unhealthy: first, isComplete: false))])
        #expect(plan.apply(.tick, at: .seconds(60)) == [])
        #expect(plan[second]?.phase == .running(since: .zero))
    }

    @Test("a rolling restart is refused while another is under way")
    func rollingTwice() {
        var plan = running()
        _ = plan.apply(.roll([first], healthyWithin: .seconds(5)), at: .seconds(1))
        let effects = plan.apply(.roll([second], healthyWithin: .seconds(5)), at: .seconds(1))
        #expect(effects == [.report(.rollingEnded(unhealthy: nil, isComplete: false))])
        #expect(plan[second]?.phase == .running(since: .zero))
    }
}
