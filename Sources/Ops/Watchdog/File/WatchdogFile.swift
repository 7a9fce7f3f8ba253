package import Foundation
import Host

/// The file that names the services: `{"services": [{"name": …, "unit": …}, …]}`.
package struct WatchdogFile: Sendable {
    package let services: [WatchedService]

    /// `home` replaces `~` at the beginning of paths.
    ///
    /// - Throws: `.file` with everything that is wrong.
    package init(_ data: Data, path: String, home: String, defaults: WatchdogDefaults) throws(WatchdogFault) {
        let content: JSONValue
        do {
            content = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            throw .file(path: path, problems: ["it is not JSON"])
        }
        guard case .object(let object) = content, case .list(let entries)? = object["services"] else {
            throw .file(path: path, problems: [#"it has no list "services""#])
        }
        var problems = object.keys.sorted().filter { $0 != "services" && $0 != "$schema" }.map { "unknown key '\($0)'" }
        var services: [WatchedService] = []
        for (index, entry) in entries.enumerated() {
            var reader = ServiceEntry(entry, number: index + 1, home: home, defaults: defaults)
            if let service = reader.service() { services.append(service) }
            problems += reader.problems
        }
        let names = Dictionary(grouping: services, by: \.name).filter { $0.value.count > 1 }.keys.sorted()
        problems += names.map { "the name '\($0)' stands there more than once" }
        if !problems.isEmpty { throw .file(path: path, problems: problems) }
        self.services = services
    }
}
