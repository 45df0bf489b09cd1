import assert from "node:assert/strict";
import { test } from "node:test";
import "./webcrypto.js";
import { ApiError } from "../src/errors.js";
import { RoomLog } from "../src/room_log.js";
import { Sender } from "../src/sender.js";

class Store extends Map {
  get length() {
    return this.size;
  }
  key(n) {
    return [...this.keys()][n] ?? null;
  }
  getItem(key) {
    return this.get(key) ?? null;
  }
  setItem(key, value) {
    this.set(key, value);
  }
  removeItem(key) {
    this.delete(key);
  }
}

/** A house that takes each message once, and of which the line loses requests and answers. */
class House {
  uid = "felix";
  status = "connected";
  taken = [];
  /** What becomes of the next requests: `lost`, `unanswered`, `refused`; then all goes well. */
  fate = [];

  async ask(_service, _verb, message) {
    const fate = this.fate.shift();
    if (fate === "refused") throw new ApiError({ code: "forbidden", message: "you are muted" });
    const before = this.taken.find((m) => m.client_id === message.request_id);
    const seq = before?.seq ?? this.taken.length + 1;
    const view = before ?? { seq, changed: seq, author: this.uid, client_id: message.request_id, body: message.body };
    if (!before && fate !== "lost") this.taken.push(view);
    if (fate) throw new ApiError({ code: "timeout", message: "no answer in time", retry_after_ms: 1 });
    return view;
  }
}

function made(house, store) {
  const log = new RoomLog(house.uid);
  const seen = { refused: 0 };
  let done = () => {};
  const on = { change: () => done(), refused: () => seen.refused++ };
  const sender = new Sender(/** @type {any} */ (house), "r", log, /** @type {any} */ (store), on);
  const until = (fits) => new Promise((resolve) => {
    done = () => fits() && resolve(undefined);
    done();
  });
  return { log, sender, seen, until };
}

test("whatever the line loses, each message is taken once and in order", async () => {
  const house = new House();
  const store = new Store();
  const { log, sender, until } = made(house, store);
  log.start({ items: [], more: false, seq: 0 });
  house.fate = ["lost", "unanswered", "unanswered", "", "lost", "lost"];
  for (let n = 0; n < 5; n++) sender.send({ body: `${n}` });
  await until(() => log.pending.length === 0);
  assert.deepEqual(house.taken.map((m) => m.body), ["0", "1", "2", "3", "4"]);
  assert.deepEqual(log.messages.map((m) => m.body), ["0", "1", "2", "3", "4"]);
  assert.equal(store.size, 0, "nothing is kept that the room has");
});

test("what was taken without an answer and what was never sent are there once after a reload", async () => {
  const house = new House();
  const store = new Store();
  const before = made(house, store);
  house.status = "closed";
  house.fate = ["unanswered"];
  before.sender.send({ body: "taken" });
  before.sender.send({ body: "never sent" });
  await Promise.resolve();
  before.sender.close();
  assert.equal(store.size, 2);

  house.status = "connected";
  const { log, sender, until } = made(house, store);
  sender.resume();
  assert.equal(log.pending.length, 2);
  log.start({ items: [...house.taken], more: false, seq: 1 });
  sender.tidy();
  assert.equal(store.size, 1, "the page of messages shows that one is taken");
  sender.pump();
  await until(() => log.pending.length === 0);
  assert.deepEqual(log.messages.map((m) => m.body), ["taken", "never sent"]);
  assert.deepEqual(house.taken.length, 2);
  assert.equal(store.size, 0);
});

test("what is refused stays until its author tries again or drops it, and holds nothing up", async () => {
  const house = new House();
  const store = new Store();
  const { log, sender, seen, until } = made(house, store);
  log.start({ items: [], more: false, seq: 0 });
  house.fate = ["refused", "", "refused"];
  sender.send({ body: "rude" });
  sender.send({ body: "kind" });
  sender.send({ body: "rude again" });
  await until(() => log.pending.every((p) => p.state === "refused") && house.taken.length === 1);
  assert.deepEqual(log.pending.map((p) => [p.message.body, p.why]), [["rude", "you are muted"], ["rude again", "you are muted"]]);
  assert.equal(seen.refused, 2);
  sender.discard(log.pending[0].message.request_id);
  sender.retry(log.pending[0].message.request_id);
  await until(() => log.pending.length === 0);
  assert.deepEqual(log.messages.map((m) => m.body), ["kind", "rude again"]);
  assert.equal(store.size, 0);
});

test("another page of the same person keeps what is its own", () => {
  const house = new House();
  const store = new Store();
  house.ask = () => new Promise(() => undefined);
  const [one, other] = [made(house, store), made(house, store)];
  one.sender.send({ body: "mine" });
  other.sender.tidy();
  assert.equal(store.size, 1);
  one.sender.draft = "half";
  assert.equal(other.sender.draft, "half");
});
