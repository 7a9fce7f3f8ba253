/** Names an element by its place in the page. */
const pathOf = `(element) => {
    const parts = [];
    for (let at = element; at && at !== document.body; at = at.parentElement) {
        parts.unshift(at.tagName.toLowerCase() + [...(at.parentElement?.children ?? [])].indexOf(at));
    }
    return parts.join(">");
}`;

/** What Tab must reach, by place. */
export const tabStops = `[...document.querySelectorAll("a[href], button, input:not([type=radio]), select, textarea, [tabindex]")]
    .filter((one) => one.tabIndex >= 0 && one.checkVisibility({ checkVisibilityCSS: true }) && !one.matches(":disabled"))
    .map(${pathOf})`;

/** Where the focus is, and whether a person sees that: by an outline or a shadow of it, or of what it stands in. */
const focused = `(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return { place: "body", isSeen: true };
    const isSeen = [element, element.parentElement, element.closest("tr")].filter(Boolean).map((one) => getComputedStyle(one))
        .some((one) => (one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 1) || one.boxShadow !== "none");
    return { place: (${pathOf})(element), isSeen };
})()`;

/** Tabs through the page until the focus is back where it began. @param {import("./page.mjs").Page} page */
export async function walk(page) {
    const places = /** @type {string[]} */ ([]);
    const unseen = /** @type {string[]} */ ([]);
    for (let steps = 0; steps < 250; steps++) {
        await page.press("Tab");
        const { place, isSeen } = await page.evaluate(focused);
        if (places.includes(place) || (place === "body" && places.length)) return { places, unseen, isRound: true };
        if (place !== "body") places.push(place);
        if (!isSeen) unseen.push(place);
    }
    return { places, unseen, isRound: false };
}
