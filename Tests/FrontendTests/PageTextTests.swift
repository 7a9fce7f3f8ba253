import Foundation
import Testing

@testable import Frontend

@Suite
struct PageTextTests {
    @Test
    func `comments, indentation and empty lines go`() {
        let script =
            "// One.\n/** Two. */\n/**\n * Three.\n * @param {string} a\n */\n\nf(a => {\n    return \"// kept\"; // kept too\n});\n"
        #expect(PageText.lean(script, name: "js/a.js") == "f(a => {\nreturn \"// kept\"; // kept too\n});\n")
        #expect(PageText.lean("/* a */\nb {\n\n    c: d;\n}\n", name: "app.css") == "b {\nc: d;\n}\n")
        #expect(PageText.lean("<a>\n<!--\nwhy\n-->\n<b>", name: "index.html") == "<a>\n<b>")
    }

    @Test
    func `what stands after a comment in its line is kept`() {
        #expect(PageText.lean("/* a */ b();\n", name: "a.js") == "b();\n")
        #expect(PageText.lean("/*\na */ b();\n", name: "a.js") == "b();\n")
    }

    @Test
    func `a template over several lines, and other files, are left as they are`() {
        let template = "// a\nf(`one\n    two`);\n"
        #expect(PageText.lean(template, name: "a.js") == template)
        #expect(PageText.lean("  // a", name: "types.d.ts") == "  // a")
    }

    @Test
    func `no file of the page has a template over several lines`() throws {
        let folder = PublicFolder.besideProgram
        let names = try #require(FileManager.default.enumerator(atPath: folder.path))
        for case let name as String in names where name.hasSuffix(".js") {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(PageText.lean(text, name: name).count < text.count, "\(name)")
        }
    }
}
