import Candles
import Foundation
import Host

extension SettingsChecker {
    /// An optional address that is a secret as a whole, and so is never quoted.
    mutating func secretAddress(
        _ name: String, schemes: [String] = ["http", "https"], example: String = "https://example.org/ping/…"
    ) -> Secret<URL>? {
        guard let text = secretText(name)?.value else { return nil }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host(),
            schemes.contains(scheme), !host.isEmpty, NetworkPort.isSound(in: url.absoluteString)
        else {
            problems.append("\(name) is no \(schemes[0] == "http" ? "web " : "")address; write it as in \(example)")
            return nil
        }
        return Secret(url)
    }

    /// An optional token or password.
    mutating func secretText(_ name: String) -> Secret<String>? {
        do {
            guard let text = try source.secret(name), !text.isEmpty else { return nil }
            return Secret(text)
        } catch {
            problems.append(error.problem)
            return nil
        }
    }
}
