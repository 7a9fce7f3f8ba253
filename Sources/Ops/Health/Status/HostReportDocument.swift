import Foundation

extension HostReport {
    /// One JSON object, keys sorted and in snake case.
    package func json(pretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// One line for a daily message.
    package var summary: String {
        var parts = ["\(series.count) series, \(series.candles) candles, \(series.unknown) unknown"]
        if let uptimeSeconds { parts.append("up \(uptimeSeconds / 86_400) d \(uptimeSeconds % 86_400 / 3600) h") }
        parts += disks.prefix(1).map { "\($0.freeGB) GB free" }
        parts += backups.map { backup in
            "\(backup.type) backup " + (backup.ageSeconds.map { "\($0 / 3600) h old" } ?? "MISSING")
        }
        let open = breakers.filter { $0.state != "closed" }.map(\.name)
        parts.append(open.isEmpty ? "all breakers closed" : "breakers open: \(open.joined(separator: ", "))")
        if let champion = ChampionModel(model) { parts.append(champion.sentence) }
        if !problems.isEmpty { parts.append("could not be read: \(problems.joined(separator: "; "))") }
        return parts.joined(separator: " · ")
    }
}
