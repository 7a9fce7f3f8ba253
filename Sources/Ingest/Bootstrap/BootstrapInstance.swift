package import Candles

/// What one series gets beside its candles: env files and timers, named as the units of `systemd/` expect.
package struct BootstrapInstance: Sendable, Equatable {
    package let series: Series
    package let files: [InstanceFile]
    package let timers: [String]

    /// Days that gap repair reaches back.
    package static let gapRepairDays = 30

    package static let realtimeTimer = "cryptotrader-bitfinex-realtime@"
    package static let gapRepairTimer = "cryptotrader-bitfinex-gap-repair@"

    /// The templates of units that the timers need, as systemd names them.
    package static func templates(gapRepair: Bool) -> [String] {
        [realtimeTimer + ".timer", "cryptotrader-bitfinex-backfill@.service"]
            + (gapRepair ? [gapRepairTimer + ".timer", gapRepairTimer + ".service"] : [])
    }

    package init(_ series: Series, gapRepair: Bool) {
        let names: [InstanceFile.Setting] = [
            .init("CT_SYMBOL", series.symbol.name), .init("CT_TIMEFRAME", series.timeframe.rawValue),
        ]
        self.series = series
        let backfill = InstanceFile(name: "bitfinex-backfill-\(series).env", settings: names)
        let repair = InstanceFile(
            name: "bitfinex-gap-repair-\(series).env",
            settings: names + [.init("CT_LOOKBACK_DAYS", "\(Self.gapRepairDays)")])
        files = gapRepair ? [backfill, repair] : [backfill]
        timers = (gapRepair ? [Self.realtimeTimer, Self.gapRepairTimer] : [Self.realtimeTimer]).map {
            "\($0)\(series).timer"
        }
    }
}
