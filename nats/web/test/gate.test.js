import assert from "node:assert/strict";
import { test } from "node:test";
import { ContentGate } from "../src/gate.js";

const at = (ms) => new Date(ms).toISOString();

function gate() {
  const clock = { now: 1_000_000 };
  return { clock, gate: new ContentGate(() => clock.now) };
}

test("nothing flows before the leg is known and metered", () => {
  const { gate: g, clock } = gate();
  assert.equal(g.isOpen(["felix"]), false);
  g.beat([{ payer: "felix", state: "waiting" }], 1);
  assert.equal(g.isOpen(["felix"]), false);
  g.push({ payer: "felix", state: "metered", grant_until: at(clock.now + 60_000) }, 2);
  assert.equal(g.isOpen(["felix"]), true);
  g.push({ payer: "felix", state: "suspended" }, 3);
  assert.equal(g.isOpen(["felix"]), false);
});

test("content stops at the end of the grant, and each grant or beat moves it", () => {
  const { gate: g, clock } = gate();
  g.push({ payer: "felix", state: "metered", grant_until: at(clock.now + 1000) }, 1);
  clock.now += 999;
  assert.equal(g.isOpen(["felix"]), true);
  clock.now += 1;
  assert.equal(g.isOpen(["felix"]), false);
  g.beat([{ payer: "felix", state: "metered", grant_until: at(clock.now + 500) }], 2);
  assert.equal(g.isOpen(["felix"]), true);
  assert.equal(g.deadline, clock.now + 500);
  clock.now += 500;
  assert.equal(g.isOpen(["felix"]), false);
  g.push({ payer: "felix", state: "metered", grant_until: at(clock.now + 500) }, 3, false);
  assert.equal(g.isOpen(["felix"]), true);
});

test("a grant does not wake a suspended leg", () => {
  const { gate: g, clock } = gate();
  g.push({ payer: "felix", state: "suspended" }, 1);
  g.push({ payer: "felix", state: "metered", grant_until: at(clock.now + 1000) }, 2, false);
  assert.equal(g.isOpen(["felix"]), false);
});

test("the answer to a beat that was sent before a push does not undo it", () => {
  const { gate: g, clock } = gate();
  const until = at(clock.now + 60_000);
  g.push({ payer: "felix", state: "metered", grant_until: until }, 10);
  g.push({ payer: "felix", state: "suspended" }, 30);
  g.beat([{ payer: "felix", state: "metered", grant_until: until }], 20);
  assert.equal(g.isOpen(["felix"]), false);
  g.beat([{ payer: "felix", state: "metered", grant_until: until }], 40);
  assert.equal(g.isOpen(["felix"]), true);
});

test("between two who pay both legs must be open", () => {
  const { gate: g } = gate();
  g.push({ payer: "ann", state: "metered" }, 1);
  assert.equal(g.isOpen(["ann", "bob"]), false);
  g.push({ payer: "bob", state: "metered" }, 2);
  assert.equal(g.isOpen(["ann", "bob"]), true);
  g.close();
  assert.equal(g.isOpen(["ann"]), false);
});

test("a time that cannot be read shuts, it does not open for ever", () => {
  const { gate: g } = gate();
  g.push({ payer: "felix", state: "metered", grant_until: "soon" }, 1);
  assert.equal(g.isOpen(["felix"]), false);
});
