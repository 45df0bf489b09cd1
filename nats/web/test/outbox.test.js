import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../src/outbox.js";

class Store extends Map {
  full = false;
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
    if (this.full) throw new Error("full");
    this.set(key, value);
  }
  removeItem(key) {
    this.delete(key);
  }
}

const unsent = (id, room = "r") => ({ request_id: id, room_id: room, kind: "text", body: id });
const ids = (box) => box.unsent.map((m) => m.request_id);

test("what was not acknowledged is there after a reload, in the order in which it was written", () => {
  const store = new Store();
  const box = new Outbox(store, "felix", "r");
  for (const id of ["c", "a", "b"]) box.add(unsent(id));
  box.remove("a");
  assert.deepEqual(ids(new Outbox(store, "felix", "r")), ["c", "b"]);
});

test("rooms and people do not see each other's", () => {
  const store = new Store();
  new Outbox(store, "felix", "r").add(unsent("a"));
  new Outbox(store, "felix", "r").draft = "hello";
  for (const other of [new Outbox(store, "felix", "r2"), new Outbox(store, "feli", "r"), new Outbox(store, "maya", "r")]) {
    assert.deepEqual(ids(other), []);
    assert.equal(other.draft, "");
  }
  assert.equal(new Outbox(store, "felix", "r").draft, "hello");
});

test("a store that takes nothing costs nothing but the safety net", (t) => {
  const warned = t.mock.method(console, "warn", () => undefined);
  const store = new Store();
  store.full = true;
  const box = new Outbox(store, "felix", "r");
  box.add(unsent("a"));
  box.draft = "hello";
  assert.equal(warned.mock.callCount(), 2);
  assert.deepEqual(ids(box), []);
});

test("what others wrote into the store is passed over", () => {
  const store = new Store([["callboard.unsent.felix.r.x", "{"], ["something", "else"]]);
  const box = new Outbox(store, "felix", "r");
  box.add(unsent("a"));
  assert.deepEqual(ids(box), ["a"]);
});
