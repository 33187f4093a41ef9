extension FloorsFigures {
    /// Tables for people.
    var text: String { [phaseTable, processTable, writerTable, floorTable].compactMap { $0 }.joined(separator: "\n") }

    private var phaseTable: String? {
        guard let phases else { return nil }
        var table = FigureTable(["phase", "seconds", "thousand/s"])
        if let importSeconds { table.add("import (records)", seconds(importSeconds), rate(records, importSeconds)) }
        table.add("scan (entries)", seconds(phases.scanSeconds), rate(phases.entries, phases.scanSeconds))
        table.add("load", seconds(phases.loadSeconds), rate(phases.entries, phases.loadSeconds))
        table.add("check", seconds(phases.checkSeconds), rate(phases.entries, phases.checkSeconds))
        table.add("publish", seconds(phases.publishSeconds), rate(phases.entries, phases.publishSeconds))
        table.add("lease to ready", seconds(phases.seconds), rate(phases.entries, phases.seconds))
        table.add("declared to ready", seconds(wallSeconds), rate(phases.entries, wallSeconds))
        let sizes =
            "\(Figure.grouped(records)) records, \(Figure.grouped(phases.entries)) entries, \(phases.ranges) ranges, "
            + "runs \(mebibytes(phases.runBytes)) MiB, index \(mebibytes(indexBytes)) MiB; "
            + "load average before: \(Figure.decimal(loadAverage, places: 1))\n"
        return table.text + sizes
    }

    private var processTable: String? {
        guard !workerProcesses.isEmpty else { return nil }
        var table = FigureTable(["process", "peak MiB", "cpu s"])
        for (place, worker) in workerProcesses.enumerated() {
            table.add("worker \(place + 1)", mebibytes(worker.peakBytes), seconds(worker.cpuSeconds))
        }
        if let coordinatorProcess {
            let (peak, cpu) = (coordinatorProcess.peakBytes, coordinatorProcess.cpuSeconds)
            table.add("coordinator", mebibytes(peak), seconds(cpu))
        }
        return table.text
    }

    private var writerTable: String? {
        guard let writerAlone, let writerDuringBuild else { return nil }
        var table = FigureTable(["application's writer, ms", "p50", "p99", "longest", "puts"])
        let rows = [
            ("wait for the lock, alone", writerAlone.lock), ("wait for the lock, build", writerDuringBuild.lock),
            ("whole put, alone", writerAlone.put), ("whole put, build", writerDuringBuild.put),
        ]
        for (name, row) in rows {
            table.add(
                name, Figure.decimal(row.p50, places: 3), Figure.decimal(row.p99, places: 3),
                Figure.decimal(row.longest, places: 1), "\(row.count)")
        }
        return table.text
    }

    private var floorTable: String? {
        var table = FigureTable(["floor", "measured", "floor", "times better"])
        for floor in floors {
            table.add(
                floor.name, Figure.grouped(floor.measured), Figure.grouped(floor.floor),
                Figure.decimal(floor.ratio, places: 2))
        }
        return table.text
    }

    private func seconds(_ seconds: Double) -> String { Figure.decimal(seconds, places: 2) }

    private func rate(_ count: UInt64, _ seconds: Double) -> String {
        seconds > 0 ? Figure.grouped(Double(count) / seconds / 1_000) : "-"
    }

    private func mebibytes(_ bytes: UInt64) -> String { Figure.grouped(Double(bytes) / 1_048_576) }
}
