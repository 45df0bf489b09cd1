// What the pages have in common. What people wrote goes in as text, never as markup.

/** @param {string} id */
export const $ = (id) => /** @type {any} */ (document.getElementById(id));

/**
 * @param {string} name
 * @param {string} [className]
 * @param {string} [text]
 * @returns {any}
 */
export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Something that people named or wrote: it finds its own direction, and turns nothing around it. @param {string} name @param {string} className @param {string} text */
export function theirs(name, className, text) {
  const made = element(name, className, text);
  made.dir = "auto";
  return made;
}

/**
 * @param {string} text
 * @param {() => unknown} act
 * @param {string} [className]
 * @returns {HTMLButtonElement}
 */
export function button(text, act, className = "") {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** Puts a text where it is not yet: what is unchanged is not read out again. @param {any} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

/** A name for this browser that stays: after a reload it is the same device. @param {string} uid */
export function device(uid) {
  const key = `callboard.device.${uid}`;
  let name = localStorage.getItem(key);
  if (!name) {
    name = `web-${[...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
    localStorage.setItem(key, name);
  }
  return name;
}

/**
 * Opens a dialog with a form and waits for what is filled in; null if it is dropped.
 * @param {any} dialog
 * @returns {Promise<any>} the form's elements
 */
export function fill(dialog) {
  const form = dialog.querySelector("form");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "done" ? form.elements : null), { once: true });
  });
}

/**
 * Lets somebody choose what to do.
 * @param {any} dialog
 * @param {string} title
 * @param {{text: string, act: () => unknown, danger?: boolean}[]} choices
 */
export function choose(dialog, title, choices) {
  const nodes = choices.map(({ text, act, danger }) => button(text, () => {
    dialog.close();
    act();
  }, danger ? "danger" : ""));
  dialog.replaceChildren(theirs("h1", "", title), ...nodes, button("Back", () => dialog.close()));
  dialog.showModal();
}
