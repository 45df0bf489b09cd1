// Must always hold: what was said can be found again, however far back; pins stay in sight; what rules hold back only those see who decide.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../wait.mjs";
import { house, inRoom, talkers } from "./stack.mjs";

const MANY = 90;
const ARCHIVE = "The archive of all that anybody ever said around here";

test("history loads as one scrolls up, a search finds a word far back and goes there, and a pin stays in sight", { timeout: 180_000 }, async (t) => {
  const { host: ruth, guest: nils, id } = await inRoom(t, "ruth", "nils", ARCHIVE);
  await ruth.write("the needle is here");
  await ruth.floods("straw", 0, MANY);
  await nils.reads(`straw ${MANY - 1}`);
  await until("ruth's receipt", async () => (await ruth.messages()).some((m) => m.receipt === "Read by nils"));

  await nils.leave();
  const [again] = await talkers(t, "nils");
  await again.opens(ARCHIVE);
  await again.inRoom(id);
  await again.page.setViewportSize({ width: 360, height: 640 });
  const small = () => again.page.evaluate(() => {
    const bottom = (id) => document.querySelector(id).getBoundingClientRect().bottom;
    return { wide: document.documentElement.scrollWidth, field: document.querySelector("#write textarea").clientHeight, head: bottom("#room-head"), send: bottom("#send") };
  });
  await until("the room to fit a small phone", async () => {
    const { wide, field, head, send } = await small();
    if (wide <= 360 && field >= 30 && head < 130 && send <= 640) return true;
    throw new Error(JSON.stringify(await small()));
  }, 5000);
  await again.reads(`straw ${MANY - 1}`);
  const shown = async () => (await again.messages()).length;
  const first = await shown();
  assert.ok(first <= 50, `a page, not all: ${first}`);
  await again.page.locator("#scroll").hover();
  await until("scrolling to load what is older", async () => {
    await again.page.mouse.wheel(0, -4000);
    return (await shown()) > first;
  });

  await again.page.locator("#seek-open").click();
  await again.page.locator("#seek-form [name=query]").fill("haystack");
  await again.page.locator("#seek-form button").click();
  await again.shows("#seek-none", "Nobody wrote that here.");
  await again.page.locator("#seek-form [name=query]").fill("straw");
  await again.page.locator("#seek-form button").click();
  await until("a page of hits", async () => (await again.page.locator("#seek-found li").count()) === 20);
  await again.page.locator("#seek-more").click();
  await until("another page", async () => (await again.page.locator("#seek-found li").count()) === 40);
  await again.page.locator("#seek-form [name=query]").fill("needle");
  await again.page.locator("#seek-form button").click();
  await again.page.locator("#seek-found button", { hasText: "the needle is here" }).click();
  const seen = () => again.page.evaluate(() => {
    const at = document.activeElement?.getBoundingClientRect();
    const box = document.querySelector("#scroll").getBoundingClientRect();
    return document.activeElement?.textContent.includes("the needle") && at.top >= box.top && at.bottom <= box.bottom;
  });
  await until("the message to be in sight", seen);

  const needle = await again.reads("the needle is here");
  await ruth.showAll();
  await ruth.choose(needle.seq, "Pin");
  await again.shows("#pins-title", /^1 pinned$/);
  await again.page.locator("#scroll").evaluate((box) => (box.scrollTop = box.scrollHeight));
  await until("the end to be read", async () => !(await seen()));
  await again.page.locator("#pins-title").click();
  await again.page.locator("#pinned button", { hasText: "ruth: the needle is here" }).click();
  await until("the pinned message to be in sight", seen);
  const all = (await again.messages()).map((m) => m.seq);
  assert.deepEqual(all, [...new Set(all)].sort((a, b) => a - b), "in order and each once");
  await ruth.choose(needle.seq, "Take the pin away");
  await until("the pin to be gone", async () => !(await again.sees("#pins")));
});

test("what a rule holds back the host decides on, and nobody else sees it before", { timeout: 120_000 }, async (t) => {
  const { host: jana, guest: oleg, id } = await inRoom(t, "jana", "oleg", "The market");
  const [pia] = await talkers(t, "pia");
  await pia.enterRoom("The market", id);
  await house.rules(id, [{ name: "links", check: { links: { allow: ["example.com"] } }, action: "hold", enabled: true }]);
  // A rule holds everywhere within a second.
  let held;
  for (let n = 0; !held; n++) {
    await oleg.write(`try https://try${n}.test/ now`);
    const { seq } = await oleg.finds((m) => m.text.includes(`//try${n}.test`) && m.seq, "his message");
    held = (await oleg.page.locator(`[data-seq="${seq}"] .held`).count()) === 1 && (await oleg.reads(`try https://try${n}.test/ now`));
  }
  await jana.shows(`[data-seq="${held.seq}"] .held`, "waits for review");
  await oleg.shows(`[data-seq="${held.seq}"] .held`, "waits for review");
  await oleg.write("and at https://two.test/ too");
  const second = await jana.finds((m) => m.text.includes("two.test"), "the other one");
  await oleg.write("hello");
  await pia.reads("hello");
  const seen = async (text) => (await pia.messages()).some((m) => m.text.includes(text));
  assert.deepEqual([await seen(held.text), await seen("two.test")], [false, false], "nobody else sees them");
  await jana.choose(held.seq, "Let it through");
  await pia.reads(held.text);
  await jana.choose(second.seq, "Take it out");
  await oleg.finds((m) => m.seq === second.seq && m.text.startsWith("Deleted"), "that it was taken out");
  assert.equal(await seen("two.test"), false);
});

test("the main room of somebody is always there, and a conversation that is not wanted is declined or blocked", { timeout: 120_000 }, async (t) => {
  const [rolf, gina] = await talkers(t, "rolf", "gina");
  await gina.page.locator("#talk [name=uid]").fill("rolf");
  await gina.page.locator("#primary").click();
  await gina.shows("#door-about", /^main room · of rolf/);
  await gina.atDoor("Enter");
  const id = await gina.inRoom();
  await gina.write("is anybody here?");
  await rolf.page.locator("#talk [name=uid]").fill("rolf");
  await rolf.page.locator("#primary").click();
  await rolf.inRoom(id);
  await rolf.reads("is anybody here?");

  await rolf.back();
  await gina.back();
  await gina.talkTo("rolf");
  await gina.write("shall we talk?");
  await rolf.opens("gina");
  await rolf.shows("#door-said", "shall we talk?");
  await gina.write("or shall we not?");
  await rolf.shows("#door-said", "or shall we not?");
  await rolf.shows("#door-standing", "gina wants to talk to you.");
  await rolf.atDoor("Block");
  await until("the list", () => rolf.sees("#list"));
  await rolf.unfolds("blocks", /gina/);
  await gina.write("please?");
  await gina.shows("#messages .refused", /^Not sent/);
  await rolf.page.locator("#blocked").getByRole("button", { name: "Unblock" }).click();
  await rolf.shows("#blocked-none", "You blocked nobody.");
});
