import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { charge, coins, Stopwatch, units } from "../src/cost.js";

const { tariff_cases: cases } = JSON.parse(await readFile(new URL("../../../tests/vectors/money.json", import.meta.url), "utf8"));

test("the running cost is the worked cases' charge wherever the whole rule applies", () => {
  let looked = 0;
  for (const { name, tariff, timeline, expect } of cases) {
    const byPayer = expect.outcome === "ended" && (timeline.find((e) => e.event === "end")?.by ?? "payer") === "payer";
    if (!byPayer && !["exhausted", "completed"].includes(expect.outcome)) continue;
    const connected = Math.round(Number(expect.connected_s) * 1000);
    assert.equal(coins(charge(tariff, connected)), expect.charge, name);
    looked += 1;
  }
  assert.ok(looked > 30, `only ${looked} cases`);
});

test("amounts keep their digits", () => {
  assert.equal(coins(units("12.5")), "12.5000");
  assert.equal(coins(units("-0.0001")), "-0.0001");
  assert.equal(coins(units("1000000000000.1234"), 2), "1000000000000.12");
});

test("the stopwatch counts only between starts and stops", () => {
  const watch = new Stopwatch();
  watch.start(1000);
  watch.start(1500);
  watch.stop(3000);
  watch.stop(4000);
  watch.start(10_000);
  assert.equal(watch.elapsed(11_000), 3000);
});
