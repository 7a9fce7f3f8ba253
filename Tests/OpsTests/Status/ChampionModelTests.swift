import Foundation
import Host
import HostStatus
import Testing

@testable import Health

@Suite("The champion model") struct ChampionModelTests {
    @Test(arguments: [
        (#"{"name": "multiverse_v7", "sharpe_ratio": 1.83456789}"#, "champion multiverse_v7, Sharpe ratio 1.8346"),
        (#"{"champion": {"name": "ppo", "metrics": {"sharpe": 2}}}"#, "champion ppo, Sharpe ratio 2.0"),
        (#"{"model_name": "a", "sharpe": -0.5}"#, "champion a, Sharpe ratio -0.5"),
        (#"{"name": "b", "sharpe_ratio": 0.00001}"#, "champion b, Sharpe ratio 1e-05"),
        (#"{"name": "c"}"#, "champion c, Sharpe ratio unknown"),
        (#"{"name": "c", "sharpe_ratio": "NaN"}"#, "champion c, Sharpe ratio unknown"),
        (#"{"sharpe_ratio": 1.5}"#, "champion without a name, Sharpe ratio 1.5"),
        (#"{"name": "two\nlines", "sharpe": 1}"#, "champion twolines, Sharpe ratio 1.0"),
    ])
    func `its name and Sharpe ratio are in the daily line`(text: String, sentence: String) throws {
        var report = HostStatus()
        report.model = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(report.summary.contains(" · \(sentence)"), "\(report.summary)")
    }

    @Test(arguments: ["{}", "[]", "3", #"{"epochs": 7}"#]) func `what names no model adds nothing`(text: String) throws
    {
        var report = HostStatus()
        let before = report.summary
        report.model = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(report.summary == before)
    }
}
