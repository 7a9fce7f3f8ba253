import Testing

@testable import Alerts

@Suite("Repeated lines") struct RepeatedLineTests {
    @Test func `what is said of one is said once, whatever is forgotten of another`() {
        let lines = RepeatedLine()
        #expect(lines.isNew("down", of: "one"))
        #expect(lines.isNew("down", of: "two"))
        lines.forget("two")
        #expect(!lines.isNew("down", of: "one"))
        #expect(lines.isNew("down", of: "two"))
    }
}
