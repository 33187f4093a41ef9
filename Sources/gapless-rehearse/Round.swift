import Glibc

/// Restarts of every process, one after the other.
struct Round {
    private let rehearsal: Rehearsal
    private let number: Int
    private let asker: Asker

    /// As many rounds as were asked for, or until the index is ready.
    @available(*, noasync)
    static func all(of rehearsal: Rehearsal, _ writer: ApplicationWriter, _ asker: Asker) throws {
        var number = 1
        while true {
            let round = Round(rehearsal: rehearsal, number: number, asker: asker)
            if number == 1, rehearsal.settings.isUpgrade {
                try round.upgrade(writer)
            } else {
                try round.restartAll()
            }
            rehearsal.record.count(\.rounds)
            if let wanted = rehearsal.settings.rounds {
                if number >= wanted { return }
            } else if try rehearsal.ledger.look(rehearsal.program).state == "ready" {
                return
            }
            number += 1
        }
    }

    @available(*, noasync)
    private func restartAll() throws {
        let pids = try rehearsal.clusterView().present.map(\.pid)
        for pid in pids {
            guard try awaitProgress() else { return }
            // A supervisor that was restarted as a whole has replaced it already.
            guard try rehearsal.clusterView().present.contains(where: { $0.pid == pid }) else { continue }
            try rehearsal.restartWorker(pid, in: number)
        }
        guard try awaitProgress() else { return }
        try rehearsal.restartCoordinator(in: number)
    }

    /// Every process is restarted from the new executable; the applications follow.
    @available(*, noasync)
    private func upgrade(_ writer: ApplicationWriter) throws {
        let new = rehearsal.programs[1]
        Progress.say("upgrade", "from \(rehearsal.programs[0].path) to \(new.path)")
        try rehearsal.cluster.use(new)
        try restartAll()
        rehearsal.program = new
        writer.use(new)
        asker.use(new)
        try Wait.until(seconds: rehearsal.settings.patienceSeconds, "every worker serves after the upgrade") {
            try rehearsal.processes.requireGoingOn()
            let view = try rehearsal.clusterView()
            return view.refused.isEmpty && view.present.count == rehearsal.settings.workers
        }
    }

    /// A restart is to hit a build: waits until it has got on, and begins another if this one is over. False when no
    /// more restarts are wanted: every process was restarted once, and the index is ready.
    @available(*, noasync)
    private func awaitProgress() throws -> Bool {
        let before = rehearsal.ledger.scannedNow
        var state = try rehearsal.ledger.look(rehearsal.program)
        // Workers of another version get no work; then there is nothing to wait for.
        while state.state != "ready", state.job?.phase ?? "scan" == "scan", rehearsal.ledger.scannedNow <= before,
            try hasServingWorkers()
        {
            try rehearsal.processes.requireGoingOn()
            try rehearsal.noticeEnds()
            Wait.pause(milliseconds: 20)
            state = try rehearsal.ledger.look(rehearsal.program)
        }
        guard state.state == "ready" else { return true }
        if rehearsal.settings.rounds == nil, number > 1 { return false }
        try rehearsal.settle(asker)
        try rehearsal.withdraw()
        try rehearsal.declare()
        return true
    }

    @available(*, noasync)
    private func hasServingWorkers() throws -> Bool {
        let view = try rehearsal.clusterView()
        return view.present.count > view.refused.count
    }
}
