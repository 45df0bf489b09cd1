// Must always hold: what those who keep order in a room impose shows in under a second, and who is out hears nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../wait.mjs";
import { house, inRoom } from "./stack.mjs";

test("what those who keep order do shows in under a second: staff mutes, the host locks and takes out", { timeout: 180_000 }, async (t) => {
  const { host, guest, id } = await inRoom(t, "mila", "gus", "The order of things");
  await guest.write("I shout");
  await host.reads("I shout");

  await guest.watchForMute();
  const { sanction } = await house.mute("gus", id, "10m");
  const took = (await guest.mutedAt()) - Date.parse(sanction.from);
  assert.ok(took < 1000, `the mute showed after ${took} ms`);
  assert.match(await guest.text("#standing"), /^You are muted until/);
  assert.equal(await guest.closed(), true);
  await house.lift(sanction.sanction_id);
  await until("the mute to be gone", async () => !(await guest.closed()));

  await guest.watchForMute();
  await host.about("gus", "Mute");
  const since = Date.now();
  await host.page.locator("#sanction-do").click();
  const again = (await guest.mutedAt()) - since;
  assert.ok(again < 1000, `the host's mute showed after ${again} ms`);
  await until("it to be done", async () => (await host.text("#notice")).startsWith("Done"));
  await host.about("gus", "Unmute");
  await until("the host's mute to be gone", async () => !(await guest.closed()));

  await host.page.locator("#settings-open").click();
  await host.page.locator("#settings-form [name=locked]").check();
  await host.page.locator("#settings-form").getByRole("button", { name: "Save" }).click();
  await until("gus to be told that it is locked", async () => /locked: you may read/.test(await guest.text("#standing")) && (await guest.closed()));
  await host.write("quiet, please");
  await guest.reads("quiet, please");

  await host.about("gus", "Take out");
  await host.page.locator("#sanction-do").click();
  await until("gus to be outside", async () => (await guest.sees("#door")) && /taken out/.test(await guest.text("#door-standing")));
});

test("who has a ticket hears a room on a second connection, until he is banned", { timeout: 120_000 }, async (t) => {
  const { host, guest, id } = await inRoom(t, "mei", "hugo", "The big hall");
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
