import assert from "node:assert/strict";
import { test } from "node:test";
import { Delivered } from "../src/delivered.js";

/** A house that hears receipts; `deaf` loses them. */
class House {
  asked = 0;
  heard = [];
  deaf = false;
  #wake = () => {};

  async ask(_service, _verb, { room_id, delivered_seq }) {
    this.asked++;
    this.#wake();
    if (this.deaf) throw new Error("no answer in time");
    this.heard.push([room_id, delivered_seq]);
  }

  async until(asked) {
    while (this.asked < asked) await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
  }
}

function made() {
  const house = new House();
  return { house, delivered: new Delivered(/** @type {any} */ (house)) };
}

test("what comes in one moment is said together, as far as it got", async () => {
  const { house, delivered } = made();
  for (const seq of [3, 4, 6, 5]) delivered.upTo("a", seq);
  delivered.upTo("b", 1);
  await house.until(2);
  assert.deepEqual(house.heard, [["a", 6], ["b", 1]]);
});

test("it is said once, however often it is found", async () => {
  const { house, delivered } = made();
  delivered.upTo("a", 6);
  await house.until(1);
  for (const seq of [6, 2]) delivered.upTo("a", seq);
  delivered.upTo("b", 1);
  await house.until(2);
  delivered.upTo("a", 7);
  await house.until(3);
  assert.deepEqual(house.heard, [["a", 6], ["b", 1], ["a", 7]]);
});

test("what was not heard is said again when it is found again", async () => {
  const { house, delivered } = made();
  house.deaf = true;
  delivered.upTo("a", 6);
  await house.until(1);
  house.deaf = false;
  await new Promise((resolve) => setImmediate(resolve));
  delivered.upTo("a", 6);
  await house.until(2);
  assert.deepEqual(house.heard, [["a", 6]]);
});

test("who is gone says nothing more", async () => {
  const { house, delivered } = made();
  delivered.upTo("a", 6);
  delivered.close();
  // Says it after the moment in which the other would have.
  new Delivered(/** @type {any} */ (house)).upTo("b", 1);
  await house.until(1);
  assert.deepEqual(house.heard, [["b", 1]]);
});
