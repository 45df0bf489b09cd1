// The page of rooms: a person signs in, sees the rooms and conversations with what is unread, and talks in one of them.
// The address may carry everything: ?ws=ws://host:port&uid=felix&room=ID#token=…  (what follows # never leaves the browser).

import { claims, Client } from "./client.js";
import { coins, units } from "./cost.js";
import { $, button, device, element, say, theirs } from "./dom.js";
import { Notices } from "./notices.js";
import { People } from "./room_people.js";
import { RoomView } from "./room_view.js";
import { Rooms } from "./rooms.js";
import { aboutText, clock, lineOf, joinText, lastText, outcomeText, sanctionText, standingText, titleOf } from "./rooms_words.js";

/** @typedef {import("./room.js").MyRoom} MyRoom */

const PRESENCE_MS = 25_000;

/** @type {Client | null} */
let client = null;
/** @type {Rooms} */
let rooms;
/** @type {RoomView} */
let view;
/** @type {People} */
let people;
/** @type {Notices} */
let notices;
/** The room at whose door the user stands. @type {MyRoom | null} */
let door = null;
/** The room that is to be shown; what is loaded for another one meanwhile is dropped. @type {string | null} */
let wanted = null;

// For a look from the browser's console, and for tests.
Object.assign(window, { callboard: { get client() { return client; }, get rooms() { return rooms; }, get room() { return view?.room ?? null; } } });

// ---- signing in

const given = new URLSearchParams(`${location.search.slice(1)}&${location.hash.slice(1)}`);
const form = $("signin");
form.ws.value = given.get("ws") ?? sessionStorage.getItem("callboard.ws") ?? "";
form.token.value = given.get("token") ?? sessionStorage.getItem("callboard.token") ?? "";
form.uid.value = given.get("uid") ?? claims(form.token.value).sub ?? "";
form.addEventListener("submit", (event) => {
  event.preventDefault();
  signIn();
});
if (form.ws.value && form.uid.value && form.token.value) signIn();

async function signIn() {
  const [ws, uid, token] = [form.ws.value.trim(), form.uid.value.trim(), form.token.value.trim()];
  const submit = form.querySelector("button");
  submit.disabled = true;
  notice(null);
  try {
    client = await Client.connect({ servers: ws, uid, token, device: device(uid) });
  } catch (error) {
    notice(`Cannot sign in: ${error.message}`);
    return;
  } finally {
    submit.disabled = false;
  }
  sessionStorage.setItem("callboard.ws", ws);
  sessionStorage.setItem("callboard.token", token);
  say($("who"), uid);
  rooms = new Rooms(client);
  people = new People(client, rooms, { notice, talk, blocks: readBlocked, balance: readBalance });
  view = new RoomView(client, rooms, { menu: (message) => people.menu(message), person: (other) => people.person(other) }, notice);
  people.view = view;
  const title = (id) => (rooms.mine.has(id) ? titleOf(/** @type {MyRoom} */ (rooms.mine.get(id))) : "");
  notices = new Notices(client, { title, go: (id, seq) => attempt(() => goTo(id, seq)) });
  client.addEventListener("status", ({ detail }) => onStatus(detail));
  rooms.addEventListener("list", drawList);
  rooms.addEventListener("standing", (event) => onStanding(/** @type {CustomEvent} */ (event).detail));
  const told = { "reports.sanctioned": onSanction, "reports.outcome": (outcome) => notice(outcomeText(outcome)), "wallet.changed": readBalance };
  for (const [name, act] of Object.entries(told)) client.addEventListener(name, ({ detail }) => act(detail.data));
  onStatus("connected");
  show("list");
  readBalance();
  readBlocked();
  await attempt(() => rooms.refresh());
  const last = given.get("room") ?? localStorage.getItem(`callboard.room.${uid}`);
  const mine = last && rooms.mine.get(last);
  if (mine) await go(mine);
  rooms.resume().catch(() => undefined);
}

function onStatus(status) {
  const dot = $("status");
  dot.dataset.status = status;
  dot.title = { connected: "connected", reconnecting: "connection lost, trying again", closed: "signed out" }[status];
  if (status === "reconnecting") notice("The connection is lost; trying again. What you write is sent when it is back.");
  if (status === "connected") {
    notice(null);
    tellPresence();
  }
  if (status === "closed") {
    notice(`Signed out: ${client?.closedBy?.message ?? "the connection was closed"}. Sign in with a new token.`);
    view.dispose();
    rooms.dispose();
    form.token.value = "";
    show("signin");
  }
}

function tellPresence() {
  if (client?.status === "connected") client.ask("presence", "set", { state: "online" }).catch(() => undefined);
}
setInterval(tellPresence, PRESENCE_MS);

