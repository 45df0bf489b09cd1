// One message as an element of the page. All that people wrote is put in as text.

import { button, element, theirs } from "./dom.js";
import { clock, deletedText, giftText, lengthText, lineOf, partsOf, pendingText } from "./rooms_words.js";

/** @typedef {import("./room_log.js").Message} Message */
/** @typedef {import("./room_log.js").Pending} Pending */
/**
 * @typedef {object} Hands what can be done with a message
 * @property {string} uid who looks at it
 * @property {(message: Message) => void} menu
 * @property {(uid: string) => void} person
 * @property {(message: Message, emoji: string, on: boolean) => void} react
 * @property {(seq: number) => void} go
 * @property {(attachment: any) => Promise<any>} fresh new links to a file
 * @property {(id: string) => void} retry
 * @property {(id: string) => void} discard
 */

/** Links that come with news are good for five minutes; a bit less is counted on. */
const LINK_MS = 4 * 60_000;
/** As wide as the small pictures that the house makes. */
const WIDEST_PX = 320;

/**
 * @param {Message} message
 * @param {{answers?: Message, receipt?: string, hidden?: boolean}} how what it answers, how far it got, and whether it comes from somebody blocked
 * @param {Hands} hands
 */
export function messageView(message, { answers, receipt, hidden }, hands) {
  const mine = message.author === hands.uid;
  const row = element("li", `message${mine ? " mine" : ""}`);
  row.dataset.seq = String(message.seq);
  row.dataset.id = message.message_id;
  row.dataset.kind = message.kind;
  row.tabIndex = -1;
  row.setAttribute("aria-label", `${message.author}, ${clock(message.at)}: ${hidden ? "blocked" : lineOf(message)}`);
  if (message.kind === "notice") {
    row.classList.add("happened");
    row.append(theirs("span", "body small", message.body));
    return row;
  }
  row.append(meta(message, hands));
  if (message.kind === "gift") row.classList.add("gift");
  if (message.mentions?.includes(hands.uid)) row.classList.add("told");
  if (hidden) {
    const show = button("Show what somebody blocked wrote", () => {
      show.remove();
      row.append(...content(message, answers, hands));
    });
    row.append(show);
  } else row.append(...content(message, answers, hands));
  const more = button("⋯", () => hands.menu(message), "plain more");
  more.setAttribute("aria-label", "What to do with this message");
  row.append(more);
  if (receipt) row.append(element("span", "receipt", receipt));
  return row;
}

/** @param {Pending} pending @param {Hands} hands */
export function pendingView(pending, hands) {
  const { message, state } = pending;
  const row = element("li", "message mine waits");
  row.dataset.request = message.request_id;
  row.append(theirs("div", "body", message.body || message.kind), element("span", state === "refused" ? "refused" : "receipt", pendingText(pending)));
  if (state === "refused") {
    const acts = element("div", "row");
    acts.append(button("Try again", () => hands.retry(message.request_id)), button("Drop", () => hands.discard(message.request_id)));
    row.append(acts);
  }
  return row;
}

/** @param {Message} message @param {Hands} hands */
function meta(message, hands) {
  const line = element("div", "meta");
  const name = button(message.author, () => hands.person(message.author), "name");
  const time = element("time", "", clock(message.at));
  time.dateTime = message.at;
  line.append(name, time);
  if (message.edited_at && !message.deleted_at) line.append(element("span", "edited", "edited"));
  if (message.pinned) line.append(element("span", "", "pinned"));
  if (message.held) line.append(element("span", "held", "waits for review"));
  return line;
}

/** @param {Message} message @param {Message | undefined} answers @param {Hands} hands @returns {HTMLElement[]} */
function content(message, answers, hands) {
  if (message.deleted_at) return [element("div", "body gone", deletedText(message))];
  const nodes = [];
  if (message.reply_to) nodes.push(quote(message.reply_to, answers, hands));
  if (message.attachment) nodes.push(attachmentView(message.attachment, message.kind, hands));
  if (message.kind === "gift") nodes.push(theirs("div", "body", giftText(message)));
  if (message.kind === "encrypted") nodes.push(element("div", "body gone", "An encrypted message; this page has no key for it."));
  else if (message.body) nodes.push(body(message, hands));
  if (message.reactions?.length) nodes.push(reactions(message, hands));
  return nodes;
}

