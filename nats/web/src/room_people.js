// The people of a room and what can be done with them and with messages: menus, reports, gifts, and what those who keep order do.

import { coins, units } from "./cost.js";
import { $, button, choose, element, fill, theirs } from "./dom.js";
import { RoomCall } from "./room_call.js";
import { clock, coinsText, lineOf, roleText } from "./rooms_words.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./room_log.js").Message} Message */
/** @typedef {import("./room_view.js").RoomView} RoomView */

const FACES = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const RANKS = ["member", "moderator", "admin", "host"];

/**
 * @typedef {object} Page what the page does for these
 * @property {(text: string | null) => void} notice
 * @property {(uid: string) => void} talk
 * @property {() => Promise<unknown>} blocks reads anew whom the user blocked
 * @property {() => void} balance reads the balance anew
 */

export class People {
  #client;
  #rooms;
  #page;
  /** @type {any[]} */
  #offers = [];

  /** The view of the room that is shown. @type {RoomView} */
  view;

  /** @param {import("./client.js").Client} client @param {import("./rooms.js").Rooms} rooms @param {Page} page */
  constructor(client, rooms, page) {
    this.#client = client;
    this.#rooms = rooms;
    this.#page = page;
    $("people-open").onclick = () => this.open();
    $("settings-open").onclick = () => this.settings();
    $("gift-open").onclick = () => this.#try(() => this.give());
    $("invite").onsubmit = (event) => {
      event.preventDefault();
      const { uid } = $("invite");
      this.#try(async () => {
        await this.#room.act("invite", uid.value.trim());
        this.#page.notice(`${uid.value.trim()} is invited.`);
        uid.value = "";
        $("people").close();
      });
    };
    $("board").ontoggle = () => $("board").open && this.#try(() => this.#givers());
    $("settings-form").onsubmit = (event) => {
      event.preventDefault();
      this.#try(() => this.#save());
    };
    for (const name of ["gift", "count", "amount"]) $("gift").querySelector(`[name=${name}]`).oninput = () => this.#cost();
  }

  get #room() {
    return /** @type {Room} */ (this.view.room);
  }

  // ---- a message

  /** @param {Message} message */
  menu(message) {
    const room = this.#room;
    const mine = message.author === this.#client.uid;
    const live = !message.deleted_at;
    const choices = [];
    const can = (when, text, act, danger = false) => when && choices.push({ text, act, danger });
    can(live && room.may("speak"), "Answer", () => this.view.composer.answer(message));
    can(live && mine && message.kind === "text", "Edit", () => this.#try(() => this.#edit(message)));
    can(live && Boolean(message.body), "Copy the text", () => this.#try(() => navigator.clipboard.writeText(message.body)));
    can(live && room.may("pin"), message.pinned ? "Take the pin away" : "Pin", () => this.#try(() => room.pin(message, !message.pinned)));
    const decide = (approve) => () => this.#try(() => room.review(message, approve));
    can(live && message.held && !mine && room.may("delete_others"), "Let it through", decide(true));
    can(live && message.held && !mine && room.may("delete_others"), "Take it out", decide(false), true);
    can(live && (mine || (room.may("delete_others") && !message.held)), "Delete", () => this.#try(() => room.delete(message)), true);
    const on = { kind: "message", room_id: room.id, message_id: message.message_id };
    can(!mine, "Report", () => this.#try(() => this.report(on, `${message.author}: ${lineOf(message)}`)), true);
    choose($("menu"), `${message.author}, ${clock(message.at)}`, choices);
    if (!live || !room.joined) return;
    const faces = element("div", "faces");
    faces.append(...FACES.map((emoji) => button(emoji, () => {
      $("menu").close();
      const own = message.reactions?.find((r) => r.emoji === emoji)?.uids.includes(this.#client.uid);
      this.#try(() => room.react(message, emoji, !own));
    })));
    $("menu").firstElementChild.after(faces);
  }

  /** @param {Message} message */
  async #edit(message) {
    const body = await this.ask("Edit the message", "Message", message.body);
    if (body && body !== message.body) await this.#room.edit(message, body);
  }

  // ---- a person

  /** @param {string} uid */
  person(uid) {
    if (uid === this.#client.uid) return;
    const room = this.#room;
    const member = room.log.members.get(uid);
    const blocked = this.view.blocked.has(uid);
    const choices = [];
    const can = (when, text, act, danger = false) => when && choices.push({ text, act: () => this.#try(act), danger });
    can(!room.isDirect, "Talk to them alone", () => this.#page.talk(uid));
    can(room.may("speak"), "Mention", () => this.view.composer.mention(uid));
    can(room.joined, "Give something", () => this.give(uid));
    const call = RoomCall.may(room) && member?.state === "joined" ? room.view.call_id : undefined;
    can(Boolean(call), "Invite to the call as a guest", () => this.#toCall(call, uid, false));
    can(Boolean(call), "Invite to the call at your price", () => this.#toCall(call, uid, true));
    can(true, blocked ? "Unblock" : "Block", () => this.#block(uid, !blocked), !blocked);
    can(true, "Report", () => this.report({ kind: "user", uid }, uid), true);
    if (this.#outranks(member)) {
      can(room.may("mute"), "Warn", () => this.#sanction("warn", uid));
      can(room.may("mute") && !member?.muted_until, "Mute", () => this.#sanction("mute", uid), true);
      can(room.may("mute") && Boolean(member?.muted_until), "Unmute", () => room.act("lift", uid, { kind: "mute" }));
      can(room.may("kick") && member?.state === "joined", "Take out", () => this.#sanction("kick", uid), true);
      can(room.may("ban"), "Ban", () => this.#sanction("ban", uid), true);
      can(room.may("ban") && member?.state !== "joined", "Lift a ban", () => room.act("lift", uid, { kind: "ban" }));
      if (room.may("roles") && member?.state === "joined") {
        for (const role of ["member", "moderator", "admin"]) {
          can(role !== member.role && this.#rank(role) < this.#rank(room.me.role), `Make ${role}`, () => room.act("role", uid, { role }));
        }
      }
    }
    choose($("menu"), uid, choices);
  }

  /** @param {string} call @param {string} uid @param {boolean} pays */
  async #toCall(call, uid, pays) {
    await this.#client.change("calls", "invite", { call_id: call, invitee: { uid, pays } });
    this.#page.notice(`${uid} is invited to the call.`);
  }

  /** Whether the user may act on somebody, as far as roles go. @param {any} member */
  #outranks(member) {
    const room = this.#room;
    return !room.isDirect && room.joined && this.#rank(room.me.role) > this.#rank(member?.state === "joined" ? member.role : "member");
  }

  /** @param {string} role */
  #rank(role) {
    return RANKS.indexOf(role);
  }

  /** @param {string} uid @param {boolean} block */
  async #block(uid, block) {
    await this.#rooms.block(uid, block);
    await this.#page.blocks();
    this.#page.notice(block ? `${uid} is blocked: nothing reaches you from them.` : `${uid} is not blocked any more.`);
  }

  /** @param {"warn" | "mute" | "kick" | "ban"} kind @param {string} uid */
  async #sanction(kind, uid) {
    const words = { warn: "Warn", mute: "Mute", kick: "Take out", ban: "Ban" };
    $("sanction-title").textContent = `${words[kind]}: ${uid}`;
    $("sanction-do").textContent = words[kind];
    $("sanction-length").hidden = kind !== "mute";
    const fields = await fill($("sanction"));
    if (!fields) return;
    const note = fields.note.value.trim();
    const length = kind === "mute" ? { length: Number(fields.span.value) } : {};
    const reason = { code: fields.code.value, ...(note ? { note } : {}) };
    await this.#room.act("sanction", uid, { kind, reason, ...length });
    this.#page.notice(`Done: ${words[kind].toLowerCase()} ${uid}.`);
  }

  /** @param {object} on @param {string} what */
  async report(on, what) {
    $("report-what").textContent = what;
    $("report").querySelector("[name=text]").value = "";
    const fields = await fill($("report"));
    if (!fields) return;
    const body = { on, category: fields.category.value, text: fields.text.value.trim() };
    await this.#client.change("reports", "create", body);
    this.#page.notice("Thank you: it is reported. You are told what comes of it.");
  }

  // ---- all people of the room

  async open() {
    const room = this.#room;
    $("people-title").textContent = `${room.view.members} here`;
    $("invite").hidden = !room.may("invite");
    $("board").open = false;
    this.#list();
    $("people").showModal();
    this.#try(async () => {
      const { items } = await this.#client.ask("rooms", "members", { room_id: room.id, limit: 200 });
      room.log.peopled(items, room.log.seq ?? 0);
      this.#list();
      if (room.may("admit")) this.#waiting(await room.lobby());
      else this.#waiting([]);
    });
  }

  #list() {
    const people = [...this.#room.log.members.values()].filter((member) => member.state === "joined");
    people.sort((a, b) => this.#rank(b.role) - this.#rank(a.role) || a.uid.localeCompare(b.uid));
    $("members").replaceChildren(...people.map((member) => {
      const row = element("li");
      const words = [roleText(member.role), member.muted_until ? `muted until ${clock(member.muted_until)}` : ""].filter(Boolean).join(" · ");
      const text = element("div", "grow");
      text.append(theirs("strong", "", member.uid), element("div", "muted small", words));
      row.dataset.uid = member.uid;
      row.append(text);
      if (member.uid !== this.#client.uid) row.append(button("…", () => this.#leaveFor(() => this.person(member.uid)), "plain"));
      return row;
    }));
  }

  /** @param {any[]} waiting */
  #waiting(waiting) {
    $("waiting").replaceChildren(...waiting.map(({ uid }) => {
      const row = element("li");
      const answer = (admit) => this.#try(async () => {
        await this.#room.act("admit", uid, { admit });
        row.remove();
      });
      row.append(theirs("span", "grow", `${uid} waits`), button("Let in", () => answer(true), "primary"), button("Turn away", () => answer(false)));
      return row;
    }));
  }

  async #givers() {
    const { items } = await this.#client.ask("gifts", "leaderboard", { room_id: this.#room.id, limit: 10 });
    const rows = items.map(({ uid, amount }) => theirs("li", "", `${uid}: ${coinsText(amount)}`));
    $("givers").replaceChildren(...(rows.length ? rows : [element("li", "muted", "Nobody gave anything this week.")]));
  }

  /** @param {() => void} act */
  #leaveFor(act) {
    $("people").close();
    act();
  }

  // ---- the room

  settings() {
    const room = this.#room;
    const form = $("settings-form");
    const [lock, settings] = [room.may("lock"), room.may("settings")];
    form.hidden = room.isDirect || !(lock || settings);
    const { view } = room;
    form.elements.name.value = view.name;
    form.topic.value = view.topic ?? "";
    form.locked.checked = view.state === "locked";
    form.lobby.checked = view.lobby;
    form.slow.value = String((view.slow_mode ?? 0) / 1000);
    form.members_only.value = String((view.members_only ?? 0) / 60_000);
    for (const field of [form.elements.name, form.topic]) field.disabled = !settings;
    for (const field of [form.locked, form.lobby, form.slow, form.members_only]) field.disabled = !lock;
    $("settings-title").textContent = room.isDirect ? (room.peer ?? "") : view.name;
    const acts = [];
    const act = (when, text, what, look = "") => when && acts.push(button(text, () => {
      $("settings").close();
      this.#try(what);
    }, look));
    act(!room.isDirect && room.me.role !== "host", "Leave the room", () => room.leave());
    const brings = RoomCall.may(room);
    act(brings && !view.call_id, "Bring your call here", () => this.view.call.bring(room));
    act(brings && Boolean(view.call_id), "Take the call out", () => room.hold());
    act(!room.isDirect, "Report the room", () => this.report({ kind: "room", room_id: room.id }, view.name));
    act(room.isDirect && Boolean(room.peer), "Report", () => this.report({ kind: "user", uid: room.peer }, room.peer ?? ""));
    act(room.isDirect && Boolean(room.peer), "Block or unblock", () => this.#block(room.peer ?? "", !this.view.blocked.has(room.peer ?? "")));
    act(room.may("close") && view.kind !== "primary" && !room.isDirect, "Close it for good", () => this.#shut(room), "danger");
    $("settings-acts").replaceChildren(...acts);
    $("tells").onchange = () => this.#try(() => this.#client.change("notices", "set", { room_id: room.id, level: $("tells").value }));
    this.#try(async () => {
      const { items } = await this.#client.ask("notices", "settings");
      $("tells").value = items.find((one) => one.room_id === room.id)?.level ?? "mentions";
    });
    $("settings").showModal();
  }

  async #save() {
    const room = this.#room;
    const form = $("settings-form");
    const { view } = room;
    const change = {};
    const differs = (name, now, before) => now !== before && (change[name] = now);
    if (room.may("settings")) {
      differs("name", form.elements.name.value.trim(), view.name);
      differs("topic", form.topic.value.trim(), view.topic ?? "");
    }
    if (room.may("lock")) {
      differs("state", form.locked.checked ? "locked" : "open", view.state);
      differs("lobby", form.lobby.checked, view.lobby);
      differs("slow_mode", Math.round(Number(form.slow.value) * 1000), view.slow_mode ?? 0);
      differs("members_only", Math.round(Number(form.members_only.value) * 60_000), view.members_only ?? 0);
    }
    if (Object.keys(change).length) await room.update(change);
    $("settings").close();
  }

  /** @param {Room} room */
  #shut(room) {
    choose($("menu"), `Close ${room.view.name} for good?`, [
      { text: "Close it", danger: true, act: () => this.#try(() => this.#rooms.shut(room.id)) },
    ]);
  }

  // ---- gifts

  /** @param {string} [uid] */
  async give(uid) {
    const room = this.#room;
    if (this.#offers.length === 0) this.#offers = (await this.#client.ask("gifts", "catalogue")).items;
    const form = $("gift").querySelector("form");
    const people = room.isDirect
      ? [room.peer]
      : [...room.log.members.values()].filter((m) => m.state === "joined" && m.uid !== this.#client.uid).map((m) => m.uid);
    if (people.length === 0) throw new Error("There is nobody here to give something to.");
    form.elements.to.replaceChildren(...people.map((one) => new Option(one, one)));
    form.elements.to.value = uid ?? room.view.tenant ?? people[0];
    if (form.elements.to.selectedIndex < 0) form.elements.to.selectedIndex = 0;
    const named = ({ gift, name, price }) => new Option(price ? `${name}, ${coinsText(price)}` : name, gift);
    form.elements.gift.replaceChildren(...this.#offers.map(named));
    this.#cost();
    const fields = await fill($("gift"));
    if (!fields) return;
    const offer = this.#offers.find(({ gift }) => gift === fields.gift.value);
    const what = offer.price ? { count: Number(fields.count.value), expect_price: offer.price } : { amount: fields.amount.value.trim() };
    await this.#client.change("gifts", "send", { room_id: room.id, to: fields.to.value, gift: offer.gift, ...what });
    this.#page.balance();
  }

  #cost() {
    const { gift, count, amount } = $("gift").querySelector("form").elements;
    const price = this.#offers.find((offer) => offer.gift === gift.value)?.price;
    $("gift-count").hidden = !price;
    $("gift-amount").hidden = Boolean(price);
    amount.required = !price;
    const cost = price ? units(price) * BigInt(Math.max(1, Math.floor(Number(count.value) || 1))) : null;
    $("gift-cost").textContent = cost === null ? "" : `${coins(cost, 2)} coins in all`;
  }

  // ---- small things

  /** Asks for a text; empty if it is dropped. @param {string} title @param {string} label @param {string} [before] @returns {Promise<string>} */
  async ask(title, label, before = "") {
    $("text-title").textContent = title;
    $("text-label").textContent = label;
    $("text").querySelector("textarea").value = before;
    const fields = await fill($("text"));
    return fields?.text.value.trim() ?? "";
  }

  /** @param {() => unknown} act */
  #try(act) {
    return this.view.try(act);
  }
}
