import assert from "node:assert/strict";
import { test } from "node:test";
import { PushOrder } from "../src/pushes.js";

const push = (seq, ev = `e${seq}`, event = "calls.active") => ({ ev, seq, event, at: "2026-12-11T18:00:00.000Z", data: {} });
const seqs = (pushes) => pushes.map((p) => p.seq ?? p.ev);

test("pushes come out once and in order", () => {
  const order = new PushOrder();
  order.start(4);
  assert.deepEqual(seqs(order.receive(push(5))), [5]);
  assert.deepEqual(seqs(order.receive(push(5))), []);
  assert.deepEqual(seqs(order.receive(push(3))), []);
  assert.deepEqual(seqs(order.receive(push(7))), []);
  assert.equal(order.gap, true);
  assert.deepEqual(seqs(order.receive(push(6))), [6, 7]);
  assert.equal(order.gap, false);
});

test("what comes before the start waits, and what is older than it is dropped", () => {
  const order = new PushOrder();
  assert.deepEqual(order.receive(push(9)), []);
  assert.deepEqual(order.receive(push(11)), []);
  assert.equal(order.gap, false, "nothing is known to be missing before the start");
  assert.deepEqual(seqs(order.start(9)), []);
  assert.equal(order.gap, true);
  assert.deepEqual(seqs(order.receive(push(10))), [10, 11]);
});

test("a sync fills the gap, and numbers that it does not hold never come", () => {
  const order = new PushOrder();
  order.start(1);
  order.receive(push(6));
  assert.deepEqual(seqs(order.synced({ pushes: [push(3), push(2), push(5)], seq: 6, complete: true })), [2, 3, 5]);
  assert.equal(order.seq, 6, "the sync knew of 6 and gave all that there was");
  assert.equal(order.gap, false);
});

test("a sync in parts goes on after the last push of each", () => {
  const order = new PushOrder();
  order.start(0);
  order.receive(push(5));
  assert.deepEqual(seqs(order.synced({ pushes: [push(1), push(2)], seq: 5, complete: false })), [1, 2]);
  assert.equal(order.seq, 2);
  assert.deepEqual(seqs(order.synced({ pushes: [push(3), push(4), push(5)], seq: 5, complete: true })), [3, 4, 5]);
  assert.equal(order.gap, false);
});

test("a live push behind a sync follows it", () => {
  const order = new PushOrder();
  order.start(0);
  order.receive(push(4));
  assert.deepEqual(seqs(order.synced({ pushes: [push(1), push(2), push(3)], seq: 3, complete: true })), [1, 2, 3, 4]);
});

test("unnumbered pushes come at once, each event once for each kind", () => {
  const order = new PushOrder();
  const signal = push(undefined, "x", "calls.signal");
  assert.deepEqual(seqs(order.receive(signal)), ["x"]);
  assert.deepEqual(seqs(order.receive(signal)), []);
  assert.deepEqual(seqs(order.receive(push(undefined, "x", "presence.changed"))), ["x"]);
});

test("what waits is bounded", () => {
  const order = new PushOrder();
  order.start(0);
  for (let seq = 2; seq < 3000; seq++) order.receive(push(seq));
  assert.equal(order.gap, true);
  assert.deepEqual(seqs(order.synced({ pushes: [], seq: 2998, complete: true })), [2999]);
});
