// Must always hold: who agreed is seen by the audience, and nobody else; a page sends to the programme by itself again when that was
// interrupted; the audience's page plays on, close to what is live, until the programme is over.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, units } from "./house.mjs";
import { Browser } from "./browser.mjs";
import { until } from "./wait.mjs";

/** Three browsers' pages and a programme on one machine. */
const PATIENCE = 60_000;
const CAMERA = "320x240";
const SETTINGS = {
  CALLBOARD_ICE_ADDRESSES: "127.0.0.1",
  CALLBOARD_ICE_LOOPBACK_ONLY: "true",
  CALLBOARD_ENCODER_SPEED: "ultrafast",
};

/** @type {House} */
let house;
/** @type {Browser} */
let browser;

before(async () => {
  house = await House.up(SETTINGS);
  await house.tariff("seconds", "--like", "coin-burn", "--rolling", "20s", "--reconnect", "60s");
  browser = await Browser.launch();
}, { timeout: 240_000 });

after(async () => {
  await browser?.close();
  await house?.down();
}, { timeout: 120_000 });

/** Waits until the audience sees a guest in both halves of the picture, or in none. */
function seen(viewer, guests) {
  return until(`the audience to see ${guests ? "both guests" : "nobody"}`, async () => {
    const [left, right] = await viewer.halves();
    if (guests ? left < 0.2 || right < 0.2 : left + right > 0.02) throw new Error(`green are ${left} and ${right}`);
    return true;
  }, PATIENCE);
}

/** Waits until staff see exactly so many guests with a picture. */
function inPicture(id, guests) {
  return until(`${guests} guests in the programme`, async () => {
    const { status } = (await house.programme(id)).programme;
    const there = status?.guests.filter((guest) => guest.connected && guest.picture).length;
    if (there !== guests) throw new Error(JSON.stringify(status?.guests));
    return status;
  }, PATIENCE);
}

/** Waits until the player has shown so many more frames. */
async function plays(viewer, more = 60, look = (_now) => {}) {
  const before = await viewer.look();
  return until(`${more} more frames than ${before.frames}`, async () => {
    const now = await viewer.look();
    look(now);
    if (now.frames < before.frames + more) throw new Error(JSON.stringify(now));
    return now;
  }, PATIENCE);
}

/** Waits for five seconds of playing in which the picture is never more than four seconds old. */
async function closeBehind(viewer) {
  for (const end = Date.now() + PATIENCE; ; ) {
    let behind = 0;
    const now = await plays(viewer, 150, (now) => (behind = Math.max(behind, now.behind ?? Infinity)));
    if (now.state === "live" && behind <= 4) return { ...now, behind };
    assert.ok(Date.now() < end, `${now.state}, ${behind} s behind, ${JSON.stringify(now.errors)}`);
  }
}

