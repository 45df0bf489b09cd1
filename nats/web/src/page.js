// The reference page: a person signs in, sees who is here at which price, makes or takes a paid call, and gets a receipt.
// For slow machines the address may name the size of the camera's picture: ?camera=320x240.

import { drawAir } from "./air.js";
import { Call, media } from "./call.js";
import { charge, coins, units } from "./cost.js";
import { $, element } from "./dom.js";
import { given, SignIn } from "./sign_in.js";
import { endText, figuresText, minutesSeconds, offer, reasonText, stateText } from "./words.js";

const AVAILABLE_MS = 5000;

/** @type {import("./client.js").Client | null} */
let client = null;
/** @type {Call | null} */
let call = null;
/** The call that rings here. @type {any} */
let ringing = null;
let kind = "video";
/** @type {any} */
let balance = null;

// For a look from the browser's console, and for tests.
const hook = { Call, get client() { return client; }, get call() { return call; } };
Object.assign(window, { callboard: hook });

// ---- signing in

new SignIn({
  notice,
  lost: "The connection is lost; trying again…",
  enter: start,
  left() {
    call?.dispose();
    call = null;
    show("signin");
  },
});

/** Microphone and camera, with the picture's size from the page's address. @param {import("./call.js").CallKind} kind */
function devices(kind) {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(given.get("camera") ?? "") ?? [];
  return width ? media(kind, { width: Number(width), height: Number(height) }) : media(kind);
}

/** @param {import("./client.js").Client} signedIn */
async function start(signedIn) {
  client = signedIn;
  client.addEventListener("calls.requested", ({ detail }) => ring(detail.data));
  for (const name of ["accepted", "cancelled", "missed", "rejected", "ended"]) {
    client.addEventListener(`calls.${name}`, ({ detail }) => stopRinging(detail.data));
  }
  for (const name of ["wallet.changed", "calls.granted", "calls.receipt", "calls.low_balance"]) {
    client.addEventListener(name, refreshBalance);
  }
  show("lobby");
  refreshBalance();
  loadSettings();
  await pickUp();
}

/** Comes back to what was going on before the page was loaded. */
async function pickUp() {
  const { calls: live } = await client.ask("calls", "active");
  const mine = live.find((view) => ["accepted", "active"].includes(view.state) || view.caller === client.uid);
  if (mine) {
    await enter(async () => Call.resume(client, mine, await devices(mine.kind)));
    return;
  }
  const { calls: pending } = await client.ask("calls", "pending");
  if (pending.length) ring(pending[0]);
}

// ---- the lobby

setInterval(() => document.body.dataset.view === "lobby" && refreshCreators(), AVAILABLE_MS);

async function refreshCreators() {
  if (client?.status !== "connected") return;
  const asked = kind;
  const { items } = await client.ask("calls", "available", { kind: asked, limit: 100 }).catch(() => ({ items: [] }));
  if (asked !== kind) return;
  const others = items.filter((creator) => creator.uid !== client.uid);
  $("nobody").hidden = others.length > 0;
  $("creators").hidden = others.length === 0;
  $("creators").replaceChildren(...others.map((creator) => {
    const row = element("li");
    const text = element("div", "grow");
    text.append(element("strong", "", creator.name), element("div", "muted small", offer(creator, asked)));
    const button = element("button", "primary", creator.in_call ? "In a call" : "Call");
    button.disabled = creator.in_call;
    button.dataset.call = creator.uid;
    button.addEventListener("click", () => dial(creator.uid));
    row.append(element("span", "avatar", creator.name.slice(0, 1).toUpperCase()), text, button);
    return row;
  }));
}

$("kinds").addEventListener("click", ({ target }) => {
  if (!target.dataset.kind) return;
  kind = target.dataset.kind;
  for (const button of $("kinds").children) button.setAttribute("aria-checked", String(button === target));
  refreshCreators();
});

async function refreshBalance() {
  balance = await client.ask("wallet", "balance").catch(() => balance);
  if (!balance) return;
  $("balance").textContent = `${coins(units(balance.available), 2)} coins`;
  $("balance").hidden = false;
}

async function loadSettings() {
  const settings = await client.ask("calls", "settings_get").catch(() => null);
  if (!settings) return;
  const fields = $("settings");
  fields.available.checked = settings.available;
  fields.auto_accept.checked = settings.auto_accept;
  fields.tariff.value = settings.tariff ?? "";
  for (const name of ["video", "audio", "chat", "group"]) fields[name].value = settings.rates[name] ? coins(units(settings.rates[name]), 2) : "";
  const earned = await client.ask("wallet", "earnings").catch(() => null);
  if (earned) $("earnings").textContent = `Earned and not paid out: ${coins(units(earned.posted), 2)} coins`;
  hook.settings = settings;
}

