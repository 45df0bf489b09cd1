// What the page says, in words.

import { coins, units } from "./cost.js";

const REASONS = {
  payer_hung_up: "The caller hung up",
  payee_hung_up: "The creator hung up",
  cut_off: "The coins ran out",
  line_lost: "The line was lost",
  minutes_up: "The time is up",
  staff: "Ended by the house",
  sanction: "Ended by the house",
  rejected: "Declined",
  cancelled: "Cancelled",
  missed: "Nobody answered",
  expired: "It never started",
};

/** @param {string | undefined} reason */
export const reasonText = (reason) => REASONS[reason ?? ""] ?? "The call is over";

/** Why a call is over for one who was in it. @param {import("./call.js").Call} call */
export function endText(call) {
  if (call.view.end_reason) return reasonText(call.view.end_reason);
  return call.removed ? "You were taken out of the call" : "You left the call";
}

/** @param {import("./call.js").Call} call */
export function stateText(call) {
  const { state } = call.view;
  if (call.over) return endText(call);
  if (state === "pending") return "Ringing…";
  if (call.flowing) return "Connected";
  if (state === "accepted") return "Connecting…";
  return call.gate.deadline === null ? "Paused: somebody's line is gone" : "Paused: waiting for more coins";
}

/**
 * How a call on air is for one who is in it.
 * @param {import("./stage.js").Stage} stage
 * @returns {{badge: string, text: string, asks: boolean}} `asks` while there is no answer yet
 */
export function airText({ view, connected }) {
  if (!view) return { badge: "", text: "", asks: false };
  const live = view.state === "on_air";
  if (view.consent === "asked") {
    const when = live ? "is on air" : "is to go on air";
    return { badge: "", text: `This call ${when}: an audience sees and hears everybody who agrees. Do you want to be seen and heard there?`, asks: true };
  }
  if (view.consent === "refused") {
    return { badge: "", text: live ? "The call is on air without you." : "The call goes on air without you.", asks: false };
  }
  if (view.state === "interrupted") return { badge: "", text: "The programme is interrupted. It goes on by itself.", asks: false };
  if (!live) return { badge: "", text: "The programme starts soon. You will be in it.", asks: false };
  if (view.part === "none") return { badge: "", text: "The call is on air. You watch and listen.", asks: false };
  if (!connected) return { badge: "", text: "Connecting to the programme…", asks: false };
  return { badge: "ON AIR", text: view.part === "sound" ? "The audience hears you." : "The audience sees and hears you.", asks: false };
}

/** @param {number} ms */
export function minutesSeconds(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const WATCHED = {
  opening: "One moment…",
  none: "Nothing is on air here now. If the programme is yet to come, it starts here by itself.",
  live: "",
  waiting: "The programme is interrupted. It goes on by itself.",
  over: "The programme is over.",
  refused: "This address is not good, or not any more. Ask for a new one.",
  away: "The programme cannot be reached. Trying again…",
};

/** What the audience's page says. @param {import("./player.js").PlayerState} state */
export const watchText = (state) => WATCHED[state];

/** What somebody asks for a kind. @param {any} creator @param {string} kind */
export function offer(creator, kind) {
  const rate = creator.rates[kind];
  if (!rate) return creator.tariff;
  return creator.tariff.includes("flat") ? `${coins(units(rate), 2)} coins` : `${coins(units(rate), 2)} coins a minute`;
}

/** @param {any} quality */
export function figuresText(quality) {
  const parts = [];
  if (quality.rtt_ms !== undefined) parts.push(`${quality.rtt_ms} ms`);
  if (quality.loss_permille !== undefined) parts.push(`${quality.loss_permille / 10} % lost`);
  if (quality.bitrate_kbps !== undefined) parts.push(`${quality.bitrate_kbps} kbit/s`);
  return parts.join(" · ");
}
