// Must always hold: what is reported at a page is in the console with its evidence, and what a moderator imposes there shows at the page in
// under a second, is obeyed by the house whatever the page does, and can be taken back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Terminal, chosen } from "../terminal.mjs";
import { until } from "../wait.mjs";
import { house, inRoom } from "./stack.mjs";

const AT_ONCE_MS = 1000;

test("a report in a room is seen in the console, the moderator looks at the evidence and mutes, and the page shows it at once", { timeout: 240_000 }, async (t) => {
  const { host: rosa, guest: lars, id } = await inRoom(t, "rosa", "lars", "The front porch");
  const threat = "I know where you live";
  await rosa.write("good evening");
  await lars.reads("good evening");
  await lars.write(threat);
  const said = await rosa.reads(threat);

  await house.staff("mona", "moderator");
  const desk = await Terminal.console(house, "mona");
  t.after(() => desk.close());
  await desk.keys("7");
  await rosa.reports(said.seq, "violence", "he threatens me");
  await desk.until("the case to be listed", (screen) => ["! high", "lars", "violence", "nobody"].every((word) => chosen(screen).includes(word)));
  await desk.keys("Enter");
  const evidence = ["✓ as it was written", threat, "good evening", "he threatens me"];
  await desk.until("the evidence", (screen) => evidence.every((words) => screen.includes(words)));
  await desk.insist("C", "the claim", (screen) => screen.includes("claimed by mona"));

  await lars.watchForMute();
  await desk.insist("M", "the dialog", (screen) => screen.includes("┌ Mute"));
  await desk.keys("Tab", "Tab", "a", "Tab", "Tab", "lars");
  await desk.until("the word to stand there", (screen) => screen.includes("to confirm: lars"));
  const pressed = await desk.insist("Enter", "the mute to be done", (screen) => screen.includes("done: mute lars"));
  const took = (await lars.mutedAt()) - pressed;
  t.diagnostic(`the page showed the mute ${took} ms after the key`);
  assert.ok(took < AT_ONCE_MS, `the mute showed ${took} ms after the key`);
  assert.match(await lars.text("#standing"), /^You are muted until/);
  await lars.told(/^You were muted in a room until .+: abuse\.$/);
  assert.equal(await lars.closed(), true);

  // A page that does not keep to it gets nowhere, and its user sees that.
  await lars.page.evaluate(() => window.callboard.room.send({ body: "you cannot stop me" }));
  await lars.shows("#messages .refused", /^Not sent: .*mute/);
  await lars.page.locator("#messages .waits").getByRole("button", { name: "Drop" }).click();
  // The mute is of that room: elsewhere he may speak.
  await lars.back();
  await lars.talkTo("rosa");
  await lars.write("what did I do?");
  await rosa.back();
  await rosa.takes("lars");
  await rosa.reads("what did I do?");
  await lars.back();
  await lars.opens("The front porch");
  await lars.inRoom(id);
  assert.equal(await lars.closed(), true, "it is still so after he was elsewhere");

  await desk.keys("u");
  await desk.until("the sanction", (screen) => chosen(screen).includes("mute") && chosen(screen).includes("● stands"));
  await desk.insist("U", "the dialog", (screen) => screen.includes("┌ Take back"));
  await desk.keys("Tab", "a", "Tab", "Tab", "lars");
  await desk.until("the word to stand there", (screen) => screen.includes("to confirm: lars"));
  const lifted = await desk.insist("Enter", "it to be taken back", (screen) => screen.includes("done: "));
  await until("the field to be open again", async () => !(await lars.closed()));
  const open = Date.now() - lifted;
  t.diagnostic(`the page was open again at most ${open} ms after the key`);
  await lars.write("I am sorry");
  await rosa.back();
  await rosa.opens("The front porch");
  await rosa.reads("I am sorry");
  assert.ok(!(await rosa.messages()).some((message) => message.text === "you cannot stop me"));
});
