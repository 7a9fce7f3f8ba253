// Functions that run in the page: what a person would see, as figures. They must not name anything outside of themselves.

/**
 * Where on a chart there is colour.
 *
 * @returns {{ colours: number, coloured: number, columns: number[], height: number }} How many colours there are, how many pixels are
 * of a strong one, how many of those each column of the largest canvas has, and how high that is.
 */
export function chartPixels() {
    const canvases = [...document.querySelectorAll("#chart canvas")].map((one) => /** @type {HTMLCanvasElement} */ (one));
    const all = new Set();
    let coloured = 0;
    /** @type {number[]} */
    let columns = [];
    let [largest, height] = [0, 0];
    for (const canvas of canvases.filter((one) => one.width && one.height)) {
        const pencil = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        const pixels = pencil.getImageData(0, 0, canvas.width, canvas.height).data;
        const counts = Array(canvas.width).fill(0);
        for (let at = 0; at < pixels.length; at += 4) {
            const [red, green, blue, alpha] = pixels.subarray(at, at + 4);
            if (alpha) all.add((red << 16) | (green << 8) | blue);
            if (alpha > 128 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) counts[(at / 4) % canvas.width]++;
        }
        const sum = counts.reduce((one, other) => one + other, 0);
        coloured += sum;
        const size = canvas.height * canvas.width;
        if (size > largest && sum) [largest, height, columns] = [size, canvas.height, counts];
    }
    return { colours: all.size, coloured, columns, height };
}

/** Text that is too faint: its words, its colours and their contrast (WCAG 2.2, 1.4.3). */
export function faintTexts() {
    const pencil = /** @type {CanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
    /** @param {string} colour @returns {number[]} */
    const parts = (colour) => {
        pencil.clearRect(0, 0, 1, 1);
        pencil.fillStyle = colour;
        pencil.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = pencil.getImageData(0, 0, 1, 1).data;
        return [red, green, blue, alpha / 255];
    };
    /** @param {number[]} over @param {number[]} under */
    const laid = (over, under) => [0, 1, 2].map((at) => over[at] * over[3] + under[at] * (1 - over[3])).concat(1);
    /** @param {number[]} colour */
    const luminance = (colour) => {
        const linear = (/** @type {number} */ one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        const [red, green, blue] = colour.map((one) => linear(one / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    /** @param {Element} element @returns {number[]} */
    const behind = (element) => {
        const own = parts(getComputedStyle(element).backgroundColor);
        if (own[3] === 1) return own;
        return laid(own, element.parentElement ? behind(element.parentElement) : parts("white"));
    };
    /** @param {Element | null} element @returns {number} */
    const opacity = (element) => (element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1);
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.textContent?.trim();
        const element = /** @type {HTMLElement} */ (node.parentElement);
        if (!text || element.closest("script, style, option, :disabled")) continue;
        if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
        const box = element.getBoundingClientRect();
        if (box.width <= 1 || box.height <= 1) continue;
        const style = getComputedStyle(element);
        const back = behind(element);
        const ink = parts(style.color);
        const front = laid([ink[0], ink[1], ink[2], ink[3] * opacity(element)], back);
        const [light, dark] = [luminance(front), luminance(back)].sort((one, other) => other - one);
        const contrast = (light + 0.05) / (dark + 0.05);
        const size = parseFloat(style.fontSize);
        const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
        const ground = back.slice(0, 3).map(Math.round);
        if (contrast < least) faint.push(`"${text.slice(0, 40)}" ${style.color} on ${ground}: ${contrast.toFixed(2)}`);
    }
    return faint;
}

/**
 * Elements that are green, as "tag.class: text"; also by what stands before or after them.
 *
 * @param {string} [within] A selector.
 */
export function greenThings(within = "body") {
    const pencil = /** @type {CanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
    /** @param {string} colour */
    const isGreen = (colour) => {
        pencil.clearRect(0, 0, 1, 1);
        pencil.fillStyle = colour;
        pencil.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = pencil.getImageData(0, 0, 1, 1).data;
        return alpha > 40 && green > red + 30 && green > blue + 5;
    };
    const green = [];
    for (const element of document.querySelectorAll(`${within} *`)) {
        if (element.closest("canvas, #chart table, script, style") || !element.checkVisibility()) continue;
        const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
        for (const part of [null, "::before", "::after"]) {
            const style = getComputedStyle(element, part);
            if (part && ["none", "normal", ""].includes(style.content)) continue;
            const colours = [style.backgroundColor];
            if (part || hasText) colours.push(style.color);
            if (parseFloat(style.borderLeftWidth)) colours.push(style.borderLeftColor);
            if (parseFloat(style.borderTopWidth)) colours.push(style.borderTopColor);
            if (element instanceof SVGElement) colours.push(style.fill, style.stroke);
            if (colours.some((colour) => colour !== "none" && isGreen(colour))) {
                const name = `${element.tagName.toLowerCase()}.${element.getAttribute("class")}${part ?? ""}`;
                green.push(`${name}: ${element.textContent?.slice(0, 40)}`);
            }
        }
    }
    return green;
}

/**
 * How many pixels of what a person sees are green: also in what is drawn, and after filters. Not for within the page.
 *
 * @param {import("./page.mjs").Page} page @param {string} [selector] What to look at, as far as it is in the window.
 */
export async function greenPixels(page, selector = "body") {
    const clip = await page.evaluate(`(() => {
        const { x, y, right, bottom } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
        const [left, top] = [Math.max(0, x), Math.max(0, y)];
        return { x: left, y: top, width: Math.min(innerWidth, right) - left, height: Math.min(innerHeight, bottom) - top, scale: 1 };
    })()`);
    return await page.call(countGreen, (await page.screenshot(clip)).toString("base64"));
}

/** @param {string} picture A PNG in base64. */
async function countGreen(picture) {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(picture), (one) => one.charCodeAt(0))]));
    const pencil = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d"));
    pencil.drawImage(bitmap, 0, 0);
    const { data } = pencil.getImageData(0, 0, bitmap.width, bitmap.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) if (data[at + 1] > data[at] + 15 && data[at + 1] > data[at + 2] + 5) count++;
    return count;
}

