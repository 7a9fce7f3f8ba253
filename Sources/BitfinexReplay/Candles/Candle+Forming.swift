package import Candles

extension Candle {
    /// The states that a candle goes through while its interval runs.
    package static let formingSteps = 20

    /// The candle after `step` of its interval's twenty steps: its last state but from the end on, when it is whole.
    ///
    /// At first all prices are the open. High, low and close then move evenly to their recorded values, and the volume grows
    /// with them; only the interval's end (step 20) brings the recorded candle.
    package func forming(step: Int) -> Candle {
        if step >= Candle.formingSteps { return self }
        let step = max(0, step)
        let share = Double(step) / Double(Candle.formingSteps)
        let high = max(open, moved(to: high, share))
        let low = min(open, moved(to: low, share))
        return Candle(
            openTime: openTime, open: open, high: high, low: low, close: min(high, max(low, moved(to: close, share))),
            volume: volume(traded: (Double(step) + 0.5) / Double(Candle.formingSteps)))
    }

    /// The step at `now`, 0 ..< 20 while the interval runs.
    static func formingStep(of openTime: UnixMilliseconds, _ timeframe: Timeframe, at now: UnixMilliseconds) -> Int {
        Int((now - openTime) * Int64(formingSteps) / timeframe.milliseconds)
    }

    /// To eight decimals, as the exchange's prices are at most.
    private func moved(to target: Double, _ share: Double) -> Double {
        share == 0 ? open : ((open + (target - open) * share) * 1e8).rounded() / 1e8
    }

    private func volume(traded share: Double) -> Double {
        let smallest = min(volume, 1e-8)
        return max(smallest, (volume * share * 1e8).rounded(.down) / 1e8)
    }
}