/** @param {Message} message @param {Hands} hands */
function body(message, hands) {
  const made = theirs("div", "body", "");
  made.append(...partsOf(message.body, message.mentions).map(({ text, uid }) => (uid ? button(text, () => hands.person(uid), "name mention") : text)));
  return made;
}

/** @param {number} seq @param {Message | undefined} answers @param {Hands} hands */
function quote(seq, answers, hands) {
  const made = theirs("blockquote", "", answers ? `${answers.author}: ${lineOf(answers)}` : "An older message");
  made.addEventListener("click", () => hands.go(seq));
  return made;
}

/** @param {Message} message @param {Hands} hands */
function reactions(message, hands) {
  const made = element("div", "reactions");
  for (const { emoji, count, uids } of message.reactions ?? []) {
    const own = uids.includes(hands.uid);
    const one = button(`${emoji} ${count}`, () => hands.react(message, emoji, !own));
    one.dataset.emoji = emoji;
    one.setAttribute("aria-pressed", String(own));
    one.title = uids.join(", ");
    made.append(one);
  }
  return made;
}

/** @param {any} attachment @param {string} kind @param {Hands} hands @returns {HTMLElement} */
function attachmentView(attachment, kind, hands) {
  let current = attachment;
  let until = Date.now() + LINK_MS;
  const links = async () => {
    if (Date.now() >= until) {
      current = await hands.fresh(attachment);
      until = Date.now() + LINK_MS;
    }
    return current;
  };
  if (kind === "voice") return player("audio", attachment, links);
  if (kind === "video") return player("video", attachment, links);
  const picture = element("img");
  picture.alt = "A picture";
  picture.referrerPolicy = "no-referrer";
  picture.loading = "lazy";
  // The place is kept before the picture is there: what comes later must not push what is being read.
  const { width = 0, height = 0 } = attachment;
  const scale = Math.min(1, WIDEST_PX / width);
  if (width && height) Object.assign(picture, { width: Math.round(width * scale), height: Math.round(height * scale) });
  picture.style.height = "auto";
  const small = (view) => address((kind === "gif" ? view.url : view.thumbnail_url) ?? view.url);
  const again = failsOnce(() => hands.fresh(attachment).then((view) => (picture.src = small(view))));
  picture.addEventListener("error", again);
  picture.src = small(attachment);
  const open = button("", async () => window.open(address((await links()).url), "_blank", "noopener,noreferrer"), "plain");
  open.setAttribute("aria-label", "Open the picture");
  open.append(picture);
  return open;
}

/** @param {"audio" | "video"} name @param {any} attachment @param {() => Promise<any>} links */
function player(name, attachment, links) {
  const box = element("div");
  const made = element(name);
  made.controls = true;
  made.preload = "none";
  made.playsInline = true;
  made.src = address(attachment.url);
  if (name === "video" && attachment.thumbnail_url) made.poster = address(attachment.thumbnail_url);
  made.addEventListener("play", async () => {
    if (made.currentTime > 0) return;
    const { url } = await links();
    if (made.src === address(url)) return;
    made.src = address(url);
    made.play().catch(() => undefined);
  });
  box.append(made);
  const length = lengthText(attachment);
  if (length) box.append(element("span", "small muted", length));
  return box;
}

/** Only what can be fetched: nothing that runs. @param {string} url */
function address(url) {
  return /^https?:\/\//.test(url) ? url : "about:blank";
}

/** @param {() => Promise<unknown>} act */
function failsOnce(act) {
  let tried = false;
  return () => {
    if (tried) return;
    tried = true;
    act().catch(() => undefined);
  };
}
