// One private stack and one Chromium for all tests of rooms.

import { after, before } from "node:test";
import { Browser } from "../browser.mjs";
import { House } from "../house.mjs";

/** @type {House} */
export let house;
/** @type {Browser} */
export let browser;

before(async () => {
  house = await House.up();
  browser = await Browser.launch();
}, { timeout: 240_000 });

after(async () => {
  await browser?.close();
  await house?.down();
}, { timeout: 120_000 });

/** People at the page of rooms, until the test is over. @param {any} t @param {...string} uids */
export async function talkers(t, ...uids) {
  const people = await Promise.all(uids.map((uid) => browser.talker(house, uid)));
  t.after(() => Promise.all(people.map((one) => one.leave())));
  return people;
}

/** Two people in a room of the first. @param {any} t @param {string} hostName @param {string} guestName @param {string} name */
export async function inRoom(t, hostName, guestName, name) {
  const [host, guest] = await talkers(t, hostName, guestName);
  const id = await host.makeRoom(name);
  await guest.enterRoom(name, id);
  return { host, guest, id };
}

/** Texts in the order of the page. @param {any} talker */
export const texts = async (talker) => (await talker.messages()).filter((m) => m.kind === "text").map((m) => m.text);
