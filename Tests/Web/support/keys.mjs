/** Names of keys that are not characters, with what older code asks them by. @type {Record<string, [string, number, string?]>} */
const named = {
    Tab: ["Tab", 9], Enter: ["Enter", 13, "\r"], Escape: ["Escape", 27], Space: ["Space", 32, " "],
    PageUp: ["PageUp", 33], PageDown: ["PageDown", 34], End: ["End", 35], Home: ["Home", 36],
    ArrowLeft: ["ArrowLeft", 37], ArrowUp: ["ArrowUp", 38], ArrowRight: ["ArrowRight", 39], ArrowDown: ["ArrowDown", 40],
};
/** @type {Record<string, number>} */
const modifierBits = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };

/** The events of one press of a key, such as "Shift+Tab". @param {string} name */
export function keyEvents(name) {
    const parts = name === "+" ? ["+"] : name.split("+");
    const key = /** @type {string} */ (parts.pop());
    const modifiers = parts.reduce((bits, one) => bits | modifierBits[one], 0);
    const capital = key.toUpperCase();
    const [code, number, text] = named[key] ?? [/^[A-Z]$/.test(capital) ? `Key${capital}` : "", capital.charCodeAt(0), key];
    const both = { key: key === "Space" ? " " : key, code, windowsVirtualKeyCode: number, modifiers };
    return [{ type: text ? "keyDown" : "rawKeyDown", text, ...both }, { type: "keyUp", ...both }];
}
