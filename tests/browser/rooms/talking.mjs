// Must always hold: what one person does in a room or a conversation the other one sees as it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../wait.mjs";
import { house, inRoom, talkers, texts } from "./stack.mjs";

test("two people in a room: text, picture, voice note, reaction, typing, answer, edit, delete, gift, report", { timeout: 180_000 }, async (t) => {
  await house.topup("felix", "100");
  const { host, guest } = await inRoom(t, "maya", "felix", "The lounge");

  await host.page.locator("#write [name=text]").pressSequentially("hel");
  await until("felix to see that maya types", async () => (await guest.text("#typing")) === "maya is typing…");
  const hostile = '<img src=x onerror="window.broken=1">';
  await host.write(hostile);
  const first = await guest.reads(hostile);
  assert.equal(first.author, "maya");
  assert.equal(await guest.page.evaluate(() => document.querySelectorAll("#messages .body img").length + Number(window.broken ?? 0)), 0);
  assert.equal(await guest.text("#typing"), "", "who has written does not type");

  await guest.sendPicture();
  const picture = await host.finds((m) => m.kind === "image", "the picture");
  const shown = (who) => until("the picture to be there", () => who.page.evaluate((seq) => {
    const image = /** @type {any} */ (document.querySelector(`[data-seq="${seq}"] img`));
    return image?.complete && image.naturalWidth;
  }, picture.seq));
  assert.equal(await shown(host), 320, "maya is given the small one");
  assert.equal(await shown(guest), 320);

  await guest.sendVoice();
  const voice = await host.finds((m) => m.kind === "voice", "the voice note");
  await until("maya to hear it", () => host.page.evaluate(async (seq) => {
    const audio = /** @type {HTMLAudioElement} */ (document.querySelector(`[data-seq="${seq}"] audio`));
    audio.muted = true;
    if (audio.paused && audio.currentTime === 0) await audio.play();
    return audio.currentTime > 0.5;
  }, voice.seq));

  await guest.reacts(first.seq, "👍");
  const reacted = (who, reactions) => who.finds((m) => m.seq === first.seq && m.reactions.join() === reactions, `reactions ${reactions}`);
  await reacted(host, "👍 1");
  await host.page.locator(`#messages [data-seq="${first.seq}"] [data-emoji="👍"]`).click();
  await reacted(guest, "👍 2");
  await host.page.locator(`#messages [data-seq="${first.seq}"] [data-emoji="👍"]`).click();
  await reacted(guest, "👍 1");

  await guest.choose(first.seq, "Answer");
  await guest.write("what is this, @maya?");
  const answer = await host.reads("what is this, @maya?");
  assert.equal(await host.page.evaluate((seq) => document.querySelector(`[data-seq="${seq}"]`)?.classList.contains("told"), answer.seq), true);
  assert.match(await host.text(`[data-seq="${answer.seq}"] blockquote`), /^maya: <img/);

  await guest.choose(answer.seq, "Edit");
  await guest.fillsIn("never mind");
  const edited = await host.reads("never mind");
  assert.deepEqual([edited.seq, edited.edited], [answer.seq, true]);
  await guest.choose(answer.seq, "Delete");
  await host.finds((m) => m.seq === answer.seq && m.text === "Deleted", "that it is deleted");

  await host.choose(first.seq, "Pin");
  await until("the pin to show", async () => (await guest.text("#pins-title")) === "1 pinned");

  await guest.gives("tip", { amount: "5" });
  for (const who of [host, guest]) await who.finds((m) => m.kind === "gift" && m.text === "felix gives maya a tip of 5 coins", "the tip");
  assert.equal((await house.wallet("felix")).posted, "95.0000");

  await guest.reports(first.seq, "harassment", "this is hostile");
  const { items } = await house.reports();
  assert.deepEqual(items.map((one) => [one.about, one.matter]), [["maya", `message:${first.id}`]]);
  const { reports } = await house.report(items[0].case_id);
  assert.deepEqual(reports.map((one) => [one.reporter, one.text]), [["felix", "this is hostile"]]);
  const { evidence, intact } = await house.evidence(reports[0].report_id);
  assert.deepEqual([intact, evidence.messages.find((m) => m.id === first.id)?.body], [true, hostile]);

  assert.deepEqual(await host.messages().then((all) => all.map((m) => m.seq)), await guest.messages().then((all) => all.map((m) => m.seq)));
  assert.deepEqual([...host.log, ...guest.log], []);
});

test("two people in a conversation: it is asked for, read marks, reaction, edit, delete, picture, voice note, and blocking ends it", { timeout: 180_000 }, async (t) => {
  const [nora, otto] = await talkers(t, "nora", "otto");
  const id = await nora.talkTo("otto");
  await nora.write("are you there?");
  assert.equal(await otto.takes("nora"), id);
  await otto.reads("are you there?");
  await nora.finds((m) => m.text === "are you there?" && m.receipt === "Read", "that it was read");

  await otto.back();
  await nora.write("still?");
  await nora.finds((m) => m.text === "still?" && m.receipt === "Delivered", "that it was delivered");
  await until("otto to see one unread", async () => (await otto.text("#mine .unread")) === "1");
  await otto.opens("nora");
  await otto.reads("still?");
  await nora.finds((m) => m.text === "still?" && m.receipt === "Read", "that it was read, too");
  await otto.write("yes");
  const yes = await nora.reads("yes");
  await nora.reacts(yes.seq, "❤️");
  await otto.finds((m) => m.seq === yes.seq && m.reactions.join() === "❤️ 1", "the reaction");
  await otto.choose(yes.seq, "Edit");
  await otto.fillsIn("yes, I am");
  await nora.finds((m) => m.seq === yes.seq && m.text === "yes, I am" && m.edited, "the edit");
  await otto.choose(yes.seq, "Delete");
  await nora.finds((m) => m.seq === yes.seq && m.text === "Deleted" && m.reactions.length === 0, "that it is deleted");

  await nora.sendPicture();
  await otto.finds((m) => m.kind === "image", "the picture");
  await otto.sendVoice();
  await nora.finds((m) => m.kind === "voice", "the voice note");
  await nora.page.locator("#write [name=text]").pressSequentially("x");
  await until("otto to see that nora types", async () => (await otto.text("#typing")) === "nora is typing…");

  await otto.about("nora", "Block");
  await until("it to be done", async () => (await otto.text("#notice")).includes("is blocked"));
  await nora.write("hello?");
  await until("nora to be refused", async () => (await nora.text("#messages .refused")).startsWith("Not sent"));
  assert.ok(!(await texts(otto)).includes("hello?"));
});
