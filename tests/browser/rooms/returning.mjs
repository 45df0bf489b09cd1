// Must always hold: a page that is killed comes back with everything once, however much happened meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Line } from "../line.mjs";
import { until } from "../wait.mjs";
import { browser, house, inRoom, talkers, texts } from "./stack.mjs";

/** Fails unless somebody has all of these texts, in this order and each once. @param {any} who @param {string[]} all */
async function hasAll(who, all) {
  await who.showAll();
  await until(`${who.uid} to have all`, async () => (await texts(who)).length >= all.length);
  assert.deepEqual(await texts(who), all, who.uid);
  const places = (await who.messages()).map((m) => m.seq);
  assert.deepEqual(places, [...new Set(places)].sort((a, b) => a - b), "in order and each once");
}

/** @param {string} text @param {number} count */
const series = (text, count) => Array.from({ length: count }, (_, n) => `${text} ${n}`);

test("a page that is killed misses nothing and has nothing twice, and neither has the other one", { timeout: 240_000 }, async (t) => {
  const { host, guest } = await inRoom(t, "mona", "kira", "The long story");
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
  await host.floods("meanwhile", 0, 80);
  await until("all to be taken", async () => !(await host.sees("#messages .waits")));
  const edited = await host.reads("before 2");
  await host.choose(edited.seq, "Edit");
  await host.fillsIn("before two");
  await host.reads("before two");

  await guest.open();
  await guest.inRoom();
  await guest.reads("never left");
  assert.equal(await guest.page.locator("#write [name=text]").inputValue(), "half a thou", "what was being written is there");
  await until("nothing to wait any more", async () => (await guest.page.locator("#messages .waits").count()) === 0);
  await tell(guest, "back again");
  await host.reads("back again");

  const all = [...said.slice(0, -1).map((text) => (text === "before 2" ? "before two" : text)), "taken, but nobody told me"];
  all.push(...series("meanwhile", 80), "never left", "back again");
  for (const who of [guest, host]) await hasAll(who, all);
});

test("a page that is killed twice while messages arrive, by a crash and by closing, has them all once", { timeout: 240_000 }, async (t) => {
  const { host, guest } = await inRoom(t, "mina", "kolja", "The rush");
  const COUNT = 110;
  await host.floods("rush", 0, COUNT);
  const arrived = (n) => until(`${n} to arrive`, async () => (await texts(guest)).some((text) => Number(text.split(" ")[1]) >= n));
  await arrived(20);
  await guest.kill();
  const before = await host.page.locator("#messages .waits").count();
  await guest.open();
  await guest.inRoom();
  await arrived(50);
  await guest.page.close();
  await guest.open();
  await guest.inRoom();
  const during = await host.page.locator("#messages .waits").count();
  t.diagnostic(`on their way when the page was killed: ${before}; when it was there again the second time: ${during}`);
  assert.ok(before > 0, "it was killed while messages arrived");
  await until("all to be taken", async () => !(await host.sees("#messages .waits")), 60_000);
  await guest.reads(`rush ${COUNT - 1}`);
  for (const who of [guest, host]) await hasAll(who, series("rush", COUNT));
});

test("a page whose line is cut asks for what it missed, part by part, and what was written meanwhile arrives once", { timeout: 240_000 }, async (t) => {
  const line = await Line.to(house.websocket);
  t.after(() => line.close());
  const [host] = await talkers(t, "mara");
  const id = await host.makeRoom("The tunnel");
  const guest = await browser.talker(house, "kim", line.websocket);
  t.after(() => guest.leave());
  await guest.enterRoom("The tunnel", id);
  await host.write("before");
  const before = await guest.reads("before");
  await guest.page.evaluate(() => {
    const { client } = window.callboard;
    const ask = client.ask.bind(client);
    window.synced = 0;
    client.ask = async (service, verb, ...rest) => {
      const reply = await ask(service, verb, ...rest);
      if (`${service}.${verb}` === "chat.sync") window.synced += 1;
      return reply;
    };
  });
  line.cut();
  await guest.told(/^The connection is lost/);
  await guest.write("into the dark");
  const COUNT = 130;
  await host.floods("light", 0, COUNT);
  await host.choose((await host.reads("before")).seq, "Delete");
  await until("all to be taken", async () => !(await host.sees("#messages .waits")), 60_000);
  assert.deepEqual(await texts(guest), ["before"], "nothing arrived meanwhile");
  line.mend();
  await guest.reads(`light ${COUNT - 1}`);
  await host.reads("into the dark");
  await guest.reads("into the dark");
  await guest.finds((m) => m.seq === before.seq && m.text === "Deleted", "that it was deleted");
  const parts = await guest.page.evaluate(() => window.synced);
  assert.ok(parts >= 2, `more than a page was missing: ${parts} parts`);
  for (const who of [guest, host]) await hasAll(who, ["Deleted", ...series("light", COUNT), "into the dark"]);
});
