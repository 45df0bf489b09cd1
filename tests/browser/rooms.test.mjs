// Must always hold: what one person does in a room or a conversation the other one sees as it is; what the house imposes shows in under
// a second; and a page that is killed comes back with everything once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { Browser } from "./person.mjs";
import { until } from "./wait.mjs";

/** @type {House} */
let house;
/** @type {Browser} */
let browser;

before(async () => {
  house = await House.up();
  browser = await Browser.launch();
}, { timeout: 240_000 });

after(async () => {
  await browser?.close();
  await house?.down();
}, { timeout: 120_000 });

/** Two people in a room of the first. */
async function inRoom(hostName, guestName, name) {
  const host = await browser.talker(house, hostName);
  const id = await host.makeRoom(name);
  const guest = await browser.talker(house, guestName);
  assert.equal(await guest.enterRoom(name), id);
  return { host, guest, id };
}

/** Texts in the order of the page. @param {any} talker */
const texts = async (talker) => (await talker.messages()).filter((m) => m.kind === "text").map((m) => m.text);

test("two people in a room: text, picture, voice note, reaction, typing, answer, edit, delete, gift, report", { timeout: 180_000 }, async (t) => {
  await house.topup("felix", "100");
  const { host, guest } = await inRoom("maya", "felix", "The lounge");
  t.after(() => Promise.all([host.leave(), guest.leave()]));

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

  await guest.page.locator(`#messages [data-seq="${first.seq}"] .more`).click();
  await guest.page.locator("#menu .faces").getByRole("button", { name: "👍" }).click();
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
  await guest.page.locator("#text textarea").fill("never mind");
  await guest.page.locator("#text").getByRole("button", { name: "Save" }).click();
  const edited = await host.reads("never mind");
  assert.deepEqual([edited.seq, edited.edited], [answer.seq, true]);
  await guest.choose(answer.seq, "Delete");
  await host.finds((m) => m.seq === answer.seq && m.text === "Deleted", "that it is deleted");

  await host.choose(first.seq, "Pin");
  await until("the pin to show", async () => (await guest.text("#pins-title")) === "1 pinned");

  await guest.page.locator("#gift-open").click();
  await guest.page.locator("#gift [name=gift]").selectOption("tip");
  await guest.page.locator("#gift [name=amount]").fill("5");
  await guest.page.locator("#gift").getByRole("button", { name: "Give" }).click();
  for (const who of [host, guest]) await who.finds((m) => m.kind === "gift" && m.text === "felix gives maya a tip of 5 coins", "the tip");
  assert.equal((await house.wallet("felix")).posted, "95.0000");

  await guest.choose(first.seq, "Report");
  await guest.page.locator("#report [name=category]").selectOption("harassment");
  await guest.page.locator("#report [name=text]").fill("this is hostile");
  await guest.page.locator("#report").getByRole("button", { name: "Report" }).click();
  await until("felix to be thanked", async () => (await guest.text("#notice")).startsWith("Thank you"));
  const { items } = await house.reports();
  assert.deepEqual(items.map((one) => [one.about, one.matter]), [["maya", `message:${first.id}`]]);
  const { reports } = await house.report(items[0].case_id);
  assert.deepEqual(reports.map((one) => [one.reporter, one.text]), [["felix", "this is hostile"]]);
  const { evidence, intact } = await house.evidence(reports[0].report_id);
  assert.deepEqual([intact, evidence.messages.find((m) => m.id === first.id)?.body], [true, hostile]);

  assert.deepEqual(await host.messages().then((all) => all.map((m) => m.seq)), await guest.messages().then((all) => all.map((m) => m.seq)));
  assert.deepEqual([...host.log, ...guest.log], []);
});

