import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomLog } from "../src/room_log.js";

/** Whole numbers below a bound, the same for the same seed. @param {number} seed */
function dice(seed) {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** The house's side: a room as it is, and what it told of its changes. */
class House {
  head = 0;
  messages = new Map();
  members = new Map();
  room = { room_id: "r", name: "0", members: 0, seq: 0 };
  roomSeq = 0;

  /** @param {(below: number) => number} roll */
  change(roll) {
    const seq = ++this.head;
    this.room = { ...this.room, seq };
    const told = { room_id: "r", seq };
    const any = [...this.messages.keys()];
    switch (any.length ? roll(8) : 0) {
      case 0:
      case 1:
      case 2: {
        const message = { seq, changed: seq, author: roll(2) ? "maya" : "felix", client_id: `c${seq}`, body: `said at ${seq}` };
        this.messages.set(seq, message);
        return { ...told, what: "message", message };
      }
      case 3:
      case 4: {
        const place = any[roll(any.length)];
        const message = { ...this.messages.get(place), changed: seq, body: `changed at ${seq}` };
        this.messages.set(place, message);
        return { ...told, what: "changed", message };
      }
      case 5: {
        const member = { uid: `u${roll(5)}`, role: "member", state: roll(2) ? "joined" : "left", since: String(seq) };
        this.members.set(member.uid, { ...member, changed: seq });
        this.room = { ...this.room, members: roll(100) };
        return { ...told, what: "member", member, members: this.room.members };
      }
      case 6:
        this.roomSeq = seq;
        this.room = { ...this.room, name: `named at ${seq}` };
        return { ...told, what: "room", room: this.room };
      default: {
        // Changed, and only the number is told.
        const place = any[roll(any.length)];
        this.messages.set(place, { ...this.messages.get(place), changed: seq, body: `changed at ${seq}` });
        return { ...told, what: "sync" };
      }
    }
  }

  history({ before = Infinity, limit }) {
    const all = [...this.messages.values()].filter((m) => m.seq < before).sort((a, b) => a.seq - b.seq);
    return { items: all.slice(-limit), more: all.length > limit, seq: this.head };
  }

  sync(after, limit) {
    const messages = [...this.messages.values()].filter((m) => m.changed > after).sort((a, b) => a.changed - b.changed);
    const more = messages.length > limit;
    const seq = more ? messages[limit - 1].changed : this.head;
    const members = [...this.members.values()].filter((m) => m.changed > after && m.changed <= seq);
    return {
      messages: messages.slice(0, limit),
      members: members.map(({ changed: _, ...member }) => member),
      room: this.roomSeq > after ? this.room : undefined,
      seq,
      more,
    };
  }
}

/** Begins, or begins anew: the page first, then what is no part of it. */
function begin(log, house) {
  log.start(house.history({ limit: 10 }));
  log.described(house.room);
  log.peopled([...house.members.values()].map(({ changed: _, ...member }) => member), house.head);
}

const all = (house) => [...house.messages.values()].sort((a, b) => a.seq - b.seq);

/** What must be true at any time. */
function sound(log, before) {
  const places = log.messages.map((m) => m.seq);
  assert.deepEqual(places, [...new Set(places)].sort((a, b) => a - b), "in order and each once");
  assert.ok((log.seq ?? 0) >= (before ?? 0), "what is known is not forgotten");
}

test("whatever order, loss and repetition: in the end everything is there once, in order, and as it is", () => {
  for (let seed = 0; seed < 400; seed++) {
    const roll = dice(seed);
    const house = new House();
    for (let n = roll(40); n > 0; n--) house.change(roll);
    const log = new RoomLog("felix");
    /** Told and not yet arrived. */
    let wire = [];
    let started = false;
    for (let step = 0; step < 150; step++) {
      const before = log.seq;
      const what = roll(10);
      if (what < 5) wire.push(house.change(roll));
      else if (what < 8 && wire.length) {
        // From anywhere in what is under way; sometimes it stays and comes again, sometimes it is lost.
        const at = roll(wire.length);
        if (roll(6)) log.receive(wire[at]);
        if (roll(4)) wire.splice(at, 1);
      } else if (!started && what === 8) {
        begin(log, house);
        started = true;
      } else if (started && what === 9) log.synced(house.sync(log.seq, 1 + roll(5)));
      else if (started && log.older !== null) log.prepend(house.history({ before: log.older, limit: 7 }), log.older);
      else if (started && roll(10) === 0) begin(log, house);
      sound(log, before);
    }
    if (!started) begin(log, house);
    log.heard(house.head);
    for (let turns = 0; log.gap; turns++) {
      assert.ok(turns < 500, "a gap can be closed");
      log.synced(house.sync(log.seq, 3));
      sound(log, null);
    }
    while (log.older !== null) log.prepend(house.history({ before: log.older, limit: 7 }), log.older);
    assert.equal(log.seq, house.head, `seed ${seed}`);
    assert.deepEqual(log.messages, all(house), `seed ${seed}`);
    assert.equal(log.room.name, house.room.name, `seed ${seed}`);
    for (const [uid, { changed: _, ...member }] of house.members) assert.deepEqual(log.members.get(uid), member, `seed ${seed}`);
    for (const news of wire) assert.equal(log.receive(news), false, "what comes late changes nothing");
  }
});

const message = (seq, more = {}) => ({ seq, changed: seq, author: "maya", client_id: `c${seq}`, body: `${seq}`, ...more });
const told = (seq, what = "message", more = {}) => ({ room_id: "r", seq, what, message: message(seq, more) });

test("a gap shows, and news fill it as well as a sync does", () => {
  const log = new RoomLog("felix");
  log.start({ items: [message(4)], more: false, seq: 4 });
  log.receive(told(6));
  assert.equal(log.gap, true);
  assert.equal(log.seq, 4);
  log.receive(told(5));
  assert.equal(log.gap, false);
  assert.equal(log.seq, 6);
  log.receive(told(9));
  log.synced({ messages: [message(7)], members: [], seq: 8, more: false });
  assert.equal(log.gap, false);
  assert.deepEqual(log.messages.map((m) => m.seq), [4, 5, 6, 7, 9]);
});

test("a number of which nothing more is told is a gap", () => {
  const log = new RoomLog("felix");
  log.start({ items: [], more: false, seq: 1 });
  log.receive({ room_id: "r", seq: 2, what: "sync" });
  assert.equal(log.gap, true);
  log.synced({ messages: [], members: [], seq: 2, more: false });
  assert.equal(log.gap, false);
});

test("a change of a message that is not shown is not lost when its page comes late", () => {
  const log = new RoomLog("felix");
  log.start({ items: [message(5)], more: true, seq: 5 });
  const page = { items: [message(3)], more: false };
  log.receive({ room_id: "r", seq: 6, what: "changed", message: message(3, { changed: 6, body: "gone" }) });
  assert.deepEqual(log.messages.map((m) => m.seq), [5], "it has its place before what is shown");
  log.prepend(page, 5);
  assert.deepEqual(log.messages.map((m) => m.body), ["gone", "5"]);
});

test("an own message waits until the room has it, however that is learnt, and is never there twice", () => {
  const unsent = (id) => ({ request_id: id, room_id: "r", kind: "text", body: id });
  const mine = (seq, id) => message(seq, { author: "felix", client_id: id });
  const log = new RoomLog("felix");
  log.start({ items: [], more: false, seq: 0 });
  for (const id of ["a", "b", "c", "d"]) log.wait(unsent(id));
  log.wait(unsent("a"));
  assert.equal(log.pending.length, 4);
  log.receive({ room_id: "r", seq: 1, what: "message", message: mine(1, "a") });
  log.took(mine(1, "a"));
  log.took(mine(2, "b"));
  log.synced({ messages: [mine(3, "c")], members: [], seq: 3, more: false });
  assert.deepEqual(log.pending.map((p) => p.message.request_id), ["d"]);
  // Somebody else's app may choose the same id.
  log.receive({ room_id: "r", seq: 4, what: "message", message: message(4, { client_id: "d" }) });
  assert.equal(log.pending.length, 1);
  log.wait(unsent("c"));
  assert.equal(log.pending.length, 1, "what the room has does not wait again");
  assert.deepEqual(log.messages.map((m) => m.client_id), ["a", "b", "c", "d"]);
});

test("what is kept is bounded, and what was let go of can be asked for again", () => {
  const log = new RoomLog("felix");
  log.start({ items: [], more: false, seq: 0 });
  for (let seq = 1; seq <= 1200; seq++) log.receive(told(seq));
  log.trim();
  assert.equal(log.messages.length, 500);
  assert.equal(log.older, 701);
  const items = Array.from({ length: 100 }, (_, n) => message(601 + n));
  log.prepend({ items, more: true }, 701);
  assert.equal(log.messages.length, 600);
  assert.equal(log.older, 601);
  log.prepend({ items, more: true }, 701);
  assert.equal(log.older, 601, "an answer to an older question is not taken");
});
