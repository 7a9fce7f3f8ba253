import HTTPServer
import Hummingbird
import Logging
import TestSupport

@testable import Frontend

/// The dashboard's server with a small page and one route of an API, on a port of the system's choice.
enum ServedManifest {
    static func with<T: Sendable>(
        limits: HTTPServerLimits = .init(), _ body: (Int, PublicTree) async throws -> T
    ) async throws -> T {
        try await PublicTree.with { tree in
            for path in ["../secret.txt", ".env", ".git/config.txt", "../elsewhere/secret.txt"] {
                try tree.write(path, "SECRET")
            }
            try tree.link("link.txt", to: "../secret.txt")
            try tree.link("folder", to: "../elsewhere")
            let manifest = try tree.manifest()
            return try await with(limits: limits, manifest) { try await body($0, tree) }
        }
    }

    private static func with<T: Sendable>(
        limits: HTTPServerLimits, _ manifest: AssetManifest, _ body: (Int) async throws -> T
    ) async throws -> T {
        let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.get("api/v1/fake") { _, _ in "fake\n" }
        return try await RunningService.with {
            HTTPServer(
                name: "test", at: .anyOfLoopback, limits: limits, headers: FrontendHeaders.standing, ready: manifest,
                responder: router.buildResponder(), clock: ContinuousClock(), logger: quiet, onListening: $0)
        } _: { running in
            try await body(running.port)
        }
    }
}
