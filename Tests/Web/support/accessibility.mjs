import { hostname } from "node:os";

/** Roles that say how a view is built; what is in rows and paragraphs changes with the data. */
const told = new Set([
    "banner", "navigation", "main", "contentinfo", "region", "heading", "link", "button", "tab", "tablist", "tabpanel", "table",
    "columnheader", "combobox", "searchbox", "textbox", "checkbox", "switch", "radio", "radiogroup", "application", "status", "alert",
    "image", "img", "group", "toolbar", "form", "search",
]);

/**
 * What a screen reader is told of a page: a line for each landmark, heading and control, indented by depth. Figures are written
 * as 0, this machine's name as HOST, and lines that repeat one another stand once.
 *
 * @param {import("./page.mjs").Page} page
 */
export async function outline(page) {
    await page.send("Accessibility.enable");
    const { nodes } = await page.send("Accessibility.getFullAXTree");
    const byId = new Map(nodes.map((/** @type {any} */ node) => [node.nodeId, node]));
    const lines = /** @type {string[]} */ ([]);
    /** @param {any} node @param {number} depth @param {boolean} inRow */
    const visit = (node, depth, inRow) => {
        const role = node.role?.value;
        const isTold = !node.ignored && told.has(role) && !(inRow && role !== "columnheader");
        if (isTold) lines.push(`${"  ".repeat(depth)}${role}${named(node)}`);
        const isRow = inRow || role === "rowgroup" || role === "gridcell" || role === "cell" || role === "rowheader";
        for (const id of node.childIds ?? []) {
            const child = byId.get(id);
            if (child) visit(child, depth + (isTold ? 1 : 0), isRow);
        }
    };
    visit(nodes[0], 0, false);
    return lines.filter((line, index) => line !== lines[index - 1]).join("\n") + "\n";
}

/** @param {any} node */
function named(node) {
    const name = (node.name?.value ?? "").trim().replaceAll(hostname(), "HOST").replace(/[\d.,]*\d[\d.,]*/g, "0").replace(/\s+/g, " ");
    return name ? ` "${name}"` : "";
}