/** Lines of the market watch that do not have the colour of the style sheet for their direction, as "symbol: colour". */
export function wrongSparks() {
    const pencil = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1000, 100).getContext("2d", { willReadFrequently: true }));
    /** @param {string} colour */
    const plain = (colour) => {
        pencil.fillStyle = colour;
        pencil.fillRect(0, 0, 1, 1);
        return [...pencil.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
    };
    const wrong = [];
    for (const row of document.querySelectorAll("tr[data-symbol]")) {
        const canvas = /** @type {HTMLCanvasElement} */ (row.querySelector("canvas"));
        const direction = /** @type {HTMLElement} */ (row.querySelector('[data-col="change"]')).dataset.dir ?? "";
        const name = { up: "--up", down: "--down" }[direction] ?? "--muted";
        const wanted = plain(getComputedStyle(document.documentElement).getPropertyValue(name));
        pencil.clearRect(0, 0, canvas.width, canvas.height);
        pencil.drawImage(canvas, 0, 0);
        const { data } = pencil.getImageData(0, 0, canvas.width, canvas.height);
        let most = 3;
        for (let at = 3; at < data.length; at += 4) if (data[at] > data[most]) most = at;
        const found = [...data.subarray(most - 3, most)];
        const isIt = data[most] > 100 && found.every((one, index) => Math.abs(one - wanted[index]) <= 3);
        if (!isIt) wrong.push(`${row.getAttribute("data-symbol")}: ${found} of ${data[most]}, not ${wanted} for ${direction}`);
    }
    return wrong;
}

