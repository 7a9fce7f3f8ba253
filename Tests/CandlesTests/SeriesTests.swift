import Candles
import Testing

@Suite("Series names") struct SeriesTests {
    @Test(arguments: [
        ("BTCUSD", "BTCUSD"), ("tBTCUSD", "BTCUSD"), ("DUSK:USD", "DUSK:USD"), ("tBTCF0:USTF0", "BTCF0:USTF0"),
        ("1INCH:USD", "1INCH:USD"), ("TESTBTC:TESTUSD", "TESTBTC:TESTUSD"),
        ("GERMANY40IXF0:USTF0", "GERMANY40IXF0:USTF0"), ("tAUSTRALIA200IXF0:USTF0", "AUSTRALIA200IXF0:USTF0"),
        ("HONGKONG50IXF0:USTF0", "HONGKONG50IXF0:USTF0"), ("S:USD", "S:USD"),
    ])
    func `a pair is taken with or without its t`(text: String, name: String) throws {
        let symbol = try Symbol(text)
        #expect(symbol.name == name)
        #expect(symbol.exchangeName == "t" + name)
    }

    @Test(arguments: [
        "", "t", "BTC", "btcusd", "BTC-USD", "BTCUSDT", "BTC:", ":USD", "A:B:C", "BTC USD", "tt", "BTCÜSD", ":",
        "BTC\u{0}:USD",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012:USD", "BTC/USD", "BTC:USD\n",
    ])
    func `what is no pair is refused`(text: String) {
        #expect(throws: SeriesFault.malformedSymbol(text)) { try Symbol(text) }
    }

    @Test(
        "what the world calls a pair is answered with what it is called here",
        arguments: [
            ("BTCUSDT", "Tether is UST here: BTCUST"), ("tBTCUSDT", "Tether is UST here: BTCUST"),
            ("BTC-USDT", "Tether is UST here: BTCUST"), ("btc/usdt", "Tether is UST here: BTCUST"),
            ("BTC:USDT", "Tether is UST here: BTCUST"), ("DUSKUSDT", "Tether is UST here: DUSK:UST"),
            ("ETHUSDC", "USD Coin is UDC here: ETHUDC"), ("DASHUSD", "DASH is DSH here: DSHUSD"),
            ("XBTUSD", "Bitcoin is BTC here: BTCUSD"), ("btcusd", "write it as BTCUSD"),
            ("BTC-USD", "write it as BTCUSD"),
            ("DUSKUSD", "write it as DUSK:USD"), ("BTCUSD", nil), ("BTCUST", nil), ("", nil), ("USDT", nil), (":", nil),
            ("what is this", nil), ("GERMANY40IXF0:USTF0", nil),
        ] as [(String, String?)])
    func known(text: String, hint: String?) {
        #expect(CommonName.hint(for: text) == hint)
        if let hint, (try? Symbol(text)) == nil { #expect(SeriesFault.malformedSymbol(text).hint == hint) }
    }

    @Test(arguments: ["fUSD", "fUST", "f"]) func `funding is refused by its own name`(text: String) {
        #expect(throws: SeriesFault.fundingSymbol(text)) { try Symbol(text) }
    }

    @Test(arguments: [("2m", "1m"), ("1d", "1D"), ("60m", "30m"), ("1H", "1h")])
    func `an unknown timeframe names the nearest`(text: String, nearest: String) throws {
        #expect(throws: SeriesFault.unknownTimeframe(text, nearest: nearest)) { try Timeframe(text) }
    }

    @Test(arguments: ["1W", "7D", "14D", "1M"]) func `weeks and months are views, not histories`(text: String) {
        #expect(throws: SeriesFault.derivedTimeframe(text)) { try Timeframe(text) }
    }

    @Test func `a unit's instance name splits at its last dash`() throws {
        #expect(try Series("DUSK:USD-1m") == Series(symbol: Symbol("DUSK:USD"), timeframe: .minute1))
        #expect("\(try Series("BTCUSD-1D"))" == "BTCUSD-1D")
        #expect(throws: SeriesFault.malformedSeries("BTCUSD")) { try Series("BTCUSD") }
    }

    @Test(arguments: Timeframe.allCases) func `boundaries divide the day and the epoch`(timeframe: Timeframe) {
        #expect(86_400_000 % timeframe.milliseconds == 0)
        let time: UnixMilliseconds = 1_483_228_799_999
        #expect(timeframe.floor(time) % timeframe.milliseconds == 0)
        #expect(timeframe.floor(time) <= time && time < timeframe.floor(time) + timeframe.milliseconds)
        #expect(timeframe.ceiling(time) - timeframe.floor(time) == timeframe.milliseconds)
        #expect(timeframe.ceiling(timeframe.floor(time)) == timeframe.floor(time))
        #expect(timeframe.floor(-1) == -timeframe.milliseconds)
    }

    @Test func `an interval is settled a minute after its end`() {
        let end: UnixMilliseconds = 1_483_228_800_000
        #expect(Timeframe.minute1.settledBoundary(at: end + 59_999) == end - 60_000)
        #expect(Timeframe.minute1.settledBoundary(at: end + 60_000) == end)
    }

    @Test func `the nearest name is the one with the fewest slips`() {
        #expect(Spelling.nearest(to: "BTCUSX", in: ["ETHUSD", "BTCUSD", "BTCEUR"]) == "BTCUSD")
        #expect(Spelling.nearest(to: "ZZZZZZ", in: ["ETHUSD", "BTCUSD"]) == nil)
    }
}

@Suite("Ports of addresses") struct NetworkPortTests {
    @Test(arguments: [
        "http://h", "http://h/", "http://h:1/x", "wss://h:65535", "http://h:/", "http://[::1]", "http://[::1]:80/a:b",
        "https://u:p@h/a@b:99999", "https://u:99999@h", "https://h?x=y:70000", "https://h#a:b", "https://h:080",
    ])
    func `an address without a port, or with one that there is, is sound`(address: String) {
        #expect(NetworkPort.isSound(in: address))
    }

    @Test(arguments: [
        "http://h:0", "http://h:65536/", "https://u:p@h:99999", "http://[::1]:70000", "ws://h:99999999999999999999/ws",
        "http://h:-1", "http://h:8o", "http://h:+80", "http://h:٨٠",
    ])
    func `a port that there is not is no port`(address: String) { #expect(!NetworkPort.isSound(in: address)) }
}
