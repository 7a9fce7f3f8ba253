import Foundation
import Testing
import Watchdog

@Suite("Watchdog file") struct WatchdogFileTests {
    private let defaults = WatchdogDefaults(freezeThreshold: .seconds(240), maxRestarts: 5, restartsOnFreeze: false)

    private func read(_ text: String) throws -> [WatchedService] {
        try WatchdogFile(Data(text.utf8), path: "watchdog.json", home: "/home/me", defaults: defaults).services
    }

    private func problems(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch WatchdogFault.file(_, let problems) {
            return problems
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `the sample in the documents can be used as it is`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/examples/watchdog.json")
        let services = try WatchdogFile(
            try Data(contentsOf: path.standardizedFileURL), path: "sample", home: "/home/me", defaults: defaults
        ).services
        #expect(services.count == 6)
        let gemini = try #require(services.first)
        #expect(gemini.control == .unit("gemini-trader.service", isOfUser: true))
        #expect(gemini.log?.path == "/home/me/gemini-trader/logs/gemini_trader.log")
        #expect(gemini.log?.patterns == ["VIX|Position|Update"])
        #expect(gemini.maxRestarts == 3)
    }

    @Test func `what is left out has the defaults`() throws {
        let service = try #require(
            try read(#"{"services":[{"name":"a","unit":"a","log":"~/a.log","heartbeat":"a"}]}"#).first)
        #expect(service.control == .unit("a.service", isOfUser: true))
        #expect(service.log == .init(path: "/home/me/a.log", age: .seconds(300)))
        #expect(service.beat == .init(name: "a", age: .seconds(300)))
        #expect(service.freezeThreshold == .seconds(240))
        #expect(service.maxRestarts == 5)
        #expect(!service.restartsOnFreeze)
    }

    @Test func `everything that is wrong is said at once`() {
        let found = problems(
            """
            {"service": 1, "services": [
                {"name": "a", "unit": "a", "pid_file": "a.pid", "log_agee": 3},
                {"name": "a b", "unit": "a", "scope": "machine", "start": ["x"], "log_age": 5},
                {"unit": "c", "log": "c.log", "log_age": 0, "log_patterns": ["("], "max_restarts": 1.5},
                {"name": "d", "pid_file": "d.pid", "health_url": "localhost", "restart_on_freeze": 1, "process": "["},
                {"name": "e", "unit": "e"}, {"name": "e", "unit": "f"}, 7
            ]}
            """)
        let wanted = [
            "unknown key 'service'", "service 'a': unknown key 'log_agee'; did you mean 'log_age'?",
            "service 'a': it has both 'unit' and 'pid_file'; leave out one",
            "service 'a b': 'name' has spaces or letters beyond ASCII, or more than 100",
            "service 'a b': 'start' goes with 'pid_file' only; systemd knows how to start a unit",
            "service 'a b': 'scope' is 'machine'; use user or system", "service 'a b': 'log_age' goes with 'log' only",
            "service 3: it has no 'name'", "service 3: 'log_age' is 0; use 1 to 86400",
            "service 3: 'log_patterns' has '(', which is no regular expression",
            "service 3: 'max_restarts' is 1.5; use 0 to 1000",
            "service 'd': 'start' is missing: a list of a program and its arguments",
            "service 'd': 'process' has '[', which is no regular expression",
            "service 'd': 'health_url' is no web address; write it as in http://127.0.0.1:8080/health/ping",
            "service 'd': 'restart_on_freeze' is 1; use true or false", "service 7: it has no 'name'",
            "service 7: it has neither 'unit' nor 'pid_file'", "the name 'e' stands there more than once",
        ]
        #expect(found.sorted() == wanted.sorted())
    }

    @Test(arguments: ["", "[", "[]", "{}", #"{"services": {}}"#])
    func `a file without a list of services is refused`(text: String) { #expect(problems(text).count == 1) }
}
