import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerClock } from "../src/clock.js";
import { figures, LineWatch } from "../src/quality.js";

const inbound = (packetsReceived, packetsLost, bytesReceived) =>
  ({ type: "inbound-rtp", packetsReceived, packetsLost, bytesReceived, jitter: 0.004 });

test("figures are rates between two samples", () => {
  const { figures: first, sample } = figures([inbound(100, 0, 10_000)], null, 1000);
  assert.deepEqual(first, { packets_received: 100, jitter_ms: 4 });
  const pair = { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.0341 };
  const { figures: second } = figures([inbound(290, 10, 110_000), pair], sample, 2000);
  assert.deepEqual(second, { packets_received: 290, jitter_ms: 4, rtt_ms: 34, loss_permille: 50, bitrate_kbps: 800 });
});

test("a line is connected only while packets come", () => {
  const line = new LineWatch(2500);
  assert.equal(line.see(0, 0), "connecting");
  assert.equal(line.see(0, 60_000), "connecting");
  assert.equal(line.see(3, 61_000), "connected");
  assert.equal(line.see(3, 63_000), "connected");
  assert.equal(line.see(3, 64_000), "broken");
  assert.equal(line.see(1, 65_000), "connected", "a new peer connection counts anew");
});

test("the server's clock is known from the quickest answer", () => {
  let now = 1000;
  const clock = new ServerClock(() => now);
  now = 1400;
  clock.learn(new Date(51_200).toISOString(), 1000);
  assert.equal(clock.now(), 51_400);
  now = 2000;
  clock.learn(new Date(60_000).toISOString(), 1000);
  assert.equal(clock.now(), 52_000, "a slow answer does not count against a quick one");
});