test("two people in a conversation: it is asked for, read marks, picture, voice note, and blocking ends it", { timeout: 180_000 }, async (t) => {
  const nora = await browser.talker(house, "nora");
  const otto = await browser.talker(house, "otto");
  t.after(() => Promise.all([nora.leave(), otto.leave()]));
  const id = await nora.talkTo("otto");
  await nora.write("are you there?");
  assert.equal(await otto.takes("nora"), id);
  await otto.reads("are you there?");
  await nora.finds((m) => m.text === "are you there?" && m.receipt === "Read", "that it was read");

  await otto.back();
  await nora.write("still?");
  await nora.finds((m) => m.text === "still?" && m.receipt === "Delivered", "that it was delivered");
  await until("otto to see one unread", async () => (await otto.text("#mine .unread")) === "1");
  await otto.page.locator("#mine .entry", { hasText: "nora" }).click();
  await otto.reads("still?");
  await nora.finds((m) => m.text === "still?" && m.receipt === "Read", "that it was read, too");
  await otto.write("yes");
  await nora.reads("yes");

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

test("what those who keep order do shows in under a second: staff mutes, the host locks and takes out", { timeout: 180_000 }, async (t) => {
  const { host, guest, id } = await inRoom("mila", "gus", "The order of things");
  t.after(() => Promise.all([host.leave(), guest.leave()]));
  await guest.write("I shout");
  await host.reads("I shout");
  const closed = () => guest.page.locator("#write [name=text]").isDisabled();

  await guest.watchForMute();
  const { sanction } = await house.mute("gus", id, "10m");
  const took = (await guest.mutedAt()) - Date.parse(sanction.from);
  assert.ok(took < 1000, `the mute showed after ${took} ms`);
  assert.match(await guest.text("#standing"), /^You are muted until/);
  assert.equal(await closed(), true);
  await house.lift(sanction.sanction_id);
  await until("the mute to be gone", async () => !(await closed()));

  await guest.watchForMute();
  await host.about("gus", "Mute");
  const since = Date.now();
  await host.page.locator("#sanction-do").click();
  const again = (await guest.mutedAt()) - since;
  assert.ok(again < 1000, `the host's mute showed after ${again} ms`);
  await until("it to be done", async () => (await host.text("#notice")).startsWith("Done"));
  await host.about("gus", "Unmute");
  await until("the host's mute to be gone", async () => !(await closed()));

  await host.page.locator("#settings-open").click();
  await host.page.locator("#settings-form [name=locked]").check();
  await host.page.locator("#settings-form").getByRole("button", { name: "Save" }).click();
  await until("gus to be told that it is locked", async () => /locked: you may read/.test(await guest.text("#standing")) && (await closed()));
  await host.write("quiet, please");
  await guest.reads("quiet, please");

  await host.about("gus", "Take out");
  await host.page.locator("#sanction-do").click();
  await until("gus to be outside", async () => (await guest.sees("#door")) && /taken out/.test(await guest.text("#door-standing")));
});

test("a page that is killed misses nothing and has nothing twice, and neither has the other one", { timeout: 240_000 }, async (t) => {
  const { host, guest } = await inRoom("mona", "kira", "The long story");
  t.after(() => Promise.all([host.leave(), guest.leave()]));
  const said = [];
  const tell = async (who, text) => {
    said.push(text);
    await who.write(text);
    await who.reads(text);
  };
  for (let n = 0; n < 5; n++) {
    await tell(host, `before ${n}`);
    await tell(guest, `aye ${n}`);
  }
  // One message that the house takes while its answer is lost, and one that never leaves the page.
  await guest.page.evaluate(() => {
    const { client } = window.callboard;
    const ask = client.ask.bind(client);
    let count = 0;
    client.ask = async (service, verb, ...rest) => {
      if (`${service}.${verb}` !== "chat.send") return ask(service, verb, ...rest);
      if (count++ === 0) await ask(service, verb, ...rest).catch(() => undefined);
      return new Promise(() => undefined);
    };
    // Nor is it told of by news.
    window.callboard.room.log.receive = () => false;
  });
  await guest.write("taken, but nobody told me");
  await host.reads("taken, but nobody told me");
  await guest.write("never left");
  await until("both to wait", async () => (await guest.page.locator("#messages .waits").count()) === 2);
  await guest.page.locator("#write [name=text]").pressSequentially("half a thou");

  await guest.kill();
  for (let n = 0; n < 120; n++) await host.write(`meanwhile ${n}`);
  await host.reads("meanwhile 119");
  const edited = await host.reads("before 2");
  await host.choose(edited.seq, "Edit");
  await host.page.locator("#text textarea").fill("before two");
  await host.page.locator("#text").getByRole("button", { name: "Save" }).click();
  await host.reads("before two");

  await guest.open();
  await guest.inRoom();
  await guest.reads("never left");
  assert.equal(await guest.page.locator("#write [name=text]").inputValue(), "half a thou", "what was being written is there");
  await until("nothing to wait any more", async () => (await guest.page.locator("#messages .waits").count()) === 0);
  await tell(guest, "back again");
  await host.reads("back again");

  const all = [...said.slice(0, -1).map((text) => (text === "before 2" ? "before two" : text)), "taken, but nobody told me"];
  for (let n = 0; n < 120; n++) all.push(`meanwhile ${n}`);
  all.push("never left", "back again");
  for (const who of [guest, host]) {
    await who.showAll();
    await until(`${who.uid} to have all`, async () => (await texts(who)).length >= all.length);
    assert.deepEqual(await texts(who), all, who.uid);
    const places = (await who.messages()).map((m) => m.seq);
    assert.deepEqual(places, [...new Set(places)].sort((a, b) => a - b), "in order and each once");
  }
});

test("who has a ticket hears a room on a second connection, until he is banned", { timeout: 120_000 }, async (t) => {
  const { host, guest, id } = await inRoom("mei", "hugo", "The big hall");
  t.after(() => Promise.all([host.leave(), guest.leave()]));
  await guest.write("here I am");
  await host.reads("here I am");
  await guest.page.evaluate(async (room) => {
    const { Listener } = await import("./src/listener.js");
    window.heard = [];
    window.listening = 0;
    window.listener = new Listener(window.callboard.client, room, {
      onnews: (news) => window.heard.push(news.message?.body),
      onopen: () => window.listening++,
    });
  }, id);
  await until("the second connection", () => guest.page.evaluate(() => window.listening === 1));
  await host.write("all of you");
  await until("it to hear", () => guest.page.evaluate(() => window.heard.includes("all of you")));
  await host.about("hugo", "Ban");
  await host.page.locator("#sanction-do").click();
  await until("it to be cut, and to get no other ticket", () => guest.page.evaluate(() => window.listener.closed && window.listening === 1));
  await until("hugo to be outside", () => guest.sees("#door"));
  await host.write("without hugo");
  await host.reads("without hugo");
  assert.equal(await guest.page.evaluate(() => window.heard.includes("without hugo")), false);
});
