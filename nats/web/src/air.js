// The part of the page that asks whether to be on air, and shows whether one is.

import { airText } from "./words.js";

const $ = (id) => /** @type {any} */ (document.getElementById(id));

/**
 * Shows how the call stands with its programme.
 * @param {import("./call.js").Call} call
 * @param {(text: string) => void} complain
 */
export function drawAir(call, complain) {
  const { stage } = call;
  const { badge, text, asks } = airText(stage);
  $("air").hidden = stage.view === null || call.over;
  document.body.dataset.air = badge ? "on" : "off";
  $("air-badge").textContent = badge;
  $("air-badge").hidden = !badge;
  if ($("air-text").textContent !== text) $("air-text").textContent = text;
  const agreed = stage.view?.consent === "agreed";
  $("air-yes").hidden = agreed;
  $("air-no").hidden = !agreed && !asks;
  $("air-no").textContent = agreed ? "Take me off air" : "Not me";
  $("air-yes").onclick = () => answer(true);
  $("air-no").onclick = () => answer(false);
  const url = stage.view?.hls_url;
  $("air-watch").hidden = !url;
  // What follows # never leaves the browser: the address of a programme is a ticket.
  if (url) $("air-watch").href = `watch.html#src=${encodeURIComponent(url)}`;

  async function answer(agree) {
    $("air-yes").disabled = $("air-no").disabled = true;
    await stage.answer(agree).catch((error) => complain(`Your answer did not arrive: ${error.message}`));
    $("air-yes").disabled = $("air-no").disabled = false;
  }
}
