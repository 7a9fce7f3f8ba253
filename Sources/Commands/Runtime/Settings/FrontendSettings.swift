package import Foundation
package import Storage

extension Setting {
    static let dashboard: [Setting] = [
        Setting(
            "FRONTEND_HOST",
            """
            The address that the dashboard listens at; 0.0.0.0 is every one, so that the LAN sees it. Also \
            API_HOST.
            """,
            default: "127.0.0.1", example: "0.0.0.0"),
        Setting(
            "FRONTEND_PORT", "The port of the dashboard. Also API_PORT. 0 is any free one.",
            default: "5176", in: 0...65_535),
        Setting(
            "API_HOST", "Another name of FRONTEND_HOST.",
            example: "0.0.0.0"),
        Setting(
            "API_PORT", "Another name of FRONTEND_PORT.",
            example: "5176"),
        Setting(
            "FRONTEND_DATABASE_URL",
            """
            The database with a role that can only read (scripts/create-frontend-role makes it); secret. Also \
            FRONTEND_DATABASE_URL_FILE.
            """,
            otherwise: "the database that the settings above name, which is only read too", isSecret: true,
            example: "postgres://cryptotrader_frontend:password@localhost:5432/cryptotrader"),
        Setting(
            "WEB_ASSETS_DIR", "Folder of what scripts/fetch-web-assets fetched, from the working folder.",
            default: "web-assets"),
    ]
}

/// What `frontend serve` reads from flags, the environment and `.env`, in this order, before the defaults.
///
/// It is all that the dashboard knows: no token, and no address of any channel.
package struct FrontendSettings: Sendable {
    /// Best with a role that can only read; it is only read in any case.
    package let database: DatabaseLocation
    /// The journal of this host is read where it can be.
    package let stateFolder: URL
    package let host: String
    /// 0 is any free one.
    package let port: Int
    /// Names that a request's Host may have, besides the host's own.
    package let allowedHosts: [String]
    /// Where fetched files of the page are; they need not be there.
    package let webAssets: URL
    package let environment: String?
    package let logs: LogSettings

    /// Reads all settings, and reports everything that is wrong with them at once.
    ///
    /// - Throws: `SettingsFault`.
    package init(database flag: String?, host: String?, port: Int?, source: SettingsSource) throws {
        let source = source.limited(to: SettingPart.dashboardParts)
        var checker = SettingsChecker(source: source)
        database = checker.frontendDatabase(flag: flag)
        stateFolder = checker.stateFolder()
        self.host = host ?? source.text("FRONTEND_HOST") ?? source.text("API_HOST") ?? checker.text("FRONTEND_HOST")
        self.port = port ?? checker.frontendPort()
        if let port, !(0...65_535).contains(port) { checker.problems.append("--port is \(port); use 0 to 65535") }
        allowedHosts = checker.allowedHosts()
        webAssets = checker.folder("WEB_ASSETS_DIR")
        environment = source.text("DEPLOYMENT_ENV")
        logs = checker.logs()
        checker.misspelt()
        if !checker.problems.isEmpty { throw SettingsFault(problems: checker.problems) }
    }
}

extension SettingsChecker {
    fileprivate mutating func frontendPort() -> Int {
        let name = source.text("FRONTEND_PORT") == nil && source.text("API_PORT") != nil ? "API_PORT" : "FRONTEND_PORT"
        return integer(name, as: "FRONTEND_PORT")
    }

    /// `flag`, else the role of its own, else the first database that the other commands would use.
    fileprivate mutating func frontendDatabase(flag: String?) -> DatabaseLocation {
        let own = flag == nil ? location("FRONTEND_DATABASE_URL") : nil
        return own ?? databases(flag: flag)[0]
    }
}
