extension APIResource {
    static let openAPI: APIResource = APIResource(
        "openapi.json", "This description: OpenAPI 3.1.", [], .object([])
    ) { _, reading in
        let tree = OpenAPIDocument.tree(of: APIResource.all, version: reading.identity.version)
        return APIDocument(data: APIJSON.bytes(tree), lifetime: .always, isEnveloped: false)
    }
}
