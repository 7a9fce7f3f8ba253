import ArgumentParser
import CommandRuntime
import Foundation
import HTTPServer
import Health
import Jobs
import Logging
import Logs
import ServiceLifecycle
import Transport
import UnixSignals

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Show the health of this host, with reasons.",
        discussion: """
            Asks the server at HEALTH_CHECK_HOST and HEALTH_CHECK_PORT. If none runs, the command checks by itself. Exit code 0: healthy \
            or degraded; 1: unhealthy. --serve is for hosts without `ops run`: it serves the endpoints alone.
            """)

    @Flag(help: "Serve the health endpoints until stopped.")
    var serve = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            if serve { return try await serve(parts) }
            if let url = parts.healthURL, let document = await HealthQuery(url).document() {
                return print(document, "told by http://\(url.host() ?? ""):\(url.port ?? 0)")
            }
            return print(HealthDocument(try await parts.healthMonitor.report()), "read just now: no server answers")
        }
    }

    private func print(_ document: HealthDocument, _ origin: String) -> ExitStatus {
        if common.json {
            common.output.print(document)
        } else {
            for line in HealthText(document, origin: origin).lines { common.output.say(line) }
        }
        return document.status == .unhealthy ? .unhealthy : .complete
    }

    private func serve(_ parts: Composition) async throws -> ExitStatus {
        let logger = parts.serviceLog.logger("health")
        let (place, output) = (parts.healthPlace, common.output)
        logger.info("the health server begins")
        let service = HealthService(parts.healthMonitor, at: place, clock: ContinuousClock(), logger: logger) { port in
            output.say("listening on http://\(place.host):\(port)")
            logger.info("listening", metadata: ["address": "http://\(place.host):\(port)"])
        }
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        try await ServiceGroup(configuration: configuration).run()
        logger.info("the health server ends")
        return .complete
    }
}

/// Asks a health server of this host.
struct HealthQuery: Sendable {
    private let url: URL
    private let transport: any HTTPTransport

    init(_ url: URL, over transport: any HTTPTransport = AsyncHTTPTransport(connectionsPerHost: 1)) {
        self.url = url
        self.transport = transport
    }

    /// What it says; nil where nobody answers within 3 s, or not as ours does.
    func document() async -> HealthDocument? {
        let call = HTTPCall(url: url, deadline: .seconds(3), bodyLimit: 4 << 20)
        // Whoever does not answer does not run here, and the command looks for itself.
        guard let reply = try? await transport.send(call) else { return nil }
        return try? JSONDecoder().decode(HealthDocument.self, from: Data(reply.body))
    }
}
