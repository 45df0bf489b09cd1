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

/** @param {import("./call.js").Call} call */
export function stateText(call) {
  const { state } = call.view;
  if (call.over) return reasonText(call.view.end_reason);
  if (state === "pending") return "Ringing…";
  if (call.flowing) return "Connected";
  if (state === "accepted") return "Connecting…";
  return call.gate.deadline === null ? "Paused: somebody's line is gone" : "Paused: waiting for more coins";
}

/** @param {number} ms */
export function minutesSeconds(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

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
