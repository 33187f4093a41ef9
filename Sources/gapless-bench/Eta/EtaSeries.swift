/// What a build said of its own end while it ran, and what came of it.
struct EtaSeries {
    /// One look.
    struct Sample {
        /// Since the declaration.
        let seconds: Double
        /// Seconds to go, as was told; nil if nothing was.
        let etaSeconds: Double?
        /// Of each index, 0...1.
        let progress: [Double]
    }

    /// The parts of the build's duration at which the prediction is shown, in percent.
    static let marks = [10, 25, 50, 75, 90]
    /// From here on predictions are held to what is promised: before it there is little to go by.
    static let firstShare = 0.1
    /// How far a prediction may be off, in percent of the whole duration.
    static let promisedPercent = 15.0

    /// In the order of time.
    private(set) var samples: [Sample] = []
    /// From the declaration to ready, in seconds.
    var duration = 0.0

    mutating func add(_ sample: Sample) { samples.append(sample) }

    /// The predicted end at a moment, in percent of the real one, by the latest look before; nil if nothing was told.
    func predictedPercent(atPercent mark: Int) -> Double? {
        let moment = duration * Double(mark) / 100
        return samples.last { $0.seconds <= moment }.flatMap(predictedPercent)
    }

    /// How far the worst prediction after the first tenth was off, in percent of the duration; nil if there was none.
    var worstPercent: Double? {
        late.compactMap(predictedPercent).map { abs($0 - 100) }.max()
    }

    /// Looks after the first tenth that found no prediction, in percent of all then.
    var silentPercent: Double {
        100 * Double(late.count { $0.etaSeconds == nil }) / Double(max(late.count, 1))
    }

    /// How often the progress of an index was less than at the look before.
    var stepsBack: Int {
        zip(samples, samples.dropFirst()).reduce(0) { sum, pair in
            sum + zip(pair.0.progress, pair.1.progress).count { $0 > $1 }
        }
    }

    private var late: some Collection<Sample> {
        samples.drop { $0.seconds < duration * Self.firstShare }
    }

    private func predictedPercent(_ sample: Sample) -> Double? {
        sample.etaSeconds.map { 100 * (sample.seconds + $0) / max(duration, 1e-9) }
    }
}

extension BenchReport {
    static let worstPrediction = "after the first tenth: the worst error"

    /// Adds a round of predictions.
    mutating func add(_ series: EtaSeries) {
        add("ready after", series.duration, "s", .neither)
        for mark in EtaSeries.marks {
            guard let predicted = series.predictedPercent(atPercent: mark) else {
                note("at \(mark) % of a round nothing was predicted")
                continue
            }
            add("at \(mark) %: predicted end, of the real one", predicted, "%", .neither)
            add("at \(mark) %: error", abs(predicted - 100), "%", .lower, floor: EtaSeries.promisedPercent)
        }
        if let worst = series.worstPercent {
            add(Self.worstPrediction, worst, "%", .lower, floor: EtaSeries.promisedPercent)
        }
        add("after the first tenth: looks without a prediction", series.silentPercent, "%", .lower)
        add("progress went backwards", Double(series.stepsBack), "times", .lower)
        add("looks", Double(series.samples.count), "", .neither)
    }
}
