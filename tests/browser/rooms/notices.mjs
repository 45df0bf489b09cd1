// Must always hold: who is mentioned, answered, given something or sanctioned elsewhere is told of it once, until he has read it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../wait.mjs";
import { house, inRoom, talkers } from "./stack.mjs";

test("a mention and an answer are told while one is elsewhere, counted until they are read, and told no more where that is set", { timeout: 120_000 }, async (t) => {
  const { host: lena, guest: karl, id } = await inRoom(t, "lena", "karl", "The reading room");
  await karl.write("has anybody read it?");
  const asked = await lena.reads("has anybody read it?");
  await karl.back();
  await lena.write("ask @karl");
  await lena.choose(asked.seq, "Answer");
  await lena.write("I have");
  await karl.shows("#notices-title", /^Notices \(2\)$/);
  await karl.shows("#mine .unread", /^2$/);
  await until("the title to say it", () => karl.page.evaluate(() => document.title.startsWith("(2)")));
  await karl.unfolds("notices", /lena mentioned you in The reading room\.[^]*|lena answered you in The reading room\./);
  assert.match(await karl.text("#notices-list"), /lena mentioned you in The reading room/);
  assert.match(await karl.text("#notices-list"), /lena answered you in The reading room/);

  // To look at one brings him there, and what is there is read.
  await karl.page.locator("#notices-list li", { hasText: "mentioned" }).getByRole("button", { name: "Show" }).click();
  await karl.inRoom(id);
  await karl.reads("ask @karl");
  await karl.back();
  await karl.shows("#notices-title", /^Notices$/);
  await until("nothing to be unread", async () => !(await karl.sees("#mine .unread")));

  await karl.page.locator("#mine .entry").click();
  await karl.inRoom(id);
  await karl.page.locator("#settings-open").click();
  await karl.page.locator("#tells").selectOption("none");
  await karl.page.locator("#settings").getByRole("button", { name: "Close", exact: true }).click();
  await karl.back();
  await lena.write("@karl, are you there?");
  await karl.shows("#mine .unread", /^1$/);
  assert.match(await karl.text("#notices-title"), /^Notices$/);
});

test("gifts of the catalogue are shown to the room with their streak, and who gave most", { timeout: 120_000 }, async (t) => {
  const { items } = await house.json("gifts", "ls");
  const { gift, price } = items.find((one) => one.price && Number(one.price) <= 20) ?? assert.fail("the catalogue has nothing cheap");
  await house.topup("emil", "100");
  const { host: tara, guest: emil } = await inRoom(t, "tara", "emil", "The stage");
  await emil.page.locator("#gift-open").click();
  await emil.page.locator("#gift [name=gift]").selectOption(gift);
  await emil.page.locator("#gift [name=count]").fill("2");
  assert.equal(await emil.text("#gift-cost"), `${(2 * Number(price)).toFixed(2)} coins in all`);
  await emil.page.locator("#gift").getByRole("button", { name: "Give" }).click();
  const given = (count, row) => (m) => m.kind === "gift" && m.text.startsWith(`emil gives tara ${count} × ${gift} for`) && m.text.endsWith(row);
  for (const who of [tara, emil]) await who.finds(given(2, "coins"), "the gift");
  await emil.gives(gift, { count: "1" });
  for (const who of [tara, emil]) await who.finds(given(1, "3 in a row!"), "the streak");
  await emil.shows("#balance", new RegExp(`^${(100 - 3 * Number(price)).toFixed(2)} coins$`));
  await tara.back();
  await tara.unfolds("notices", /emil gave you 1 × /);
  await emil.page.locator("#people-open").click();
  await emil.page.locator("#board > summary").click();
  await emil.shows("#givers", new RegExp(`^emil: ${3 * Number(price)} coins$`));
  await emil.page.locator("#people").getByRole("button", { name: "Close" }).click();
  await emil.gives("tip", { amount: "1000" });
  await emil.told(/coins/);
  await house.reconcile();
});

test("who is muted by staff sees why, appeals at the page, and somebody else takes it back", { timeout: 120_000 }, async (t) => {
  const { host: olga, guest: fred, id } = await inRoom(t, "olga", "fred", "The kitchen");
  await fred.write("SOUP");
  await olga.reads("SOUP");
  await house.staff("sara", "moderator");
  const { sanction } = await house.mute("fred", id, "1h");
  await until("fred to be muted", () => fred.closed());
  await fred.back();
  await fred.unfolds("record", /You were muted in a room until [^]*: test\./);
  await fred.page.locator("#sanctions").getByRole("button", { name: "Appeal" }).click();
  await fred.fillsIn("it was about soup");
  await fred.told(/^Your appeal is made/);
  await fred.shows("#sanctions", /you appealed; somebody looks at it/);
  assert.equal(await fred.page.locator("#sanctions").getByRole("button", { name: "Appeal" }).count(), 0, "once for each");
  const { items } = await house.json("mod", "appeals", "ls");
  assert.equal(items.length, 1);
  await house.grant("sara", sanction.sanction_id);
  await fred.shows("#sanctions", /your appeal was granted/);
  await fred.unfolds("notices", /Your appeal was granted: the mute is taken back\./);
  await fred.opens("The kitchen");
  await fred.inRoom(id);
  await until("the field to be open", async () => !(await fred.closed()));
  await fred.write("soup");
  await olga.reads("soup");
});

test("what was reported is told of when it is decided, and who is here is seen by whom one lets see it", { timeout: 120_000 }, async (t) => {
  const [anja, bert] = await talkers(t, "anja", "bert");
  await anja.talkTo("bert");
  await anja.write("hello bert");
  await bert.takes("anja");
  const said = await bert.reads("hello bert");
  await bert.shows("#room-about", /here now/);
  await anja.back();
  await anja.unfolds("privacy", /That you are here now/);
  await anja.page.locator("#privacy-form [name=online]").selectOption("nobody");
  await anja.told(/^Saved/);
  await bert.back();
  await bert.opens("anja");
  await bert.inRoom();
  await until("bert not to see her any more", async () => !/here now/.test(await bert.text("#room-about")));

  await bert.reports(said.seq, "spam", "she says hello");
  const { items } = await house.reports();
  const found = items.find((one) => one.about === "anja");
  await house.decide(found.case_id, "no_action");
  await bert.told(/^Your report was looked at: nothing was found/);
  await bert.back();
  await bert.unfolds("reported", /a message: spam; nothing was found against the rules/);
});
