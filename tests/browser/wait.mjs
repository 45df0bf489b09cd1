// Waiting for conditions: no test sleeps for a fixed time and hopes.

/**
 * @template T
 * @param {string} what what is waited for, for the message
 * @param {() => Promise<T> | T} probe done when it gives something truthy
 * @param {number} [ms]
 * @returns {Promise<T>}
 */
export async function until(what, probe, ms = 20_000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}; last: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
