// What can go wrong with a request, as one type: the house's refusals and the line's failures alike.

/** Codes that mean "try the same again": nothing was refused, the answer is only not there yet. */
const RETRY = new Set(["unavailable", "rate_limited", "timeout"]);

export class ApiError extends Error {
  /** @param {{code: string, message: string, field?: string, retry_after_ms?: number}} error */
  constructor({ code, message, field, retry_after_ms: retryAfterMs }) {
    super(message);
    this.name = "ApiError";
    /** One of the contract's codes; `timeout` if no answer came. */
    this.code = code;
    this.field = field;
    this.retryAfterMs = retryAfterMs;
  }

  get retryable() {
    return RETRY.has(this.code);
  }
}

/**
 * The content of `ok`, or the refusal thrown.
 * @param {unknown} answer
 */
export function unwrap(answer) {
  if (answer && typeof answer === "object") {
    if ("ok" in answer) return answer.ok;
    if ("error" in answer) throw new ApiError(/** @type {any} */ (answer.error));
  }
  throw new ApiError({ code: "internal", message: "the answer is neither ok nor error" });
}
