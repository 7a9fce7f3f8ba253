import CommandRuntime
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import OpsCommand

@Suite("Where the dashboard is looked for") struct DashboardAddressTests {
    @Test(
        arguments: [
            ("", "", "http://127.0.0.1:5176/health/ping"),
            ("", "FRONTEND_PORT=80\n", "http://127.0.0.1:80/health/ping"),
            ("FRONTEND_PORT=81\n", "FRONTEND_PORT=80\n", "http://127.0.0.1:81/health/ping"),
            ("", "API_PORT=82\nAPI_HOST=10.0.0.1\n", "http://127.0.0.1:82/health/ping"),
            ("FRONTEND_HOST=192.168.1.5\n", "FRONTEND_HOST=10.0.0.1\n", "http://192.168.1.5:5176/health/ping"),
            ("FRONTEND_HOST=::\n", "", "http://[::1]:5176/health/ping"),
            ("FRONTEND_HOST=localhost\n", "", "http://localhost:5176/health/ping"), ("FRONTEND_PORT=0\n", "", nil),
        ] as [(String, String, String?)])
    func `it is asked where its unit listens`(own: String, common: String, health: String?) async throws {
        let folder = try ScratchFolder()
        try own.write(toFile: folder.path("own"), atomically: true, encoding: .utf8)
        try common.write(toFile: folder.path("common"), atomically: true, encoding: .utf8)
        let address = DashboardAddress(
            own: try await SettingsSource(environment: [:], file: FilePath(folder.path("own"))),
            common: try await SettingsSource(environment: [:], file: FilePath(folder.path("common"))))
        #expect(address.health == health)
    }
}