test("two pages are on air, a third one plays it, and all go on when the programme's process is killed", { timeout: 400_000 }, async (t) => {
  await house.topup("gina", "10000");
  const host = await browser.person(house, "hedy", CAMERA);
  await host.offer("seconds", "60", "group");
  const guest = await browser.person(house, "gina", CAMERA);
  t.after(() => Promise.all([host.leave(), guest.leave()]));
  await host.openGroup(guest);
  await guest.accept();
  await Promise.all([host.flow(true, PATIENCE), guest.flow(true, PATIENCE)]);

  const id = await house.putOnAir(await host.callId());
  await Promise.all([host, guest].map((person) => person.readsOfAir("Do you want to be seen and heard there")));
  const address = await until("an address for the audience", async () => (await house.programme(id)).programme.hls_url, PATIENCE);
  const viewer = await browser.viewer(address);
  t.after(() => viewer.leave());
  await plays(viewer);
  await seen(viewer, false);

  // The host agrees, the guest refuses first and then changes her mind.
  await host.page.locator("#air-yes").click();
  await guest.page.locator("#air-no").click();
  await host.readsOfAir("ON AIR");
  await guest.readsOfAir("on air without you");
  assert.equal((await inPicture(id, 1)).guests[0].uid, "hedy");
  await guest.page.locator("#air-yes").click();
  await guest.readsOfAir("ON AIR");
  await inPicture(id, 2);
  await seen(viewer, true);

  const steady = await closeBehind(viewer);
  t.diagnostic(`never more than ${steady.behind.toFixed(2)} s behind live in five seconds`);
  assert.deepEqual(steady.errors, []);

  process.kill(await until("the programme's process", () => house.programmeProcess()), "SIGKILL");
  const killed = Date.now();
  await until("another process with both guests, offered anew by their pages", async () => {
    const { status } = (await house.programme(id)).programme;
    const there = status?.guests.filter((g) => g.connected && g.picture).length;
    if (status?.restarts !== 1 || there !== 2) throw new Error(JSON.stringify(status));
    return true;
  }, PATIENCE);
  t.diagnostic(`both guests back ${Date.now() - killed} ms after the kill`);
  await until("the player to play what was made since", async () => {
    const { behind, state } = await viewer.look();
    if (!(state === "live" && behind !== null && Date.now() - behind * 1000 > killed + 1000)) throw new Error(`${state}, ${behind} s`);
    return true;
  }, PATIENCE);
  t.diagnostic(`the player is live again ${Date.now() - killed} ms after the kill`);
  await plays(viewer);
  await seen(viewer, true);
  assert.deepEqual((await viewer.look()).errors.filter((error) => error.fatal), []);
  await Promise.all([host, guest].map((person) => person.readsOfAir("ON AIR")));

  // Who takes it back is out of it, though the call goes on.
  await guest.page.locator("#air-no").click();
  await guest.readsOfAir("on air without you");
  await inPicture(id, 1);
  assert.equal(await guest.page.evaluate(() => window.callboard.call.flowing), true);

  // A room holds the call: its members watch the programme beside the text.
  const desk = await browser.talker(house, "hedy");
  const rita = await browser.talker(house, "rita");
  t.after(() => Promise.all([desk.leave(), rita.leave()]));
  const room = await desk.makeRoom("The evening show");
  await rita.enterRoom("The evening show", room);
  await desk.page.locator("#settings-open").click();
  await desk.page.locator("#settings-acts").getByRole("button", { name: "Bring your call here" }).click();
  await rita.page.locator("#held-watch").click({ timeout: PATIENCE });
  await until("the programme to play beside the text", async () => {
    const frame = rita.page.frames().find((one) => one.url().includes("watch.html"));
    const frames = await frame?.evaluate(() => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames);
    if (!(frames > 60)) throw new Error(`${frames} frames`);
    return true;
  }, PATIENCE);
  await rita.write("what a show");
  await desk.reads("what a show");
  await desk.about("rita", "Invite to the call as a guest");
  await until("rita to be asked", async () => (await rita.text("#notice")) === "hedy invites you to a call: answer on the page of calls.");

  await house.takeOffAir(id);
  await until("the room to have nothing to watch", async () => !(await rita.sees("#held-watch")) && (await rita.sees("#held")), PATIENCE);
  await until("both pages to be off air", async () => !(await host.sees("#air")) && !(await guest.sees("#air")), PATIENCE);
  await until("the audience to be told", async () => {
    const { says } = await viewer.look();
    if (says !== "The programme is over.") throw new Error(says);
    return true;
  }, PATIENCE);

  await host.hangUp();
  await until("the room to let go of the call", async () => !(await rita.sees("#held")), PATIENCE);
  const receipt = await guest.receipt(PATIENCE);
  assert.ok(units(receipt.charge) > 0n, "the call itself was paid");
  await house.reconcile();
  assert.deepEqual([...host.log, ...guest.log, ...viewer.log, ...desk.log, ...rita.log], []);
});
