import Testing

@testable import Logs

@Suite("Log file names") struct LogFileNameTests {
    @Test(arguments: [
        ("bot.jsonl", "bot.jsonl", false), ("bot-20240131.jsonl", "bot.jsonl", true),
        ("bot-20240131-12.jsonl.gz", "bot.jsonl", true), ("bot-20240131.jsonl.gz.partial", "bot.jsonl", true),
        ("service_stdout.log", "service_stdout.log", false), ("a-b-20240229.log", "a-b.log", true),
        ("a-1.log", "a-1.log", false), ("a-20230229.log", "a-20230229.log", false),
        ("a-20240101-0.log", "a-20240101-0.log", false), ("a-20240101-01.log", "a-20240101-01.log", false),
    ])
    func `a name tells its log, and is written back as it was read`(name: String, family: String, isRotated: Bool)
        throws
    {
        let read = try #require(LogFileName(name))
        #expect(read.family == family)
        #expect((read.turn != nil) == isRotated)
        #expect(read.text == name)
    }

    @Test(arguments: [
        "notes.txt", "bot.jsonl.gz", "bot.log.1", ".log", "-20240101.log", "bot-20240101.tar.gz", "bot.log.partial", "",
        "log-rotation.lock", "bot-20240101.log.zst", ".hidden.log",
    ])
    func `what has another form is nobody's log`(name: String) {
        #expect(LogFileName(name) == nil)
    }
}
