// Must always hold: who is mentioned or answered elsewhere is told of it once, until he has read it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../wait.mjs";
import { inRoom } from "./stack.mjs";

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
