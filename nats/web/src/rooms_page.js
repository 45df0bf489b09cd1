// The page of rooms: a person signs in, sees the rooms and conversations with what is unread, and talks in one of them.
// The address may name the room that is to be shown: ?room=ID

import { AboutMe } from "./about_me.js";
import { coins, units } from "./cost.js";
import { $, button, element, say, theirs } from "./dom.js";
import { Notices } from "./notices.js";
import { People } from "./room_people.js";
import { RoomView } from "./room_view.js";
import { Rooms } from "./rooms.js";
import { aboutText, lineOf, joinText, lastText, outcomeText, sanctionText, standingText, titleOf } from "./rooms_words.js";
import { given, SignIn } from "./sign_in.js";

/** @typedef {import("./room.js").MyRoom} MyRoom */

/** @type {import("./client.js").Client} */
let client;
/** @type {Rooms} */
let rooms;
/** @type {RoomView} */
let view;
/** @type {People} */
let people;
/** @type {Notices} */
let notices;
/** @type {AboutMe} */
let about;
/** The room at whose door the user stands. @type {MyRoom | null} */
let door = null;
/** The last message that is shown at the door. */
let said = 0;
/** The room that is to be shown; what is loaded for another one meanwhile is dropped. @type {string | null} */
let wanted = null;

// For a look from the browser's console, and for tests.
Object.assign(window, { callboard: { get client() { return client; }, get rooms() { return rooms; }, get room() { return view?.room ?? null; } } });

// ---- signing in

new SignIn({
  notice,
  lost: "The connection is lost; trying again. What you write is sent when it is back.",
  enter: start,
  left() {
    view.dispose();
    rooms.dispose();
    show("signin");
  },
});

/** @param {import("./client.js").Client} signedIn */
async function start(signedIn) {
  client = signedIn;
  rooms = new Rooms(client);
  people = new People(client, rooms, { notice, talk, blocks: () => about.readBlocked(), balance: readBalance });
  view = new RoomView(client, rooms, { menu: (message) => people.menu(message), person: (other) => people.person(other) }, notice);
  people.view = view;
  about = new AboutMe(client, rooms, view, { notice, attempt, ask: (title, label) => people.ask(title, label) });
  const title = (id) => (rooms.mine.has(id) ? titleOf(/** @type {MyRoom} */ (rooms.mine.get(id))) : "");
  notices = new Notices(client, { title, go: (id, seq) => attempt(() => goTo(id, seq)) });
  rooms.addEventListener("list", () => {
    drawList();
    lookAtRequest();
  });
  rooms.addEventListener("standing", (event) => onStanding(/** @type {CustomEvent} */ (event).detail));
  const told = { "reports.sanctioned": onSanction, "reports.outcome": (outcome) => notice(outcomeText(outcome)), "wallet.changed": readBalance, "calls.requested": onRing };
  for (const [name, act] of Object.entries(told)) client.addEventListener(name, ({ detail }) => act(detail.data));
  show("list");
  readBalance();
  await attempt(() => rooms.refresh());
  const last = given.get("room") ?? localStorage.getItem(`callboard.room.${client.uid}`);
  const mine = last && rooms.mine.get(last);
  if (mine) await go(mine);
  rooms.resume().catch(() => undefined);
}

/** @param {any} sanction */
function onSanction(sanction) {
  notice(sanctionText(sanction));
  about.again();
  view.room?.refresh();
  rooms.refresh().catch(() => undefined);
}

/** Calls are taken on their own page. @param {any} call */
function onRing(call) {
  if (call.caller !== client.uid) notice(`${call.caller} ${call.kind === "group" ? "invites you to a call" : "calls you"}: answer on the page of calls.`);
}

async function readBalance() {
  const balance = await client.ask("wallet", "balance").catch(() => null);
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

$("primary").addEventListener("click", () => {
  if ($("talk").reportValidity()) attempt(async () => go(await rooms.primary($("talk").uid.value.trim())));
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
  const [query, category] = ["query", "category"].map((name) => $("search")[name].value.trim());
  return attempt(async () => {
    const found = await rooms.find({ ...(query ? { query } : {}), ...(category ? { category } : {}) });
    $("found").replaceChildren(...found.map((mine) => row(mine)));
    $("found-none").hidden = found.length > 0;
  });
}

$("make").access.addEventListener("change", () => {
  const paid = $("make").access.value === "paid";
  for (const id of ["fee", "promise"]) $(id).hidden = !paid;
  $("make").fee.required = paid;
});
$("make").addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, topic, category, access, fee, hours, kind } = $("make").elements;
  const paid = access.value === "paid" ? { entry_fee: fee.value } : {};
  const promised = paid.entry_fee && hours.value ? { promised_until: new Date(client.clock.now() + Number(hours.value) * 3_600_000).toISOString() } : {};
  const about = { topic: topic.value.trim(), ...(category.value.trim() ? { category: category.value.trim() } : {}) };
  attempt(async () => {
    const made = await rooms.create({ kind: kind.value, name: name.value.trim(), access: access.value, ...about, ...paid, ...promised });
    $("make").reset();
    await go(made);
  });
});

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
    can(true, "Block", () => rooms.block(peer ?? "", true).then(() => about.readBlocked()).then(backToList), "danger");
    can(true, "Report", () => people.report({ kind: "user", uid: peer }, peer ?? ""), "danger");
  } else if (room.state !== "closed" && me.state !== "lobby") {
    can(true, joinText(mine), () => enter(mine), "primary");
    can(me.state === "invited", "No", () => rooms.leave(id).then(backToList));
  }
  can(me.state === "lobby", "Do not wait", () => rooms.leave(id).then(backToList));
  $("door-acts").replaceChildren(...acts);
  $("door-said").hidden = true;
  said = 0;
  if (room.kind === "direct" && me.state === "invited") readRequest(id);
  if (history.state?.room !== id) history.pushState({ room: id }, "");
  show("door");
}

/** Who wants to talk may write more while one looks. */
function lookAtRequest() {
  if (door?.room.kind !== "direct" || door.me.state !== "invited") return;
  const id = door.room.room_id;
  if ((rooms.mine.get(id)?.last?.seq ?? 0) > said) readRequest(id);
}

/** What somebody who wants to talk has written by now. @param {string} id */
async function readRequest(id) {
  const page = await client.ask("chat", "history", { room_id: id, limit: 20 }).catch(() => null);
  if (!page?.items.length || door?.room.room_id !== id) return;
  said = page.items.at(-1).seq;
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
addEventListener("popstate", () => document.body.dataset.view !== "signin" && backToList());

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
