// What the page of rooms says, in words.

import { coins, units } from "./cost.js";
import { minutesSeconds } from "./words.js";

/** @typedef {import("./room_log.js").Message} Message */
/** @typedef {import("./room.js").MyRoom} MyRoom */

/** @param {MyRoom} mine */
export const titleOf = ({ room, peer }) => (room.kind === "direct" ? (peer ?? "somebody") : room.name);

/** @param {string} amount */
export const coinsText = (amount) => `${coins(units(amount), 2).replace(/\.00$/, "")} coins`;

const KINDS = { primary: "main room", sub: "room", event: "event", temporary: "room for a while", direct: "conversation" };
const ROLES = { host: "host", admin: "admin", moderator: "moderator", member: "" };

/** @param {string} role */
export const roleText = (role) => ROLES[role] ?? role;

/** What somebody has to know of a room before he enters. @param {MyRoom} mine @param {(iso: string) => string} [when] */
export function aboutText({ room, me }, when = clock) {
  if (room.kind === "direct") return "";
  const parts = [KINDS[room.kind] ?? room.kind];
  if (room.tenant) parts.push(`of ${room.tenant}`);
  if (room.category) parts.push(room.category);
  parts.push(`${room.members} of ${room.capacity} are in it`);
  if (room.access === "private") parts.push("by invitation");
  if (room.entry_fee) parts.push(me.fee_due === undefined && me.state ? "paid" : `${coinsText(me.fee_due ?? room.entry_fee)} to enter`);
  if (room.promised_until && room.state !== "closed") parts.push(`open until ${when(room.promised_until)} at least`);
  if (room.state !== "open") parts.push(room.state);
  return parts.join(" · ");
}

/** What the button says by which one enters. @param {MyRoom} mine */
export function joinText({ room, me }) {
  if (me.fee_due) return `Pay ${coinsText(me.fee_due)} and enter`;
  return room.lobby ? "Ask to be let in" : "Enter";
}

/** What stands between the user and writing, or is worth knowing; empty if nothing does. @param {MyRoom} mine @param {(iso: string) => string} [when] */
export function standingText({ room, me, peer }, when = clock) {
  if (me.state === "lobby") return "You wait in the lobby until somebody lets you in.";
  if (me.state === "invited") return room.kind === "direct" ? `${peer} wants to talk to you.` : "You are invited.";
  if (room.state === "closed") return "This room is closed.";
  if (me.state === "removed") return "You were taken out of this room.";
  if (me.state !== "joined") return "You are not in this room.";
  if (me.muted_until) return `You are muted until ${when(me.muted_until)}: you may read and not write.`;
  if (me.powers.includes("speak")) {
    if (room.state === "locked") return "The room is locked: nobody enters, and few may write.";
    if (room.slow_mode && !me.powers.includes("speak_always")) return `Slow mode: one message every ${spanText(room.slow_mode)}.`;
    return "";
  }
  if (room.state === "locked") return "The room is locked: you may read and not write.";
  if (room.members_only) return `Only who has been here for ${spanText(room.members_only)} may write.`;
  return "You may read and not write here.";
}

/** @param {number} ms */
export function spanText(ms) {
  const of = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return of(seconds, "second");
  if (seconds < 7200) return of(Math.round(seconds / 60), "minute");
  if (seconds < 172_800) return of(Math.round(seconds / 3600), "hour");
  return of(Math.round(seconds / 86_400), "day");
}

/** The time of a message, with the day if it was not today. @param {string} iso */
export function clock(iso) {
  const at = new Date(iso);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return at.toDateString() === new Date().toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}

const ATTACHED = { image: "a picture", gif: "a moving picture", video: "a video", voice: "a voice note" };

/** A message in a line: for lists, quotes and screen readers. @param {Message} message */
export function lineOf(message) {
  if (message.deleted_at) return "deleted";
  if (message.kind === "gift") return giftText(message);
  if (message.kind === "encrypted") return "an encrypted message";
  return message.body || (ATTACHED[message.kind] ?? message.kind);
}

/** The last message of a room in the list of rooms. @param {Message | undefined} message */
export function lastText(message) {
  if (!message) return "";
  // These say themselves who did it.
  return ["gift", "notice"].includes(message.kind) ? lineOf(message) : `${message.author}: ${lineOf(message)}`;
}

/** @param {Message} message */
export function giftText({ author, gift }) {
  if (!gift) return "";
  const what = gift.gift === "tip" ? `a tip of ${coinsText(gift.amount)}` : `${gift.count} × ${gift.gift} for ${coinsText(gift.amount)}`;
  const row = gift.streak > gift.count ? ` — ${gift.streak} in a row!` : "";
  return `${author} gives ${gift.to} ${what}${row}`;
}

/** What is said instead of a deleted message. @param {Message} message */
export const deletedText = (message) => (message.deleted_by_others ? "Deleted by those who keep order here" : "Deleted");

/** @param {string[]} uids */
export function typingText(uids) {
  if (uids.length === 0) return "";
  if (uids.length === 1) return `${uids[0]} is typing…`;
  if (uids.length === 2) return `${uids[0]} and ${uids[1]} are typing…`;
  return `${uids.length} people are typing…`;
}

/**
 * How far an own message got.
 * @param {number} seq
 * @param {Map<string, {delivered_seq: number, read_seq: number}>} receipts
 * @param {boolean} direct
 */
