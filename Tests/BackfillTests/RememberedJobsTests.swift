// Goal: what a coordinator remembers of jobs that are over is bounded.

import Testing

@testable import Backfill

@Suite("Jobs that are over")
struct RememberedJobsTests {
    @Test("jobs that are over are remembered up to a bound, however many indexes were created and dropped")
    func doneJobsAreBounded() {
        var world = World(keys: [1, 2, 3])
        world.hire(1)
        for number in 0..<UInt64(world.coordinator.limits.doneJobsMax * 2) {
            world.demands[0].index.index = number + 1
            world.apply(.catalog(world.demands))
            world.settle()
        }
        #expect(world.coordinator.jobs.count <= world.coordinator.limits.doneJobsMax + 2)
        #expect(world.coordinator.jobs.last?.row.state == .open)
    }

    @Test("jobs that a predecessor did not come to remove are removed by its successor, before it has anything to do")
    func leftJobsAreRemoved() {
        var world = World(keys: [1, 2, 3])
        world.apply(.catalog(world.demands))
        var done = world.coordinator.jobs[0].image
        done.row.state = .done
        done.builds[0].stage = .published
        let max = world.coordinator.limits.doneJobsMax
        let images = (1...UInt64(max + 20)).map { id in
            var image = done
            image.row.id = id
            image.row.indexes[0].index = id
            return image
        }
        var successor = Coordinator(
            epoch: 2, environment: Nonce(high: 0, low: 0), program: "1", extractorVersion: 1, jobs: images,
            nextJob: JobID(max + 21), seed: 1, now: world.now)
        var effects = Effects()
        successor.advance(at: world.now, into: &effects)
        #expect(effects.requests == (1...20).map { .removeJob(job: $0) })
        #expect(successor.jobs.count == max)
    }
}
