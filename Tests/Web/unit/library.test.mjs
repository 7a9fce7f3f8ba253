import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LIBRARY } from "../../../Sources/Frontend/Public/js/views/drawing.js";

/** @param {string} path below the project's folder */
const text = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

test("the page and the server want the library that is fetched", () => {
    const [library, ...more] = JSON.parse(text("scripts/web-assets.lock.json")).assets;
    assert.deepEqual(more, []);
    const integrity = `sha256-${Buffer.from(library.sha256, "hex").toString("base64")}`;
    assert.deepEqual(LIBRARY, { file: `/assets/${library.name}`, hash: integrity });
    const server = text("Sources/Frontend/Server/AssetManifest.swift");
    assert.deepEqual(/name: "(.+)", bytes: ([\d_]+),\s+sha256: "(\w+)"/.exec(server)?.slice(1).map((one) => one.replaceAll("_", "")),
        [library.name, String(library.bytes), library.sha256]);
    assert.deepEqual([...text("scripts/lib/bench/frontend.py").matchAll(/\/assets\/([^"]+)/g)].map(([, name]) => name), [library.name]);
});
