import Resilience
import Testing

@Suite("Hidden secrets") struct HiddenSecretTests {
    @Test(arguments: [
        ("at port 1", "a", "at port 1"), ("at port 1", "port", "at <redacted> 1"), ("airport", "port", "airport"),
        ("user \"a\" at a", "a", "user \"<redacted>\" at <redacted>"), ("x", "", "x"),
        ("xhunter2secretx", "hunter2secret", "x<redacted>x"), ("p@p:p", "p", "<redacted>@<redacted>:<redacted>"),
        ("aaaa aa", "aa", "aaaa <redacted>"),
    ]) func `it is taken out wherever that tells nothing of it`(text: String, secret: String, hidden: String) {
        #expect(text.hiding(secret) == hidden)
    }
}
