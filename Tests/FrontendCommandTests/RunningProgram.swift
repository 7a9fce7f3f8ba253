import Foundation
import TestSupport

/// A built program that runs beside a test.
enum RunningProgram {
    /// Runs `body` once a line on stderr has matched, and ends the program by SIGTERM; gives how it ended, too.
    ///
    /// With `stops` false, `body` has ended it.
    static func with<T: Sendable>(
        _ command: Command, stops: Bool = true, saying pattern: @escaping @Sendable (String) -> Int?,
        _ body: @escaping @Sendable (_ number: Int, _ process: Int32) async throws -> T
    ) async throws -> (result: T?, outcome: Command.Outcome) {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let (processes, process) = AsyncStream.makeStream(of: Int32.self)
        return try await withThrowingTaskGroup(of: End<T>.self) { group in
            group.addTask {
                defer { line.finish() }
                return .program(try await command.run(onStart: { process.yield($0) }, onError: { line.yield($0) }))
            }
            group.addTask {
                var said = ""
                for await process in processes {
                    for await part in lines {
                        said += part
                        guard let number = pattern(said) else { continue }
                        defer { if stops { kill(process, SIGTERM) } }
                        return .body(try await body(number, process))
                    }
                    return .body(nil)
                }
                return .body(nil)
            }
            defer { group.cancelAll() }
            var result: T?
            var outcome: Command.Outcome?
            for try await end in group {
                switch end {
                case .program(let ended):
                    outcome = ended
                    process.finish()
                case .body(let value): result = value
                }
            }
            guard let outcome else { throw CancellationError() }
            return (result, outcome)
        }
    }

    private enum End<T: Sendable>: Sendable {
        case program(Command.Outcome)
        case body(T?)
    }

    /// The port of an address behind these words.
    static func port(after words: String) -> @Sendable (String) -> Int? {
        { said in
            guard let place = said.range(of: words) else { return nil }
            let rest = said[place.upperBound...]
            guard let end = rest.firstIndex(where: { $0 == "\n" }) else { return nil }
            return rest[..<end].split(separator: ":").last.flatMap { Int($0.prefix(while: \.isNumber)) }
        }
    }
}
