import Candles
import Foundation
import Resilience
import Transport

/// Asks a health endpoint once.
struct EndpointProbe: Sendable {
    let transport: any HTTPTransport

    private static let deadline = Duration.seconds(5)

    /// The address, where it is one.
    static func address(_ text: String) -> URL? {
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased()), url.host() != nil,
            NetworkPort.isSound(in: url.absoluteString)
        else { return nil }
        return url
    }

    /// Any status but 2xx counts as no answer: it says of itself that it is not well.
    func look(at url: String) async throws -> Observation.Endpoint {
        guard let address = Self.address(url) else { return .silent("'\(url)' is no address") }
        do {
            let reply = try await transport.send(HTTPCall(url: address, deadline: Self.deadline, bodyLimit: 1 << 20))
            return (200..<300).contains(reply.status) ? .answered : .silent("status \(reply.status)")
        } catch let fault as any Fault {
            return .silent(fault.summary)
        }
    }
}
