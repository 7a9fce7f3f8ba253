import ArgumentParser
import CommandRuntime
import Host
import Jobs

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Looks at settings, files, database, clock, disk, units and channels, and says what to do about each finding.",
        discussion:
            "It changes nothing and asks nobody outside this host but the database. Exit code 1 where something is broken."
    )

    @Flag(help: "Check only the settings, all at once. The exit code is 78 if one is wrong.")
    var settings = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            // A wrong setting ends it here, with every one that is wrong.
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            try parts.checkConfiguration()
            var findings = [Diagnosis.fine("settings", "every setting can be used")] + unknownBreakers(parts)
            if !settings {
                for check in parts.checks { findings += await check.findings() }
            }
            let worst = findings.map(\.level).max() ?? .fine
            if common.json {
                common.output.print(DoctorDocument(findings: findings, level: worst))
            } else {
                for finding in findings { say(finding) }
            }
            return worst == .broken ? .unhealthy : .complete
        }
    }

    /// Settings of breakers that no program of this host has.
    private func unknownBreakers(_ parts: Composition) -> [Diagnosis] {
        let names = parts.breakerNames
        return parts.settings.breakers.unknown(among: names).map { name in
            let list = names.map(BreakerSettings.spelled).joined(separator: ", ")
            return .warning(
                "settings", "BREAKER_\(name)_… is of no circuit breaker, so that nothing reads it",
                do: "correct or unset it; breakers are called \(list)")
        }
    }

    private func say(_ finding: Diagnosis) {
        common.output.say("[\(finding.level.mark)] \(finding.area): \(finding.what)")
        if let remedy = finding.remedy { common.output.say("       → \(remedy)") }
    }
}

private struct DoctorDocument: Encodable {
    let findings: [Diagnosis]
    let level: Diagnosis.Level
}
