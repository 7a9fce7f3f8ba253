/// The description of the API for programs: OpenAPI 3.1.
enum OpenAPIDocument {
    static func tree(of resources: [APIResource], version: String) -> JSONTree {
        var schemas = resources.reduce(into: [:]) { $0.merge($1.schema.names) { first, _ in first } }
        schemas["Problem"] = problem
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "cryptotrader", "version": .text(version),
                "description": .text(
                    "Candles, their completeness and the hosts' health, to read only. Times are integer milliseconds since "
                        + "1970-01-01T00:00Z; stretches of time are half-open. Null is: not known."),
                "license": ["name": "see the program's own", "identifier": "LicenseRef-cryptotrader"],
            ],
            "servers": [["url": "/"]],
            "paths": .members(
                Dictionary(
                    uniqueKeysWithValues: resources.map { ($0.path, ["get": operation(of: $0), "head": head(of: $0)]) })
            ),
            "components": ["schemas": .members(schemas.mapValues(\.openAPI))],
        ]
    }

    static let problem = Schema.object([
        "type": .string,
        "title": .string,
        "status": .integer,
        "detail": .means("What is wrong, with the values.", .string),
        "hint": .means("What to do about it.", .nullable(.string)),
        "request_id": .string,
    ])

    private static func operation(of resource: APIResource) -> JSONTree {
        var answers = problems(of: resource)
        answers["200"] = [
            "description": .text(resource.summary), "headers": headers,
            "content": ["application/json": ["schema": envelope(resource)]],
        ]
        return described(resource, id: resource.name, answers)
    }

    private static func head(of resource: APIResource) -> JSONTree {
        var answers = problems(of: resource).mapValues { $0.without("content") }
        answers["200"] = ["description": "As GET, without its body.", "headers": headers]
        return described(resource, id: "\(resource.name)_head", answers)
    }

    private static func described(_ resource: APIResource, id: String, _ answers: [String: JSONTree]) -> JSONTree {
        [
            "operationId": .text(id.replacing(".", with: "_")), "summary": .text(resource.summary),
            "parameters": .list(resource.parameters.map(parameter)), "responses": .members(answers),
        ]
    }

    private static func envelope(_ resource: APIResource) -> JSONTree {
        if resource.name == APIResource.openAPI.name { return ["type": "object"] }
        return [
            "type": "object", "required": ["as_of_ms", "seq", "data"],
            "properties": [
                "as_of_ms": ["type": "integer"],
                "seq": ["type": "integer", "description": "That of the newest event when the data were read."],
                "data": resource.schema.openAPI,
            ],
        ]
    }

    private static let headers: JSONTree = [
        "ETag": ["schema": ["type": "string"], "description": "Weak, of `data` alone."],
        "Cache-Control": ["schema": ["type": "string"]],
        "Vary": ["schema": ["type": "string"]],
    ]

    private static func problems(of resource: APIResource) -> [String: JSONTree] {
        var answers: [String: JSONTree] = [
            "304": ["description": "What If-None-Match names is what there is."],
            "400": answer("A parameter is wrong, or unknown."),
            "500": answer("The answer could not be made."),
        ]
        if resource.canBeMissing { answers["404"] = answer("Nothing is kept by that name.") }
        if resource.name != "summary", resource.name != APIResource.openAPI.name {
            answers["503"] = answer("The database cannot be read at this moment, or too much is asked for at once.")
                .adding("headers", ["Retry-After": ["schema": ["type": "integer"]]])
        }
        return answers
    }

    private static func answer(_ meaning: String) -> JSONTree {
        [
            "description": .text(meaning),
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
    }

    private static func parameter(_ parameter: QueryParameter) -> JSONTree {
        [
            "name": .text(parameter.name), "in": "query", "required": .flag(parameter.isRequired),
            "description": .text(parameter.meaning), "schema": schema(parameter.kind),
        ]
    }

    private static func schema(_ kind: QueryParameter.Kind) -> JSONTree {
        switch kind {
        case .symbol:
            [
                "type": "string", "minLength": .integer(1), "maxLength": .integer(32),
                "examples": ["BTCUSD", "DUSK:USD"],
            ]
        case .timeframe: ["type": "string", "enum": .list(BarLength.all.map { .text($0.name) })]
        case .time:
            [
                "anyOf": [
                    [
                        "type": "integer", "minimum": .integer(APITime.range.lowerBound),
                        "maximum": .integer(APITime.range.upperBound),
                    ],
                    ["type": "string", "format": "date-time"],
                ]
            ]
        case .integer(let range, let standard):
            [
                "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
                "default": .integer(standard),
            ]
        case .choice(let choices, let standard):
            ["type": "string", "enum": .list(choices.map { .text($0) }), "default": .text(standard)]
        }
    }
}

extension JSONTree {
    fileprivate func without(_ name: String) -> JSONTree {
        guard case .members(var members) = self else { return self }
        members[name] = nil
        return .members(members)
    }
}

extension APIResource {
    static let openAPI: APIResource = APIResource(
        "openapi.json", "This description: OpenAPI 3.1.", [], .object([])
    ) { _, reading in
        let tree = OpenAPIDocument.tree(of: APIResource.all, version: reading.identity.version)
        return APIDocument(data: APIJSON.bytes(tree), lifetime: .always, isEnveloped: false)
    }
}
