import Foundation

/// `.env.example`: every setting with its help, as a comment.
package struct ExampleFile {
    /// The whole text of the file.
    package static var text: String {
        ([head] + sections.flatMap { section in ["# --- \(section.heading) ---"] + section.parts.flatMap(blocks) })
            .map(wrapped).joined(separator: "\n\n") + "\n"
    }

    private static let width = 140

    private static var head: String {
        let secrets = SettingPart.allCases.flatMap(\.settings).filter(\.isSecret).map(\.name)
        return """
            # Settings of cryptotrader. Copy this file to .env in the folder where you run the programs, and uncomment what you change.
            #
            # A flag comes before the environment, the environment before .env, and .env before the default. An empty value counts as not set. Write one NAME=value a line; a line that begins with # is a comment. A value may stand in quotes, and a line may begin with `export`; a value with quotes in it, or with a # behind a space, stands in a pair of the other quotes. A line that could be read in two ways is refused.
            #
            # Secrets. \(secrets.dropLast().joined(separator: ", ")) and \(secrets.last ?? "") are looked for in three places; the first that is there wins:
            #   1. a file of that name in $CREDENTIALS_DIRECTORY, which systemd sets: LoadCredential=POSTGRES_PASSWORD:/etc/cryptotrader/password
            #   2. the file that the name with _FILE names, as in POSTGRES_PASSWORD_FILE; its first line is the value
            #   3. the setting itself
            # Keep .env readable by yourself alone (chmod 600 .env). An error never shows a password, nor a database URL that it could not read.
            """
    }

    private static let sections: [(heading: String, parts: [SettingPart])] = [
        (
            "Where candles are kept: --database, else DATABASE_URL, else POSTGRES_HOST and its kin, else DATABASE_PATH",
            [.databases, .state]
        ),
        ("What is fetched where the command line does not say", [.series]),
        ("The exchange", [.exchange, .certificates, .budget]),
        (
            "Backups. `ops backup` takes the first SQLite file and the first Postgres database of the names above",
            [.backups, .backupPing]
        ),
        (
            "Alerts. `ops alert setup` asks for Telegram's and writes them to ALERT_CONFIG; a name here comes before that file",
            [.alerts, .installation]
        ),
        ("Health endpoints of `ops run`", [.health, .hostNames]),
        ("Watchdog: `ops watchdog run` and `ops watchdog check`", [.watchdog]),
        ("Logs", [.logs]),
        (
            "Circuit breakers: each is for all of them; with a breaker's name in it (`ops breakers` lists them; in capitals, _ for every other sign) it is for that one alone, as in BREAKER_ALERT_PING_TIMEOUT=120. \"The breaker\" in docs/ARCHITECTURE.md has the exceptions",
            [.breakers]
        ),
        ("Tasks of `ops run`", [.tasks]),
        ("Dashboard (`frontend serve`)", [.dashboard]),
    ]

    /// A block for each setting; one without help joins the block before it.
    private static func blocks(_ part: SettingPart) -> [String] {
        part.settings.reduce(into: []) { blocks, setting in
            let line = "#\(setting.name)=\(setting.example)"
            if setting.help.isEmpty {
                blocks[blocks.count - 1] += "\n" + line
            } else {
                blocks.append("# \(words(setting))\n\(line)")
            }
        }
    }

    private static func words(_ setting: Setting) -> String {
        var sentences = [setting.help]
        if let unit = setting.unit { sentences.append("Unit: \(unit).") }
        let standard = (setting.standard ?? "") + setting.otherwise
        // A point behind an address would be taken for a part of it.
        sentences.append("Default: " + standard + (standard.contains("://") ? "" : "."))
        if let range = setting.range {
            sentences.append("Range: \(number(range.lowerBound)) to \(number(range.upperBound)).")
        }
        return sentences.joined(separator: " ")
    }

    static func number(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

    /// Comments of at most `width` columns.
    private static func wrapped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            guard line.count > width, line.hasPrefix("# ") else { return [String(line)] }
            var lines = ["#"]
            for word in line.dropFirst(2).split(separator: " ", omittingEmptySubsequences: false) {
                if lines[lines.count - 1].count + word.count + 1 > width { lines.append("#") }
                lines[lines.count - 1] += " " + word
            }
            return lines
        }.joined(separator: "\n")
    }
}
