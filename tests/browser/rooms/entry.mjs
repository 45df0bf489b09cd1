// Must always hold: what entering costs is said before it is paid, is paid once, and is not paid by who cannot; who has to wait waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../wait.mjs";
import { house, talkers } from "./stack.mjs";

const wallet = async (uid, what) => (await house.wallet(uid))[what];

test("a VIP room with 50 coins entry: the page names the price, asks, pays once; who cannot pay is told so; closed too early it is paid back", { timeout: 120_000 }, async (t) => {
  await Promise.all([house.topup("vera", "60"), house.topup("paul", "49")]);
  const [ines, vera, paul] = await talkers(t, "ines", "vera", "paul");
  const id = await ines.makeRoom("The VIP lounge", { access: "paid", fee: "50", hours: "2", category: "music" });
  await vera.toDoor("The VIP lounge");
  const about = await vera.text("#door-about");
  for (const words of ["of ines", "music", "50 coins to enter", "open until"]) assert.ok(about.includes(words), about);
  await vera.shows("#balance", /^60\.00 coins$/);
  await vera.atDoor("Pay 50 coins and enter");
  await vera.inRoom(id);
  await vera.shows("#balance", /^10\.00 coins$/);
  await until("the host to have her part", async () => (await wallet("ines", "earnings")) === "40.0000");

  await paul.toDoor("The VIP lounge");
  await paul.atDoor("Pay 50 coins and enter");
  await paul.told(/coins/);
  assert.equal(await paul.sees("#door"), true);
  assert.equal(await wallet("paul", "posted"), "49.0000");

  await ines.page.locator("#settings-open").click();
  await ines.page.locator("#settings-acts").getByRole("button", { name: "Close it for good" }).click();
  await ines.page.locator("#menu").getByRole("button", { name: "Close it", exact: true }).click();
  await vera.shows("#balance", /^60\.00 coins$/);
  await house.reconcile();
});

test("who comes to a room with a lobby knocks and waits until the host lets him in; who is invited is asked", { timeout: 120_000 }, async (t) => {
  const [hana, timo, wim] = await talkers(t, "hana", "timo", "wim");
  const id = await hana.makeRoom("The small circle");
  const settings = async (lobby) => {
    await hana.page.locator("#settings-open").click();
    await hana.page.locator("#settings-form [name=lobby]").setChecked(lobby);
    await hana.page.locator("#settings-form").getByRole("button", { name: "Save" }).click();
    await until("it to be saved", async () => !(await hana.sees("#settings")));
  };
  await settings(true);
  for (const one of [timo, wim]) {
    await one.toDoor("The small circle");
    await one.atDoor("Ask to be let in");
    await one.shows("#door-standing", /^You wait in the lobby/);
  }
  await hana.shows("#people-open", /2 wait/);
  await hana.page.locator("#people-open").click();
  const waits = (uid, answer) => hana.page.locator("#waiting li", { hasText: `${uid} waits` }).getByRole("button", { name: answer }).click();
  await waits("timo", "Let in");
  await timo.inRoom(id);
  await waits("wim", "Turn away");
  await until("wim not to wait any more", async () => !/wait in the lobby/.test(await wim.text("#door-standing")));
  await hana.page.locator("#people").getByRole("button", { name: "Close" }).click();
  await timo.write("thank you");
  await hana.reads("thank you");

  await settings(false);
  await hana.page.locator("#people-open").click();
  await hana.page.locator("#invite [name=uid]").fill("wim");
  await hana.page.locator("#invite button").click();
  await hana.told("wim is invited");
  await wim.shows("#door-standing", /^You are invited/);
  await wim.atDoor("Enter");
  await wim.inRoom(id);
});
