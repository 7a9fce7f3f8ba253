import Ops
import Testing

@Suite("Alert key") struct AlertKeyTests {
    @Test(arguments: [
        ("Backup", "disk-full", "/data at 93.5 %", "backup/disk-full//data at #.# %"),
        ("manual", "Price   is 45s\nold", "", "manual/price is #s old/"),
        ("manual", "age=45s, lag=3", "", "manual/age=#s, lag=#/"),
        ("watchdog", "frozen", "bot1", "watchdog/frozen/bot1"),
        ("gaps", "unknown", "BTCUSD-15m", "gaps/unknown/btcusd-15m"),
        ("jobs", "failed", "run-20240131 pid4711", "jobs/failed/run-# pid#"),
    ])
    func `numbers are no part of it, but names keep theirs`(source: String, rule: String, target: String, key: String) {
        #expect(AlertKey(source: source, rule: rule, target: target).description == key)
    }

    @Test func `a long one stays short, and differs from one that ends otherwise`() {
        let long = String(repeating: "x", count: 500)
        let one = AlertKey(source: "a", rule: long + "one", target: "t").description
        let two = AlertKey(source: "a", rule: long + "two", target: "t").description
        #expect(one.count == 120)
        #expect(two.count == 120)
        #expect(one != two)
    }
}
