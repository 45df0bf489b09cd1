// What a running call has cost so far, for people to look at. The house's own meter is what counts; this repeats its rule
// (whole units of 1/10 000 coin in BigInt, the cumulative charge of the connected time).

const UNITS = 10_000n;

/** @param {string} text a decimal string @returns {bigint} */
export function units(text) {
  const [whole, fraction = ""] = text.replace("-", "").split(".");
  const value = BigInt(whole) * UNITS + BigInt((fraction + "0000").slice(0, 4));
  return text.startsWith("-") ? -value : value;
}

/** @param {bigint} value @param {number} [decimals] */
export function coins(value, decimals = 4) {
  const magnitude = value < 0n ? -value : value;
  const text = `${magnitude / UNITS}.${String(magnitude % UNITS).padStart(4, "0").slice(0, decimals)}`;
  return `${value < 0n ? "-" : ""}${decimals ? text : text.slice(0, -1)}`;
}

/**
 * The charge of so much connected time if the payer ends it now.
 * @param {any} tariff as it stands in the call
 * @param {number} connectedMs
 * @returns {bigint} units
 */
export function charge(tariff, connectedMs) {
  const connected = BigInt(Math.max(0, Math.floor(connectedMs)));
  if (connected === 0n) return 0n;
  let usage;
  if (tariff.flat) {
    usage = units(tariff.flat.price);
    if (tariff.flat.overrun === "metered") usage += metered(tariff, connected - minutesMs(tariff.flat.minutes), 0n);
  } else {
    usage = metered(tariff, connected - BigInt(tariff.free_s ?? 0) * 1000n, units(tariff.minimum ?? "0"));
  }
  return units(tariff.connect_fee ?? "0") + usage;
}

/** @param {any} tariff @param {bigint} ms @param {bigint} minimum */
function metered(tariff, ms, minimum) {
  if (ms <= 0n) return 0n;
  const [first, further] = (tariff.increment ?? "1/1").split("/").map(BigInt);
  const rest = ms - first * 1000n;
  const billed = rest <= 0n ? first : first + ceil(rest, further * 1000n) * further;
  const usage = (2n * units(tariff.rate) * billed + 60n) / 120n;
  return usage > minimum ? usage : minimum;
}

/** @param {number | string} minutes */
function minutesMs(minutes) {
  const [whole, fraction = ""] = String(minutes).split(".");
  const scale = 10n ** BigInt(fraction.length);
  return (BigInt(whole + fraction) * 60_000n) / scale;
}

/** @param {bigint} a @param {bigint} b */
const ceil = (a, b) => (a + b - 1n) / b;

/** Connected time from starts and stops, for the timer on the screen. */
export class Stopwatch {
  #before = 0;
  /** @type {number | null} */
  #since = null;

  /** @param {number} at */
  start(at) {
    this.#since ??= at;
  }

  /** @param {number} at */
  stop(at) {
    if (this.#since !== null) this.#before += Math.max(0, at - this.#since);
    this.#since = null;
  }

  /** @param {number} now */
  elapsed(now) {
    return this.#before + (this.#since === null ? 0 : Math.max(0, now - this.#since));
  }
}
