import Candles
import NIOConcurrencyHelpers
import Storage

/// Every series that is kept, at a glance.
struct Catalogue: Sendable {
    /// By symbol and timeframe.
    let glances: [SeriesGlance]
    /// Ascending.
    let symbols: [Symbol]
    private let bySymbol: [Symbol: [SeriesGlance]]

    init(_ glances: [SeriesGlance]) {
        self.glances = glances.sorted { $0.stored.series < $1.stored.series }
        bySymbol = Dictionary(grouping: self.glances, by: \.stored.series.symbol)
        symbols = bySymbol.keys.sorted()
    }

    /// The finest first.
    func glances(of symbol: Symbol) -> [SeriesGlance] { bySymbol[symbol] ?? [] }

    /// - Throws: An `APIProblem` that names the nearest.
    func symbol(_ name: String) throws(APIProblem) -> Symbol {
        if let symbol = try? Symbol(name), bySymbol[symbol] != nil { return symbol }
        throw notFound("nothing is kept of '\(name)'", name, among: symbols.map(\.name))
    }

    /// How bars of a length are come by.
    ///
    /// - Throws: An `APIProblem` that names the nearest length.
    func plan(of symbol: Symbol, timeframe name: String) throws(APIProblem) -> BarPlan {
        let plans = BarPlan.all(of: glances(of: symbol))
        if let plan = plans.first(where: { $0.length.name == name }) { return plan }
        if let length = BarLength(name) { throw unmade(length, of: symbol, having: plans.map(\.length.name)) }
        throw notFound("'\(name)' is not a timeframe", name, among: plans.map(\.length.name))
    }

    /// A timeframe that is kept of some symbol; where nothing is kept at all, any one that could be.
    ///
    /// - Throws: An `APIProblem` that names those that are.
    func kept(timeframe name: String) throws(APIProblem) -> Timeframe {
        if glances.isEmpty, let timeframe = Timeframe(rawValue: name) { return timeframe }
        let kept = Set(glances.map(\.stored.series.timeframe)).sorted()
        if let timeframe = kept.first(where: { $0.rawValue == name }) { return timeframe }
        let known = BarLength(name) != nil
        throw notFound(
            known ? "no series of \(name) is kept" : "'\(name)' is not a timeframe", name, among: kept.map(\.rawValue))
    }

    /// Shorter bars than the finest series has cannot be made of it, and weeks and months are made of days alone.
    private func unmade(_ length: BarLength, of symbol: Symbol, having names: [String]) -> APIProblem {
        let has = "it has \(names.joined(separator: ", "))"
        if case .timeframe = length {
            return APIProblem(
                .notFound, "\(symbol) has no bars of \(length.name): what is kept of it is too coarse", hint: has)
        }
        return APIProblem(
            .notFound,
            "\(symbol) has no bars of \(length.name): they are made of days, and what is kept of it is finer",
            hint: "\(has); to have them, keep its days: 'ingest backfill --series \(symbol)-1D'")
    }

    private func notFound(_ detail: String, _ name: String, among names: [String]) -> APIProblem {
        if names.isEmpty {
            return APIProblem(
                .notFound, detail + ", since nothing is kept yet",
                hint: "begin with 'ingest backfill --series BTCUSD-1m --lookback-days 30'")
        }
        if let nearest = Spelling.nearest(to: name, in: names) {
            return APIProblem(.notFound, detail, hint: "did you mean \(nearest)?")
        }
        let more = names.count > 12 ? " and \(names.count - 12) more" : ""
        return APIProblem(.notFound, detail, hint: "there are \(names.prefix(12).joined(separator: ", "))\(more)")
    }
}

/// Keeps what is known of all series for a second, or until something changes or is told: almost every document begins with it.
final class CatalogueMemo: Sendable {
    /// The number of the newest event beside the version: an event may tell of a commit before the version does.
    private struct Moment: Hashable {
        let version: Int
        let sequence: Int
    }

    private struct Known {
        let catalogue: Catalogue
        let moment: Moment
        let made: UnixMilliseconds
    }

    private let known = NIOLockedValueBox<Known?>(nil)
    private let work = SingleFlight<Moment, Catalogue>()

    /// `sequence` is the number of the newest event that the answer need not tell of again.
    func catalogue(of source: any DashboardSource, sequence: Int, now: UnixMilliseconds) async throws -> Catalogue {
        let moment = Moment(version: source.version, sequence: sequence)
        if let known = known.withLockedValue(\.self), known.moment == moment, (0..<1000).contains(now - known.made) {
            return known.catalogue
        }
        return try await work.value(for: moment) {
            let catalogue = Catalogue(try await source.read { try await $0.glances(now: now) })
            known.withLockedValue { $0 = Known(catalogue: catalogue, moment: moment, made: now) }
            return catalogue
        }
    }
}