/** @param {any} sanction */
function onSanction(sanction) {
  notice(sanctionText(sanction));
  view.room?.refresh();
  rooms.refresh().catch(() => undefined);
}

async function readBalance() {
  const balance = await client?.ask("wallet", "balance").catch(() => null);
  if (balance) say($("balance"), `${coins(units(balance.available), 2)} coins`);
}

// ---- the list

function drawList() {
  const open = view?.room?.id;
  $("none").hidden = rooms.list.length > 0;
  const focused = document.activeElement?.closest("#mine li")?.getAttribute("data-room");
  $("mine").replaceChildren(...rooms.list.map((mine) => row(mine, lastText(mine.last), open)));
  if (focused) $("mine").querySelector(`[data-room="${CSS.escape(focused)}"] button`)?.focus();
  const unread = rooms.list.reduce((sum, { me }) => sum + me.unread, 0);
  document.title = unread ? `(${unread}) Callboard rooms` : "Callboard rooms";
}

/** @param {MyRoom} mine @param {string} [line] @param {string} [open] */
function row(mine, line = "", open) {
  const { room, me } = mine;
  const made = element("li");
  made.dataset.room = room.room_id;
  const entry = button("", () => go(mine), "entry");
  const text = element("span", "grow");
  const under = me.state === "joined" && line ? line : me.state && me.state !== "joined" ? standingText(mine) : room.topic || aboutText(mine);
  text.append(theirs("strong", "", titleOf(mine)), theirs("span", "muted small", under));
  entry.append(element("span", "avatar", titleOf(mine).slice(0, 1).toUpperCase()), text);
  if (me.unread) {
    const count = element("span", "unread", me.unread >= 1000 ? "999+" : String(me.unread));
    count.title = "unread";
    entry.append(count);
  }
  if (room.room_id === open) entry.setAttribute("aria-current", "true");
  made.append(entry);
  return made;
}

$("talk").addEventListener("submit", (event) => {
  event.preventDefault();
  const uid = $("talk").uid.value.trim();
  talk(uid).then(() => ($("talk").uid.value = ""));
});

/** @param {string} uid */
function talk(uid) {
  return attempt(async () => go(await rooms.direct(uid)));
}

$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});
$("finder").addEventListener("toggle", () => $("finder").open && find());

function find() {
  const query = $("search").query.value.trim();
  return attempt(async () => {
    const found = await rooms.find(query ? { query } : {});
    $("found").replaceChildren(...found.map((mine) => row(mine)));
    $("found-none").hidden = found.length > 0;
  });
}

$("make").access.addEventListener("change", () => {
  const paid = $("make").access.value === "paid";
  $("fee").hidden = !paid;
  $("make").fee.required = paid;
});
$("make").addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, topic, access, fee, kind } = $("make").elements;
  const paid = access.value === "paid" ? { entry_fee: fee.value } : {};
  attempt(async () => {
    const made = await rooms.create({ kind: kind.value, name: name.value.trim(), topic: topic.value.trim(), access: access.value, ...paid });
    $("make").reset();
    await go(made);
  });
});

async function readBlocked() {
  const blocked = await rooms.blocked().catch(() => null);
  if (!blocked) return;
  view.blocked = new Set(blocked);
  view.draw();
  $("blocked-none").hidden = blocked.length > 0;
  $("blocked").replaceChildren(...blocked.map((uid) => {
    const made = element("li");
    const free = () => attempt(async () => {
      await rooms.block(uid, false);
      await readBlocked();
    });
    made.append(theirs("span", "grow", uid), button("Unblock", free));
    return made;
  }));
}

$("record").addEventListener("toggle", () => $("record").open && attempt(readSanctions));

async function readSanctions() {
  const { items } = await client.ask("reports", "sanctions", { limit: 50 });
  $("sanctions-none").hidden = items.length > 0;
  $("sanctions").replaceChildren(...items.map((sanction) => {
    const made = element("li");
    const stands = sanction.appeal ? `appeal: ${sanction.appeal}` : sanction.stands ? "" : "over";
    made.append(element("span", "grow", `${clock(sanction.from)} ${sanctionText(sanction)} ${stands}`));
    if (sanction.stands && !sanction.appeal) made.append(button("Appeal", () => attempt(() => appeal(sanction))));
    return made;
  }));
}

/** @param {any} sanction */
async function appeal(sanction) {
  const text = await people.ask("Appeal", "Why should it be lifted? Somebody else looks at it.");
  if (!text) return;
  await client.change("reports", "appeal", { sanction_id: sanction.sanction_id, text });
  notice("Your appeal is made. You are told what comes of it.");
  await readSanctions();
}

// ---- going into a room

