import Foundation
import Logging
import Testing

@testable import Logs

@Suite("Service log") struct ServiceLogTests {
    private struct Trouble: Error {}

    @Test func `warnings also go to errors, and health to its own file`() throws {
        let sample = try LogSample()
        let log = ServiceLog(folder: sample.url, standardError: nil, now: { 0 })
        var logger = log.logger("backup")
        logger[metadataKey: "run"] = "7"
        logger.debug("not wanted")
        logger.info("began")
        logger.warning("slow", metadata: ["run": "8"])
        log.logger("health").info("fine")
        let start = "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":"
        let warning = start + "\"warning\",\"source\":\"backup\",\"message\":\"slow\",\"run\":\"8\"}\n"
        let health = start + "\"info\",\"source\":\"health\",\"message\":\"fine\"}\n"
        #expect(
            try sample.text("bot.jsonl") == start
                + "\"info\",\"source\":\"backup\",\"message\":\"began\",\"run\":\"7\"}\n" + warning + health)
        #expect(try sample.text("errors.log") == warning)
        #expect(try sample.text("health.log") == health)
        #expect(log.lost == 0)
    }

    @Test func `the plain form is the console's: the files hold JSON`() throws {
        let sample = try LogSample()
        let log = ServiceLog(folder: sample.url, level: "error", isPlain: true, standardError: nil, now: { 0 })
        log.logger("backup").warning("not wanted")
        log.logger("backup").error("two\nlines", metadata: ["path": "a b"])
        #expect(try sample.names() == ["bot.jsonl", "errors.log"])
        let line =
            #"{"time":"1970-01-01T00:00:00.000Z","level":"error","source":"backup","message":"two\nlines","path":"a b"}"#
            + "\n"
        #expect(try sample.text("bot.jsonl") == line && sample.text("errors.log") == line)
    }

    @Test func `an error's fault is told by its sentence and code`() throws {
        let sample = try LogSample()
        let logger = ServiceLog(folder: sample.url, standardError: nil, now: { 0 }).logger("x")
        logger.warning("failed", error: LogFault.folderUnusable(path: "x", reason: "full"))
        logger.warning("failed", error: Trouble())
        #expect(
            try sample.lines(of: "bot.jsonl").map {
                $0.hasSuffix(#""error":"cannot use the folder of logs 'x': full [log-folder]"}"#)
            } == [true, false])
        #expect(try sample.lines(of: "bot.jsonl")[1].hasSuffix(#""error":"Trouble()"}"#))
    }
}
