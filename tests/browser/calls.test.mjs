// Must always hold: real media flows both ways while the house meters it and at no other time, what is charged follows from the
// server's clock alone, and every coin is somewhere.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, units } from "./house.mjs";
import { Browser } from "./browser.mjs";
import { until } from "./wait.mjs";

/** Ten coins a second: a call of seconds costs what others cost in minutes. */
const RATE = "600";
const PER_SECOND = 100_000n;
/** Beats come every 5 s and a leg is metered to the older last one. */
const BEAT_MS = 5000;
const GRACE_MS = 10_000;

/** @type {House} */
let house;
/** @type {Browser} */
let browser;

before(async () => {
  house = await House.up();
  await house.tariff("seconds", "--like", "coin-burn", "--rolling", "20s", "--reconnect", "60s");
  await house.tariff("strict", "--like", "coin-burn", "--rolling", "20s", "--reconnect", "12s");
  browser = await Browser.launch();
}, { timeout: 240_000 });

after(async () => {
  await browser?.close();
  await house?.down();
}, { timeout: 120_000 });

/** Two people in a call in which content flows. */
async function inCall(fanName, creatorName, { coins = "1000", tariff = "seconds" } = {}) {
  await house.topup(fanName, coins);
  const creator = await browser.person(house, creatorName);
  await creator.offer(tariff, RATE);
  const fan = await browser.person(house, fanName);
  await fan.dial(creator);
  await creator.accept();
  await Promise.all([fan.flow(true, 40_000), creator.flow(true, 40_000)]);
  return { fan, creator, id: await fan.callId(), since: Date.now() };
}

/** The charge of so many connected milliseconds at one coin increment per started second. */
const cost = (ms) => BigInt(Math.ceil(ms / 1000)) * PER_SECOND;

/** Everything that must be true of the money of an ended 1:1 call whose wallet began with so many coins. */
async function addsUp(id, fan, creator, began) {
  const detail = await until("the leg to be settled", async () => {
    const found = await house.call(id);
    return found.legs[0].state === "settled" && found;
  });
  const leg = detail.legs[0];
  const charge = units(leg.charge);
  const wallet = await house.wallet(fan.uid);
  assert.equal(units(wallet.posted), units(began) - charge, "the wallet paid exactly the charge");
  assert.equal(units(wallet.held), 0n, "nothing is held any more");
  assert.equal(units((await house.wallet(creator.uid)).earnings) * 10n, charge * 8n, "the creator earned 80 %");
  const postings = await house.postings(leg.leg_id);
  const accounts = Object.entries(postings);
  assert.equal(accounts.reduce((sum, [, amount]) => sum + amount, 0n), 0n, "the postings balance");
  const platform = accounts.filter(([account]) => account.includes("platform")).reduce((sum, [, amount]) => sum + amount, 0n);
  assert.equal(platform * 10n, charge * 2n, `the platform earned 20 %: ${accounts.map(([a, u]) => `${a} ${u}`)}`);
  await house.reconcile();
  return leg;
}

test("two pages call each other, media flows both ways, and the coins end up where they belong", { timeout: 180_000 }, async (t) => {
  const { fan, creator, id, since } = await inCall("felix", "maya");
  t.after(() => Promise.all([fan.leave(), creator.leave()]));

  const before = await Promise.all([fan.received(), creator.received()]);
  await until("pictures to be decoded on both sides", async () => {
    const now = await Promise.all([fan.received(), creator.received()]);
    return now.every((n, i) => n.frames >= before[i].frames + 40 && n.energy > before[i].energy);
  });
  for (const person of [fan, creator]) {
    await until(`${person.uid} to see a picture`, async () => (await person.brightness()) > 20);
  }
  await until("the house to see the call burn", async () => units((await house.call(id)).legs[0].burn_per_minute) === units(RATE));
  await until("six seconds of it", () => Date.now() - since > 6000);

  await fan.hangUp();
  const lasted = Date.now() - since;
  const receipt = await fan.receipt();
  await creator.receipt();
  await until("both pages to show the receipt", async () => (await fan.sees("#receipt")) && (await creator.sees("#receipt")));

  const leg = await addsUp(id, fan, creator, "1000");
  assert.equal(leg.end_reason, "payer_hung_up");
  assert.equal(units(leg.charge), cost(leg.connected_ms), "the charge is the meter of the recorded time");
  assert.equal(receipt.charge, leg.charge);
  assert.ok(Math.abs(leg.connected_ms - lasted) < 2500, `metered ${leg.connected_ms} ms, the pages saw ${lasted} ms`);
  assert.deepEqual(fan.log, []);
});

test("a fan who runs dry is cut off exactly where the coins end", { timeout: 180_000 }, async (t) => {
  const { fan, creator, id, since } = await inCall("dora", "mila", { coins: "220" });
  t.after(() => Promise.all([fan.leave(), creator.leave()]));

  await until("the warning", () => fan.sees("#warning"));
  const receipt = await fan.receipt(60_000);
  const lasted = Date.now() - since;
  await creator.receipt();
  const leg = await addsUp(id, fan, creator, "220");
  assert.equal(leg.end_reason, "cut_off");
  assert.equal(units(leg.charge), units("220"), "all that was there, and not more");
  assert.equal(leg.connected_ms, 22_000);
  assert.equal(receipt.charge, leg.charge);
  assert.equal(units((await house.wallet(fan.uid)).posted), 0n);
  assert.ok(lasted < 22_000 + 2 * BEAT_MS, `content ended ${lasted} ms after it began`);
});

