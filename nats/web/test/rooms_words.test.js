import assert from "node:assert/strict";
import { test } from "node:test";
import {
  aboutText, appealText, giftText, lineOf, mentionsIn, noticeText, partsOf, receiptText, reportText, sanctionText, spanText, standingText,
} from "../src/rooms_words.js";

const mine = (me, room = {}) => ({
  room: { kind: "sub", name: "VIP", state: "open", ...room },
  me: { state: "joined", powers: ["speak"], ...me },
  peer: "felix",
});
const at = () => "noon";

test("what stands between somebody and writing is told", () => {
  const cases = [
    [mine({}), ""],
    [mine({ state: "lobby" }), /lobby/],
    [mine({ state: "invited" }), /invited/],
    [mine({ state: "invited" }, { kind: "direct" }), /felix wants to talk/],
    [mine({ state: "removed" }), /taken out/],
    [mine({ powers: [], muted_until: "x" }), /muted until noon/],
    [mine({ powers: [] }, { state: "locked" }), /locked: you may read/],
    [mine({ powers: [] }, { members_only: 3_600_000 }), /60 minutes/],
    [mine({}, { slow_mode: 30_000 }), /every 30 seconds/],
    [mine({ powers: ["speak", "speak_always"] }, { slow_mode: 30_000 }), ""],
    [mine({}, { state: "closed" }), /closed/],
  ];
  for (const [given, said] of cases) {
    if (said === "") assert.equal(standingText(given, at), "");
    else assert.match(standingText(given, at), said);
  }
});

test("a text is cut at mentions and at nothing else, and nothing of it is lost", () => {
  const parts = partsOf("@maya, ask @felix or me@maya.example and @nobody (@maya)", ["maya", "felix"]);
  assert.deepEqual(parts.filter((p) => p.uid).map((p) => p.uid), ["maya", "felix", "maya"]);
  assert.equal(parts.map((p) => p.text).join(""), "@maya, ask @felix or me@maya.example and @nobody (@maya)");
  assert.deepEqual(partsOf("<b>@maya</b>", []), [{ text: "<b>@maya</b>" }]);
  assert.deepEqual(partsOf("", ["maya"]), []);
});

test("only who is there is mentioned, each once, and at most twenty", () => {
  assert.deepEqual(mentionsIn("@maya @maya @ghost x@felix @felix.", (uid) => uid !== "ghost"), ["maya", "felix"]);
  const many = Array.from({ length: 30 }, (_, n) => `@u${n}`).join(" ");
  assert.equal(mentionsIn(many, () => true).length, 20);
});

test("receipts tell how far a message got", () => {
  const receipts = new Map([["maya", { delivered_seq: 7, read_seq: 5 }]]);
  assert.deepEqual([5, 7, 8].map((seq) => receiptText(seq, receipts, true)), ["Read", "Delivered", "Sent"]);
  assert.deepEqual([5, 7].map((seq) => receiptText(seq, receipts, false)), ["Read by maya", ""]);
});

test("gifts are told with what they cost, and streaks when there is one", () => {
  const gift = { gift: "rose", to: "maya", count: 1, amount: "5.0000", streak: 1 };
  assert.equal(giftText(/** @type {any} */ ({ author: "felix", gift })), "felix gives maya 1 × rose for 5 coins");
  const third = { ...gift, streak: 3 };
  assert.match(giftText(/** @type {any} */ ({ author: "felix", gift: third })), /3 in a row/);
  const tip = { ...gift, gift: "tip", amount: "12.5000" };
  assert.equal(lineOf(/** @type {any} */ ({ kind: "gift", author: "felix", gift: tip })), "felix gives maya a tip of 12.50 coins");
});

test("what was imposed is told without a name", () => {
  assert.equal(sanctionText({ kind: "mute", scope: "room:x", until: "y", reason: "abuse" }, at), "You were muted in a room until noon: abuse.");
  assert.equal(sanctionText({ kind: "ban", scope: "tenant:maya", reason: "quality_loss" }, at), "You were banned in the rooms of maya: quality loss.");
  assert.equal(sanctionText({ kind: "mute", scope: "platform", lifted_at: "z", reason: "x" }, at), "You are no longer muted.");
});

test("spans are told in the unit that people would take", () => {
  assert.deepEqual([1000, 90_000, 600_000, 7_200_000, 1_209_600_000].map(spanText), ["1 second", "90 seconds", "10 minutes", "2 hours", "14 days"]);
});

test("what a room costs and how long it stays is told at its door", () => {
  const room = { kind: "event", tenant: "maya", category: "music", members: 3, capacity: 500, access: "paid", entry_fee: "50.0000", promised_until: "x", state: "open" };
  assert.equal(aboutText(/** @type {any} */ ({ room, me: { fee_due: "50.0000" } }), at), "event · of maya · music · 3 of 500 are in it · 50 coins to enter · open until noon at least");
  assert.match(aboutText(/** @type {any} */ ({ room, me: { state: "joined" } }), at), /in it · paid · open/);
});

test("notices say who did what where, and the house's words where it has some", () => {
  assert.equal(noticeText({ kind: "mention", from: "maya" }, "VIP"), "maya mentioned you in VIP.");
  assert.equal(noticeText({ kind: "gift", from: "felix", text: "2 × rose, 10 coins" }, "VIP"), "felix gave you 2 × rose, 10 coins in VIP.");
  const muted = { kind: "sanction", text: "you are muted in this room until 2026-11-22T12:00:00.000Z; reason: abuse" };
  assert.equal(noticeText(muted, "VIP", at), "You are muted in VIP until noon; reason: abuse.");
  assert.equal(noticeText(muted, "", at), "You are muted in a room until noon; reason: abuse.");
  assert.equal(noticeText({ kind: "outcome", text: "your appeal was granted: the mute is taken back" }, ""), "Your appeal was granted: the mute is taken back.");
  assert.equal(noticeText({ kind: "outcome", text: "" }, ""), "What you reported was decided.");
});

test("what became of appeals and reports is told", () => {
  assert.equal(appealText({ stands: true }), "");
  assert.equal(appealText({ stands: true, appeal: "open" }), "you appealed; somebody looks at it");
  assert.equal(appealText({ stands: false, appeal: "denied" }), "over; your appeal was denied");
  assert.equal(appealText({ stands: false, lifted_at: "x", appeal: "granted" }), "your appeal was granted");
  assert.equal(reportText({ on: { kind: "user", uid: "felix" }, category: "spam" }), "felix: spam; nobody decided yet");
  assert.equal(reportText({ on: { kind: "message" }, category: "minors", outcome: "sanctioned" }), "a message: a child is in danger; something was imposed on somebody");
});
