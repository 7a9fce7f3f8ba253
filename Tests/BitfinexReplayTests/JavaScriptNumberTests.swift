import BitfinexReplay
import Testing

@Suite("JavaScript numbers") struct JavaScriptNumberTests {
    @Test(arguments: [
        (24.0, "24"), (8e-8, "8e-8"), (0.0072031000000000005, "0.0072031000000000005"),
        (143.510528166414, "143.510528166414"), (3e-7, "3e-7"), (0.000001, "0.000001"), (1.25e-7, "1.25e-7"),
        (0.00009073999999999999, "0.00009073999999999999"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
        (1.5e300, "1.5e+300"), (0, "0"), (-2.5, "-2.5"), (9_007_199_254_740_992, "9007199254740992"),
        (123_456.789, "123456.789"), (0.1 + 0.2, "0.30000000000000004"), (Double.leastNonzeroMagnitude, "5e-324"),
        (1e16, "10000000000000000"),
    ])
    func `numbers are printed as JavaScript prints them`(value: Double, text: String) {
        #expect(JavaScriptNumber.text(value) == text)
    }

    @Test func `every text reads back as the same double`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(Double(JavaScriptNumber.text(value)) == value)
        }
    }
}