export function receiptText(seq, receipts, direct) {
  const readers = [...receipts].filter(([, r]) => r.read_seq >= seq).map(([uid]) => uid);
  if (direct) {
    if (readers.length) return "Read";
    return [...receipts.values()].some((r) => r.delivered_seq >= seq) ? "Delivered" : "Sent";
  }
  if (readers.length === 0) return "";
  if (readers.length <= 3) return `Read by ${readers.join(", ")}`;
  return `Read by ${readers.length}`;
}

/** @param {import("./room_log.js").Pending} pending */
export function pendingText({ state, why }) {
  if (state === "refused") return `Not sent: ${why}`;
  return state === "waiting" ? `Waits: ${why}` : "Sending…";
}

/**
 * A text cut into what is a mention of somebody and what is not.
 * @param {string} body
 * @param {string[]} [mentions]
 * @returns {{text: string, uid?: string}[]}
 */
export function partsOf(body, mentions = []) {
  if (mentions.length === 0) return body ? [{ text: body }] : [];
  const parts = [];
  let from = 0;
  for (const found of body.matchAll(MENTION)) {
    const uid = found[2];
    if (!mentions.includes(uid)) continue;
    const at = found.index + found[1].length;
    if (at > from) parts.push({ text: body.slice(from, at) });
    parts.push({ text: `@${uid}`, uid });
    from = at + uid.length + 1;
  }
  if (from < body.length) parts.push({ text: body.slice(from) });
  return parts;
}

const MENTION = /(^|[^A-Za-z0-9_@-])@([A-Za-z0-9_-]{1,64})/g;
const MOST_MENTIONS = 20;

/** Whom a text names who can be named. @param {string} body @param {(uid: string) => boolean} known @returns {string[]} */
export function mentionsIn(body, known) {
  const uids = [...body.matchAll(MENTION)].map((found) => found[2]).filter(known);
  return [...new Set(uids)].slice(0, MOST_MENTIONS);
}

/** @param {any} attachment */
export const lengthText = (attachment) => (attachment.length ? minutesSeconds(attachment.length) : "");

const SANCTIONS = { warn: "warned", mute: "muted", kick: "taken out", ban: "banned", suspend: "suspended", restrict_payments: "kept from paying" };

/** What was imposed on the user, or taken back. @param {any} sanction @param {(iso: string) => string} [when] */
export function sanctionText(sanction, when = clock) {
  const { kind, scope, until, lifted_at: lifted, reason } = sanction;
  const where = scope === "platform" ? "" : scope.startsWith("tenant:") ? ` in the rooms of ${scope.slice(7)}` : " in a room";
  if (lifted) return `You are no longer ${SANCTIONS[kind] ?? kind}${where}.`;
  return `You were ${SANCTIONS[kind] ?? kind}${where}${until ? ` until ${when(until)}` : ""}: ${reason.replaceAll("_", " ")}.`;
}

/** @param {any} notice @param {string} room the name of its room, if it is known @param {(iso: string) => string} [when] */
export function noticeText({ kind, from, text }, room, when = clock) {
  const where = room ? ` in ${room}` : "";
  const who = from ?? "Somebody";
  // Of these the house has the words.
  if (["outcome", "sanction"].includes(kind) && text) {
    const said = text.replace("in this room", where.trim() || "in a room").replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) => when(at));
    return `${said[0].toUpperCase()}${said.slice(1)}.`;
  }
  return {
    mention: `${who} mentioned you${where}.`,
    reply: `${who} answered you${where}.`,
    message: `${who} wrote${where}.`,
    invited: room ? `${who} invites you to ${room}.` : `${who} invites you, or wants to talk to you.`,
    gift: `${who} gave you ${text || "something"}${where}.`,
    outcome: "What you reported was decided.",
    sanction: "Something was imposed on you, or taken back.",
  }[kind] ?? text;
}

/** How somebody is here. @param {any} presence @param {(iso: string) => string} [when] */
export function presenceText({ state, last_seen: seen }, when = clock) {
  const words = { online: "here now", away: "away", in_call: "in a call" };
  return words[state] ?? (seen ? `last seen ${when(seen)}` : "");
}

const OUTCOMES = { no_action: "nothing was found against the rules", messages_deleted: "messages were deleted", sanctioned: "something was imposed on somebody" };

const APPEALS = { open: "you appealed; somebody looks at it", granted: "your appeal was granted", denied: "your appeal was denied" };

/** Where a sanction stands: whether it was taken back, is over, or somebody looks at it again. @param {any} sanction */
export function appealText({ appeal, stands, lifted_at: lifted }) {
  const over = stands || lifted ? "" : "over";
  return [over, appeal ? (APPEALS[appeal] ?? appeal) : ""].filter(Boolean).join("; ");
}

const CATEGORIES = { self_harm: "somebody may hurt himself", minors: "a child is in danger", other: "something else" };

/** What the user reported, and what came of it. @param {any} report */
export function reportText({ on, category, outcome }) {
  const what = on.kind === "user" ? on.uid : `a ${on.kind}`;
  return `${what}: ${CATEGORIES[category] ?? category}; ${outcome ? (OUTCOMES[outcome] ?? outcome) : "nobody decided yet"}`;
}

/** @param {any} outcome */
export const outcomeText = ({ outcome }) => `Your report was looked at: ${OUTCOMES[outcome] ?? outcome}.`;