/** @param {MyRoom} mine */
async function go(mine) {
  const id = mine.room.room_id;
  wanted = id;
  notice(null);
  if (mine.me.state !== "joined") {
    atDoor(mine);
    return;
  }
  if (view.room?.id !== id) {
    await attempt(async () => {
      const room = await rooms.open(mine);
      if (wanted !== id) {
        rooms.close(room);
        return;
      }
      if (view.room) rooms.close(view.room);
      room.addEventListener("gone", () => onGone(room));
      view.show(room);
    });
    if (view.room?.id !== id) return;
  }
  door = null;
  localStorage.setItem(`callboard.room.${client.uid}`, id);
  if (history.state?.room !== id) history.pushState({ room: id }, "");
  show("room");
  view.draw();
  drawList();
  notices.seen(id);
}

/** @param {string} id @param {number} [seq] */
async function goTo(id, seq) {
  await go(rooms.mine.get(id) ?? (await rooms.show(id)));
  if (seq && view.room?.id === id) await view.go(seq);
}

/** @param {import("./room.js").Room} room */
function onGone(room) {
  if (view.room !== room) return;
  const mine = { room: room.view, me: room.me, peer: room.peer };
  view.hide();
  rooms.close(room);
  rooms.refresh().catch(() => undefined);
  if (room.me.state === "left") backToList();
  else atDoor(mine);
}

/** Somebody let the user in or took him out. @param {MyRoom} mine */
function onStanding(mine) {
  const here = door?.room.room_id === mine.room.room_id;
  if (here && mine.me.state === "joined") go(mine);
  else if (here) atDoor(mine);
}

/** What is to be seen of a room by who is not in it. @param {MyRoom} mine */
function atDoor(mine) {
  const { room, me, peer } = mine;
  const id = room.room_id;
  door = mine;
  if (view.room) {
    const before = view.room;
    view.hide();
    rooms.close(before);
  }
  say($("door-name"), titleOf(mine));
  say($("door-topic"), room.topic ?? "");
  say($("door-about"), aboutText(mine));
  say($("door-standing"), me.state ? standingText(mine) : "");
  const acts = [];
  const can = (when, text, act, look = "") => when && acts.push(button(text, () => attempt(act), look));
  if (room.kind === "direct" && me.state === "invited") {
    can(true, "Talk", async () => go(await rooms.answer(id, true)), "primary");
    can(true, "No", () => rooms.answer(id, false).then(backToList));
    can(true, "Block", () => rooms.block(peer ?? "", true).then(readBlocked).then(backToList), "danger");
    can(true, "Report", () => people.report({ kind: "user", uid: peer }, peer ?? ""), "danger");
  } else if (room.state !== "closed" && me.state !== "lobby") {
    can(true, joinText(mine), () => enter(mine), "primary");
    can(me.state === "invited", "No", () => rooms.leave(id).then(backToList));
  }
  can(me.state === "lobby", "Do not wait", () => rooms.leave(id).then(backToList));
  $("door-acts").replaceChildren(...acts);
  $("door-said").hidden = true;
  if (room.kind === "direct" && me.state === "invited") readRequest(id);
  if (history.state?.room !== id) history.pushState({ room: id }, "");
  show("door");
}

/** What somebody who wants to talk has written by now. @param {string} id */
async function readRequest(id) {
  const page = await client.ask("chat", "history", { room_id: id, limit: 20 }).catch(() => null);
  if (!page?.items.length || door?.room.room_id !== id) return;
  $("door-said").replaceChildren(...page.items.map((message) => theirs("li", "", lineOf(message))));
  $("door-said").hidden = false;
}

/** @param {MyRoom} mine */
async function enter(mine) {
  const id = mine.room.room_id;
  try {
    await go(await rooms.join(id, mine.me.fee_due));
    readBalance();
  } catch (error) {
    // The price may have changed: it is shown again.
    if (error.code === "stale") atDoor(await rooms.show(id));
    throw error;
  }
}

function backToList() {
  wanted = null;
  door = null;
  localStorage.removeItem(`callboard.room.${client.uid}`);
  if (view.room) {
    const before = view.room;
    view.hide();
    rooms.close(before);
  }
  if (history.state?.room) history.replaceState(null, "");
  show("list");
  drawList();
}

$("back").addEventListener("click", backToList);
addEventListener("popstate", () => client?.status !== "closed" && document.body.dataset.view !== "signin" && backToList());

// ---- small things

/** @param {"signin" | "list" | "door" | "room"} name */
function show(name) {
  document.body.dataset.view = name;
  $("back").hidden = !["room", "door"].includes(name);
}

/** @param {string | null} text */
function notice(text) {
  say($("notice"), text ?? "");
}

/** Does something and says what failed. @param {() => unknown} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    notice(error.message);
  }
}
