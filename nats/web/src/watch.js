// The audience's page: watch.html#src=<address of the programme>&title=<name>. What follows # never leaves the browser.

import { Player } from "./player.js";
import { watchText } from "./words.js";

const $ = (id) => /** @type {any} */ (document.getElementById(id));
/** @type {Player | null} */
let player = null;

// For a look from the browser's console, and for tests.
Object.assign(window, { callboard: { get player() { return player; } } });

function open() {
  player?.stop();
  player = null;
  const given = new URLSearchParams(location.hash.slice(1));
  const address = given.get("src") ?? "";
  $("title").textContent = document.title = given.get("title") || "Callboard";
  $("ask").hidden = Boolean(address);
  $("show").hidden = !address;
  if (!/^https?:/.test(address)) return;
  player = new Player($("screen-video"), address);
  player.addEventListener("change", draw);
  player.start();
  draw();
}

function draw() {
  if (!player) return;
  const { state, behind } = player;
  document.body.dataset.watch = state;
  const text = watchText(state);
  if ($("message").textContent !== text) $("message").textContent = text;
  $("message").hidden = !text;
  $("live").hidden = state !== "live";
  $("behind").textContent = behind === null ? "" : `${behind.toFixed(1)} s behind`;
  $("sound").hidden = state !== "live" || !$("screen-video").muted;
}

$("sound").addEventListener("click", () => {
  $("screen-video").muted = false;
  draw();
});
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = new URLSearchParams({ src: $("ask").src.value.trim() }).toString();
});
addEventListener("hashchange", open);
open();
