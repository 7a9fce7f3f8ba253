import Foundation

extension Setting {
    static let health: [Setting] = [
        Setting(
            "HEALTH_CHECK_ENABLED",
            """
            Whether they are served: 1 or 0. FEATURE_HEALTH_ENDPOINT is a second name; both must be on.
            """,
            default: "1"),
        Setting("FEATURE_HEALTH_ENDPOINT", "", default: "1"),
        Setting(
            "HEALTH_CHECK_HOST",
            """
            Address to listen on; 0.0.0.0 is the whole network. They need no password and tell uptime, disk and \
            services.
            """,
            default: "127.0.0.1"),
        Setting(
            "HEALTH_CHECK_PORT", "Port to listen on; 0 is any free one.",
            default: "8080", in: 0...65_535),
    ]

    static let hostNames: [Setting] = [
        Setting(
            "ALLOWED_HOSTS",
            """
            Names that a browser or a tunnel may call this host by, with commas, besides its own names and \
            addresses.
            """,
            otherwise: "none more", example: "trader.example.org")
    ]
}

/// Where the health endpoints listen.
package struct HealthSettings: Sendable, Equatable {
    package let isEnabled: Bool
    package let host: String
    package let port: Int
    /// Names that a request's Host may have, besides the host's own.
    package let allowedHosts: [String]
}

extension SettingsChecker {
    mutating func health() -> HealthSettings {
        let isEnabled = onOff("HEALTH_CHECK_ENABLED")
        let hasEndpoint = onOff("FEATURE_HEALTH_ENDPOINT")
        return HealthSettings(
            isEnabled: isEnabled && hasEndpoint, host: text("HEALTH_CHECK_HOST"),
            port: integer("HEALTH_CHECK_PORT"),
            allowedHosts: allowedHosts())
    }

    /// Names that requests to our servers may have as their Host.
    mutating func allowedHosts() -> [String] {
        let names = (source.text("ALLOWED_HOSTS") ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        for name in names where name.wholeMatch(of: /[A-Za-z0-9._-]+(:[0-9]+)?|\[?[0-9A-Fa-f:.]+\]?/) == nil {
            problems.append(
                "ALLOWED_HOSTS has '\(name)', which is no host name; write whole names with commas between them")
        }
        return names
    }
}