/** By how many pixels the page is wider than its window, and what sticks out. */
export function sidewaysScroll() {
    const width = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth - width;
    const scrolls = (/** @type {Element | null} */ element) => {
        for (let one = element; one && one !== document.body; one = one.parentElement) {
            if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(one).overflowX)) return true;
        }
        return false;
    };
    const out = [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement))
        .map((element) => `${element.tagName.toLowerCase()}#${element.id}.${element.getAttribute("class")}`);
    return { wide, out: out.slice(0, 10) };
}

/** Buttons and fields that a thumb misses: less than 44 pixels high or wide. */
export function smallTargets() {
    return [...document.querySelectorAll("nav a, button, select, input")]
        .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }))
        .map((one) => ({ one, box: (one.closest("label") ?? one).getBoundingClientRect() }))
        .filter(({ box }) => box.height > 1 && (box.height < 43.5 || box.width < 43.5))
        .map(({ one, box }) => `${one.outerHTML.slice(0, 60)} ${Math.round(box.width)} × ${Math.round(box.height)}`);
}

/** States that are told by colour alone. */
export function wordlessStates() {
    return [...document.querySelectorAll("[data-state]")]
        .filter((one) => one.checkVisibility() && !/\p{L}/u.test(one.textContent ?? "") && !one.getAttribute("aria-label"))
        .map((one) => one.outerHTML.slice(0, 80));
}

/**
 * Canvases of our own in view that are empty, or drawn in other colours than those of a system with forced ones; and the tab that is open,
 * where no frame tells it from the others.
 */
export function lostInForcedColours() {
    const pencil = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(innerWidth, innerHeight).getContext("2d", { willReadFrequently: true }));
    /** @param {string} colour */
    const plain = (colour) => {
        pencil.fillStyle = colour;
        pencil.fillRect(0, 0, 1, 1);
        return pencil.getImageData(0, 0, 1, 1).data.subarray(0, 3).join();
    };
    const probe = document.body.appendChild(document.createElement("i"));
    const colours = new Set(["Canvas", "CanvasText", "GrayText", "Highlight", "LinkText", "black", "white"].map((name) => {
        probe.style.color = name;
        return plain(getComputedStyle(probe).color);
    }));
    probe.remove();
    const lost = [];
    for (const canvas of document.querySelectorAll("canvas")) {
        // The library lays its own smoothed letters over its labels.
        if (!canvas.checkVisibility() || !canvas.width || !canvas.height || canvas.closest("#chart")) continue;
        pencil.clearRect(0, 0, canvas.width, canvas.height);
        pencil.drawImage(canvas, 0, 0);
        const { data } = pencil.getImageData(0, 0, canvas.width, canvas.height);
        const found = new Set();
        let isEmpty = true;
        for (let at = 0; at < data.length; at += 4) {
            isEmpty &&= !data[at + 3];
            if (data[at + 3] === 255) found.add(data.subarray(at, at + 3).join());
        }
        // Where pale lines lie one over the other, a colour is rounded several times.
        const isNear = (/** @type {string} */ one, /** @type {string} */ other) =>
            one.split(",").every((part, index) => Math.abs(Number(part) - Number(other.split(",")[index])) <= 24);
        const other = [...found].filter((colour) => ![...colours].some((one) => isNear(one, colour)));
        if (isEmpty) lost.push(`${canvas.id}.${canvas.className} is empty`);
        if (other.length) lost.push(`${canvas.id}.${canvas.className} has ${other.slice(0, 5).join(" ")}, not ${[...colours].join(" ")}`);
    }
    for (const tab of document.querySelectorAll("nav a")) {
        const { borderLeftWidth, borderLeftStyle } = getComputedStyle(tab);
        const isFramed = parseFloat(borderLeftWidth) > 0 && borderLeftStyle === "solid";
        if (isFramed !== tab.hasAttribute("aria-current")) lost.push(`${tab.textContent} is ${isFramed ? "" : "not "}framed`);
    }
    return lost;
}
