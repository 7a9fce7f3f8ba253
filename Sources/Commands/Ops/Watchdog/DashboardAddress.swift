import CommandRuntime
import Foundation
import HTTPServer
import SystemPackage

/// Where the dashboard's unit listens, by its env file and `.env`.
struct DashboardAddress: Equatable {
    /// What answers with 2xx while it is well; nil where its port is any free one.
    let health: String?

    /// `own` are the settings of the unit's env file, `common` those that every program reads.
    init(own: SettingsSource, common: SettingsSource) {
        let port = ["FRONTEND_PORT", "API_PORT"].lazy.compactMap { own.text($0) ?? common.text($0) }.first
        guard let number = Int(port ?? "5176"), (1...65_535).contains(number) else {
            health = nil
            return
        }
        // The unit listens at every address unless its env file says where.
        let named = own.text("FRONTEND_HOST") ?? "0.0.0.0"
        let address = HostAddress(named)
        let host = address?.isEvery == true ? (address?.text == "::" ? "::1" : "127.0.0.1") : address?.text ?? named
        health = "http://\(host.contains(":") ? "[\(host)]" : host):\(number)/health/ping"
    }

    static func current() async throws -> DashboardAddress {
        let environment = ProcessInfo.processInfo.environment
        let folder = environment["XDG_CONFIG_HOME"] ?? (environment["HOME"] ?? "/") + "/.config"
        return DashboardAddress(
            own: try await SettingsSource(environment: [:], file: FilePath(folder + "/cryptotrader/frontend.env")),
            common: try await SettingsSource(environment: [:]))
    }
}