$("settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = $("settings");
  const rates = {};
  for (const name of ["video", "audio", "chat", "group"]) {
    const text = fields[name].value.trim().replace(",", ".");
    if (text) rates[name] = text;
  }
  const settings = { ...hook.settings, available: fields.available.checked, auto_accept: fields.auto_accept.checked, rates };
  delete settings.tariff;
  if (fields.tariff.value.trim()) settings.tariff = fields.tariff.value.trim();
  try {
    hook.settings = await client.change("calls", "settings_set", { settings });
    notice(settings.available ? "You can be called now." : "You cannot be called now.");
  } catch (error) {
    notice(`Not saved: ${error.message}`);
  }
});

$("group").addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = $("group");
  const uids = fields.invite.value.split(/[\s,]+/).filter(Boolean);
  const invite = uids.map((uid) => ({ uid, pays: fields.pays.checked }));
  enter(async () => Call.initiate(client, { kind: "group", invite }, await devices("group")));
});

$("past").addEventListener("toggle", async () => {
  if (!$("past").open) return;
  const { items } = await client.ask("calls", "history", { limit: 20 }).catch(() => ({ items: [] }));
  $("history").replaceChildren(...items.map((view) => {
    const row = element("li");
    const other = view.caller === client.uid ? view.payee : view.caller;
    const length = view.active_at && view.ended_at ? minutesSeconds(Date.parse(view.ended_at) - Date.parse(view.active_at)) : "";
    row.append(
      element("span", "grow", `${other} · ${view.kind} · ${reasonText(view.end_reason)}`),
      element("span", "muted", `${length}  ${new Date(view.created_at).toLocaleString()}`),
    );
    return row;
  }));
});

// ---- ringing

function dial(callee) {
  return enter(async () => Call.initiate(client, { kind: /** @type {any} */ (kind), callee }, await devices(/** @type {any} */ (kind))));
}

function ring(view) {
  if (call || view.caller === client.uid || !rings(view)) return;
  ringing = view;
  $("ring-kind").textContent = view.kind === "audio" ? "voice" : view.kind;
  $("ring-from").textContent = view.caller;
  const pays = view.members.find((m) => m.uid === client.uid)?.role === "payer";
  const price = view.tariff.flat ? `${coins(units(view.tariff.flat.price), 2)} coins` : `${coins(units(view.tariff.rate), 2)} coins a minute`;
  $("ring-terms").textContent = pays ? `You pay ${price}.` : `They pay ${price}.`;
  if (!$("ring").open) $("ring").showModal();
}

/** Whether a call waits for this user's answer. An invitation to a group stands on its own, whatever others answer. */
function rings(view) {
  if (view.kind !== "group") return view.state === "pending";
  return !view.ended_at && view.members.some((m) => m.uid === client.uid && m.state === "invited");
}

function stopRinging(view) {
  if (ringing?.call_id !== view.call_id || rings(view)) return;
  // An accepted call that was not accepted here goes on somewhere else, or is the house's own accepting for this user.
  const accepted = view.state === "accepted" && !call;
  ringing = null;
  $("ring").close();
  if (accepted && hook.settings?.auto_accept) enter(async () => Call.resume(client, view, await devices(view.kind)));
}

$("ring").addEventListener("cancel", (event) => event.preventDefault());
$("accept").addEventListener("click", () => {
  const view = ringing;
  ringing = null;
  $("ring").close();
  if (view) enter(async () => Call.accept(client, view, await devices(view.kind)));
});
$("reject").addEventListener("click", async () => {
  const view = ringing;
  ringing = null;
  $("ring").close();
  if (view) await client.change("calls", "reject", { call_id: view.call_id }).catch((error) => notice(error.message));
});

// ---- the call

