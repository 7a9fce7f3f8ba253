import Foundation
import Testing

@testable import Frontend

/// Holds that the schemas say what the page's types say.
@Suite struct APITypesTests {
    /// Interfaces and aliases of `types.d.ts` by name, without comments and blanks.
    private static func types() throws -> [String: String] {
        let file = PublicFolder.besideProgram.appending(path: "types.d.ts")
        var text = try String(contentsOf: file, encoding: .utf8)
        text = text.replacing(/\/\*(?s:.*?)\*\//, with: "").replacing(/\/\/[^\n]*/, with: "")
        var types: [String: String] = [:]
        for match in text.matches(of: /export interface (\w+)(?:<\w+>)? (\{(?s:.*?)\n\})/) {
            types[String(match.1)] = plain(String(match.2))
        }
        for match in text.matches(of: /export type (\w+) = ([^;]+);/) {
            types[String(match.1)] = plain(String(match.2))
        }
        return types
    }

    private static func plain(_ text: String) -> String { text.filter { !$0.isWhitespace } }

    /// As TypeScript writes it.
    private static func text(_ schema: Schema, isInList: Bool = false) -> String {
        switch schema {
        case .string: "string"
        case .number, .integer: "number"
        case .boolean: "boolean"
        case .choice(let choices): choices.map { "\"\($0)\"" }.joined(separator: "|")
        case .array(let inner): text(inner, isInList: true) + "[]"
        case .pair(let inner): "[\(text(inner)),\(text(inner))]"
        case .nullable(let inner): isInList ? "(\(text(inner))|null)" : "\(text(inner))|null"
        case .object(let members):
            "{" + members.map { "\($0.name):\(text($0.schema));" }.joined() + "}"
        case .named(let name, _): name
        case .described(let inner, _): text(inner, isInList: isInList)
        }
    }

    /// The page's types leave the `;` before `}` out where an object stands on one line.
    private static func even(_ text: String) -> String { text.replacing(";}", with: "}") }

    @Test func `each schema is the type of the same name`() throws {
        let types = try Self.types()
        let schemas = APIResource.documents.reduce(into: [:]) { $0.merge($1.schema.names) { first, _ in first } }
        #expect(schemas.count >= 18)
        for (name, schema) in schemas {
            #expect(Self.even(Self.text(schema)) == types[name].map(Self.even), "\(name)")
        }
        let problem = try #require(types["Problem"])
        #expect(Self.even(Self.text(OpenAPIDocument.problem)) == Self.even(problem))
    }

    @Test func `each type of a document has its schema`() throws {
        let schemas = APIResource.documents.reduce(into: [:]) { $0.merge($1.schema.names) { first, _ in first } }
        let others: Set = ["Answer", "Problem", "CoverageCode", "Topic"]
        let documents = try Self.types().keys.filter { !$0.hasSuffix("Event") && !others.contains($0) }
        #expect(Set(documents) == Set(schemas.keys))
    }
}
