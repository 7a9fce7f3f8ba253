import Candles
package import Resilience

/// Settings that cannot be used: all of them at once.
package struct SettingsFault: ListingFault, Equatable {
    package let problems: [String]

    package init(problems: [String]) { self.problems = problems }

    package var code: String { "settings-wrong" }
    package var kind: FaultKind { .configuration }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        problems.count == 1
            ? "a setting is wrong: \(problems[0].visible)"
            : "\(problems.count) settings are wrong:\n" + problems.map { "  - \($0.visible)" }.joined(separator: "\n")
    }
    package var hint: String? {
        "correct the flag, the environment or .env (see .env.example), and run the command again"
    }
}