/** @param {() => Promise<Call>} begin */
async function enter(begin) {
  if (call) return;
  notice(null);
  try {
    call = await begin();
  } catch (error) {
    notice(error.name === "NotAllowedError" ? "Microphone or camera are not allowed for this page." : error.message);
    refreshCreators();
    return;
  }
  const current = call;
  document.body.dataset.kind = call.view.kind;
  $("texts").hidden = call.view.kind !== "chat";
  $("lines").replaceChildren();
  $("warning").hidden = true;
  const others = call.others.map((m) => m.uid);
  $("peer").textContent = others.join(", ");
  $("face").textContent = (others[0] ?? "").slice(0, 1).toUpperCase();
  $("local").srcObject = call.preview;
  $("remote").srcObject = null;
  $("runway-box").hidden = !call.pays;
  $("cost-label").textContent = call.pays ? "coins, about" : "paid by them";
  pressed("mute", false);
  pressed("camera", false);
  for (const id of ["mute", "camera"]) $(id).hidden = call.view.kind === "chat" || (id === "camera" && call.view.kind === "audio");
  call.addEventListener("view", draw);
  call.addEventListener("flow", draw);
  call.addEventListener("quality", () => ($("line").textContent = figuresText(current.quality)));
  call.addEventListener("media", (event) => ($("remote").srcObject = /** @type {CustomEvent} */ (event).detail.stream));
  call.addEventListener("text", (event) => addLine(/** @type {CustomEvent} */ (event).detail.text, false));
  call.addEventListener("low_balance", (event) => {
    const { runway_ms: left } = /** @type {CustomEvent} */ (event).detail;
    $("warning").textContent = `Your coins last for about ${minutesSeconds(left)} more. Then the call ends.`;
    $("warning").hidden = false;
  });
  call.addEventListener("stage", () => drawAir(current, notice));
  call.addEventListener("over", over);
  call.addEventListener("receipt", drawReceipt);
  show("call");
  draw();
  drawAir(call, notice);
  if (call.over) over();
}

function draw() {
  if (!call || document.body.dataset.view !== "call") return;
  const phase = stateText(call);
  document.body.dataset.flow = call.flowing ? "on" : "off";
  document.body.dataset.state = call.view.state;
  $("phase").textContent = phase;
  $("veil-text").textContent = phase;
  const connected = call.watch.elapsed(call.over ? Date.now() : client.clock.now());
  $("timer").textContent = minutesSeconds(connected);
  $("cost").textContent = coins(charge(call.view.tariff, connected), 2);
  $("runway").textContent = runway();
}

/** How long the coins last at the present price: what is granted, and what is in the wallet beside it. */
function runway() {
  const rate = call.view.tariff.flat ? 0n : units(call.view.tariff.rate);
  if (!balance || rate === 0n) return "–";
  const granted = call.gate.deadline === null ? 0 : Math.max(0, call.gate.deadline - client.clock.now());
  return minutesSeconds(granted + Number((units(balance.available) * 60_000n) / rate));
}
setInterval(draw, 500);

$("mute").addEventListener("click", () => {
  call?.setMuted(!call.muted);
  pressed("mute", call?.muted ?? false);
});
$("camera").addEventListener("click", () => {
  call?.setCamera(!call.camera);
  pressed("camera", !(call?.camera ?? true));
});
$("hangup").addEventListener("click", async () => {
  $("hangup").disabled = true;
  await call?.hangUp().catch((error) => notice(`Cannot hang up: ${error.message}`));
  $("hangup").disabled = false;
});
$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = $("say").text;
  if (!field.value.trim() || !call) return;
  if (call.say(field.value)) {
    addLine(field.value, true);
    field.value = "";
  } else notice("Nobody is connected to read this yet.");
});

function addLine(text, mine) {
  const line = element("li", mine ? "mine" : "", text);
  $("lines").append(line);
  line.scrollIntoView({ block: "nearest" });
}

function over() {
  document.body.dataset.flow = "off";
  document.body.dataset.state = call.view.state;
  $("ended").textContent = endText(call);
  drawReceipt();
  show("receipt");
  refreshBalance();
}

function drawReceipt() {
  const receipt = call?.receipt;
  const rows = receipt
    ? [
        ["With", receipt.payer === client.uid ? receipt.payee : receipt.payer],
        ["Connected", minutesSeconds(receipt.connected_ms)],
        ["Charged", `${coins(units(receipt.charge))} coins`],
        ...(receipt.payer === client.uid
          ? [["Given back of what was held", `${coins(units(receipt.returned))} coins`]]
          : receipt.split.map((part) => [`For ${part.party}`, `${coins(units(part.amount))} coins`])),
      ]
    : [["Charged", call?.view.state === "completed" ? "…" : "nothing"]];
  $("receipt").replaceChildren(...rows.flatMap(([name, value]) => [element("dt", "muted", name), element("dd", "", value)]));
}

$("back").addEventListener("click", () => {
  call?.dispose();
  call = null;
  $("remote").srcObject = null;
  $("local").srcObject = null;
  show("lobby");
  refreshBalance();
  loadSettings();
});

// ---- small things

function show(view) {
  document.body.dataset.view = view;
  if (view === "lobby") refreshCreators();
}

function notice(text) {
  $("notice").textContent = text ?? "";
  $("notice").hidden = !text;
}

function pressed(id, on) {
  $(id).setAttribute("aria-pressed", String(on));
}
