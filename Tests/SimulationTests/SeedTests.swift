import Simulation
import Testing

@Test func seeds() {
    #expect(Simulation.run(Plan(seed: 1)).violation == nil)
}
