package import Candles
package import Journal

/// What was seen at one time, without a judgement.
package struct HealthReadings: Sendable, Equatable {
    package var takenAt: UnixMilliseconds
    package var uptimeSeconds: Int64
    package var journal: Reading<JournalHealth>
    package var series: Reading<[SeriesReading]>
    package var disk: DiskRoom?
    /// Nil where there is no `nvidia-smi`, or it has nothing to say.
    package var gpu: GPUReading?
    /// In the last hour.
    package var loggedErrors: Int

    package init(
        takenAt: UnixMilliseconds, uptimeSeconds: Int64, journal: Reading<JournalHealth>,
        series: Reading<[SeriesReading]>, disk: DiskRoom? = nil, gpu: GPUReading? = nil,
        loggedErrors: Int = 0
    ) {
        self.takenAt = takenAt
        self.uptimeSeconds = uptimeSeconds
        self.journal = journal
        self.series = series
        self.disk = disk
        self.gpu = gpu
        self.loggedErrors = loggedErrors
    }
}

/// What a source said, or why it could not.
package enum Reading<Value: Sendable & Equatable>: Sendable, Equatable {
    case read(Value)
    case failed(String)

    package var value: Value? { if case .read(let value) = self { value } else { nil } }
}

/// How far one series reaches.
package struct SeriesReading: Sendable, Equatable {
    package let series: Series
    package let candles: Int
    /// Intervals of which nothing is proven.
    package let unknown: Int
    package let suspect: Int
    /// Since the interval of the last final candle ended; nil where there is none.
    package let ageSeconds: Int64?
    /// The end of what is proven, traded or not; nil where nothing is.
    package let knownThrough: UnixMilliseconds?
    /// Since when the exchange has no longer anything of it; nil where it has.
    package let goneSince: UnixMilliseconds?

    package init(
        series: Series, candles: Int, unknown: Int, suspect: Int, ageSeconds: Int64?,
        knownThrough: UnixMilliseconds? = nil, goneSince: UnixMilliseconds? = nil
    ) {
        self.series = series
        self.candles = candles
        self.unknown = unknown
        self.suspect = suspect
        self.ageSeconds = ageSeconds
        self.knownThrough = knownThrough
        self.goneSince = goneSince
    }
}