test("a page that is killed stops the time, and back within the budget the call goes on", { timeout: 240_000 }, async (t) => {
  const { fan, creator, id, since } = await inCall("kira", "mona", { coins: "2000" });
  t.after(() => Promise.all([fan.leave(), creator.leave()]));
  await until("two beats", () => Date.now() - since > 2 * BEAT_MS);

  await fan.kill();
  const killed = Date.now();
  await creator.flow(false, GRACE_MS + 10_000);
  const suspended = await house.call(id);
  assert.equal(suspended.legs[0].state, "suspended");
  assert.ok(suspended.legs[0].connected_ms <= killed - since + 1000, "not a second after the page was gone is counted");

  await fan.open();
  await Promise.all([fan.flow(true, 40_000), creator.flow(true, 40_000)]);
  const back = Date.now();
  assert.equal(await fan.callId(), id, "it is the same call");
  await until("the pictures to be back", async () => (await fan.brightness()) > 20 && (await creator.brightness()) > 20);
  await until("another beat", () => Date.now() - back > BEAT_MS);

  await creator.hangUp();
  const ended = Date.now();
  await fan.receipt();
  const leg = await addsUp(id, fan, creator, "2000");
  assert.equal(leg.end_reason, "payee_hung_up");
  const there = killed - since + (ended - back);
  assert.ok(leg.connected_ms <= there + 2500, `metered ${leg.connected_ms} ms, both were there for ${there} ms`);
  assert.ok(leg.connected_ms >= there - BEAT_MS - 2500, `metered ${leg.connected_ms} ms, both were there for ${there} ms`);
});

test("a page that is killed and stays away ends the call as a lost line", { timeout: 180_000 }, async (t) => {
  const { fan, creator, id, since } = await inCall("lena", "mara", { tariff: "strict" });
  t.after(() => Promise.all([fan.leave(), creator.leave()]));
  await until("two beats", () => Date.now() - since > 2 * BEAT_MS);

  await fan.kill();
  const killed = Date.now();
  await creator.receipt(60_000);
  const leg = await addsUp(id, fan, creator, "1000");
  assert.equal(leg.end_reason, "line_lost");
  assert.ok(leg.connected_ms <= killed - since + 1000, `metered ${leg.connected_ms} ms, the page lived ${killed - since} ms`);
});

test("a fan whose app never beats hears and sees nothing, and pays nothing", { timeout: 180_000 }, async (t) => {
  await house.topup("gus", "1000");
  const creator = await browser.person(house, "mei");
  await creator.offer("seconds", RATE);
  const fan = await browser.person(house, "gus");
  t.after(() => Promise.all([fan.leave(), creator.leave()]));
  await fan.page.evaluate(() => {
    // An app that cheats: it never beats, and it does not shut its own gate.
    window.callboard.Call.prototype.beat = async () => undefined;
  });
  await fan.dial(creator);
  await creator.accept();
  await until("media packets to arrive", async () => (await fan.received()).packets > 100, 40_000);
  await fan.page.evaluate(() => (window.callboard.call.gate.isOpen = () => true));
  const before = await fan.received();
  await until("many more packets", async () => (await fan.received()).packets > before.packets + 300, 40_000);
  assert.equal(await fan.brightness(), 0, "the picture is black");
  assert.ok((await fan.received()).energy - before.energy < 1e-6, "the sound is silence");
  assert.equal(await creator.page.evaluate(() => window.callboard.call.flowing), false);

  const id = await fan.callId();
  await creator.hangUp();
  await until("the call to be over", async () => (await house.call(id)).call.ended_at);
  const wallet = await house.wallet("gus");
  assert.deepEqual([units(wallet.posted), units(wallet.held)], [units("1000"), 0n]);
  await house.reconcile();
});

test("a fan whose app stops its beats in the middle hears and sees nothing from then on", { timeout: 180_000 }, async (t) => {
  const { fan, creator, id, since } = await inCall("hugo", "moni", { tariff: "strict" });
  t.after(() => Promise.all([fan.leave(), creator.leave()]));
  await until("two beats", () => Date.now() - since > 2 * BEAT_MS);
  await fan.page.evaluate(() => {
    const { call } = window.callboard;
    call.beat = async () => undefined;
    call.gate.isOpen = () => true;
  });
  const stopped = Date.now();
  await creator.flow(false, GRACE_MS + 10_000);
  await until("the picture to be black", async () => (await fan.brightness()) === 0, 5000).catch(async (error) => {
    // The budget may have ended the call in the meantime; then there is nothing to see either.
    if (!(await house.call(id)).call.ended_at) throw error;
  });
  await creator.receipt(60_000);
  const leg = await addsUp(id, fan, creator, "1000");
  assert.equal(leg.end_reason, "line_lost");
  assert.ok(leg.connected_ms <= stopped - since + 1000);
});

test("staff mutes a member and every receiver drops the sound; staff ends the call and only what was used is charged", { timeout: 180_000 }, async (t) => {
  const { fan, creator, id } = await inCall("nico", "mina");
  t.after(() => Promise.all([fan.leave(), creator.leave()]));
  const heard = () =>
    fan.page.evaluate((uid) => window.callboard.call.stream(uid).getAudioTracks().every((track) => track.enabled), creator.uid);
  assert.equal(await heard(), true);
  await house.act("mute", id, creator.uid);
  await until("the sound to be dropped", async () => !(await heard()));
  await house.act("mute", id, creator.uid, "--off");
  await until("the sound to be back", heard);
  await house.json("calls", "end", id, "--reason", "test:browser", "--yes");
  await fan.receipt();
  const leg = await addsUp(id, fan, creator, "1000");
  assert.equal(leg.end_reason, "staff");
  assert.equal(units(leg.charge), cost(leg.connected_ms));
});
