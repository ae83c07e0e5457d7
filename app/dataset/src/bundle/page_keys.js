// Runs the script of a bundle's page with no browser: the little of the DOM that it uses, keys pressed one after the other,
// and the votes file that it saves on the standard output. `node page_keys.js index.html '["4", "Control+s"]'`.
"use strict";
const vm = require("node:vm");
const html = require("node:fs").readFileSync(process.argv[2], "utf8");
const elements = new Map();
const listeners = {};
let saved = null;
const document = { activeElement: null, createElement: tag => new Element(tag), getElementById };

function Element(tag, hidden) {
  const words = [];
  Object.assign(this, { tag, hidden: !!hidden, value: "", style: {}, textContent: "", open: false, words });
  this.append = (...parts) => words.push(...parts);
  this.replaceChildren = (...parts) => { words.length = 0; words.push(...parts); };
  this.setAttribute = (name, value) => { this[name] = value; };
  this.showModal = () => { this.open = true; };
  this.focus = () => { document.activeElement = this; };
  this.blur = () => {
    if (document.activeElement !== this) return;
    document.activeElement = document.body;
    if (this.onchange) this.onchange({ target: this });
  };
  this.click = () => { if (this.download) saved = { name: this.download, text: this.href }; else if (this.onclick) this.onclick(); };
}
// Only what the page has is found: an identity that the script misspells ends the run.
function getElementById(id) {
  if (!html.includes(`id="${id}"`)) throw new Error(`the page has nothing called ${id}`);
  if (!elements.has(id)) elements.set(id, new Element(id));
  return elements.get(id);
}
document.body = document.activeElement = new Element("body");
const kept = new Map();
const context = {
  document,
  performance: { now: () => Date.now() },
  localStorage: { getItem: key => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
  addEventListener: (name, act) => { listeners[name] = act; },
  URL: { createObjectURL: blob => blob.text, revokeObjectURL: () => {} },
  Blob: function (parts) { this.text = parts.join(""); },
  Image: function () {},
  setTimeout: () => {},
};
vm.createContext(context);
vm.runInContext(html.slice(html.indexOf("<script>") + 8, html.indexOf("</script>")), context);
for (const pressed of JSON.parse(process.argv[3])) {
  const held = pressed.startsWith("Control+");
  const key = held ? pressed.slice(8) : pressed;
  listeners.keydown({ key, ctrlKey: held, metaKey: false, altKey: false, preventDefault: () => {} });
  const at = document.activeElement;
  // What is typed lands where the focus is.
  if (at !== document.body && key.length > 1 && key.startsWith("=")) at.value = key.slice(1);
}
process.stdout.write(saved ? saved.text : "");
