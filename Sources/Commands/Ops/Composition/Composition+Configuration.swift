import Alerts
import CommandRuntime
import Foundation
import Watchdog

extension Composition {
    /// Checks what stands beside the settings themselves: the files of the alerts and of the watchdog, and patterns.
    ///
    /// - Throws: `SettingsFault` with everything that is wrong.
    func checkConfiguration() throws {
        var problems = missingFiles
        var alerts = AlertConfiguration()
        do {
            alerts = try alertFile.read()
        } catch {
            problems += Self.problems(error)
        }
        do {
            _ = try peopleChannels(alerts, journal: nil, logger: commandLogger)
        } catch {
            problems += Self.problems(error)
        }
        do {
            _ = try watchdogFile()
        } catch {
            problems += Self.problems(error)
        }
        if let pattern = settings.tasks.processPattern, (try? Regex(pattern)) == nil {
            problems.append("PROCESS_CHECK_PATTERN '\(pattern)' is no regular expression")
        }
        if !problems.isEmpty { throw SettingsFault(problems: problems) }
    }

    /// A file that a person named and that is not there is a slip of the pen.
    private var missingFiles: [String] {
        [
            ("ALERT_CONFIG", settings.alerts.file, settings.alerts.isFileNamed),
            ("WATCHDOG_CONFIG", settings.watchdog.file, settings.watchdog.isFileNamed),
        ].compactMap { name, file, isNamed in
            isNamed && !FileManager.default.fileExists(atPath: file.path)
                ? "\(name) names \(file.path), which is not there" : nil
        }
    }

    private static func problems(_ error: any Error) -> [String] {
        switch error {
        case AlertConfigurationFault.wrong(let problems): problems
        case WatchdogFault.file(let path, let problems): problems.map { "\(path): \($0)" }
        default: ["\(error)"]
        }
    }
}
