// Files on their way to a message: a place is asked for, the bytes go there by themselves, and the house says what it found.

import { ApiError } from "./errors.js";

/** @typedef {"image" | "gif" | "voice" | "video"} FileKind */

/** What a file will be as a message, by its type; null where it cannot be sent. @param {string} type @returns {FileKind | null} */
export function kindOf(type) {
  const [family] = type.split("/");
  if (type === "image/gif") return "gif";
  if (family === "image") return "image";
  if (family === "audio") return "voice";
  if (family === "video") return "video";
  return null;
}

/**
 * Uploads a file for a room.
 * @param {import("./client.js").Client} client
 * @param {string} room
 * @param {FileKind} kind
 * @param {Blob} file
 * @returns {Promise<any>} what the house found it to be
 */
export async function upload(client, room, kind, file) {
  const type = file.type.split(";")[0];
  const name = "name" in file ? { name: String(file.name).slice(0, 120) } : {};
  for (let attempt = 1; ; attempt++) {
    // An address takes one upload: whoever tries again asks for another.
    const place = await client.change("chat", "upload_start", { room_id: room, kind, content_type: type, bytes: file.size, ...name });
    try {
      await put(place.url, file, type);
    } catch (error) {
      if (attempt < 3 && error.retryable) continue;
      throw error;
    }
    return client.change("chat", "upload_done", { attachment_id: place.attachment_id });
  }
}

/** @param {string} url @param {Blob} file @param {string} type */
async function put(url, file, type) {
  let response;
  try {
    response = await fetch(url, { method: "PUT", body: file, headers: { "content-type": type }, referrerPolicy: "no-referrer" });
  } catch (cause) {
    throw new ApiError({ code: "unavailable", message: `the file did not arrive: ${cause.message}` });
  }
  if (response.ok) return;
  const said = await response.json().catch(() => ({}));
  const { code = response.status >= 500 ? "unavailable" : "bad_request", message = String(response.status) } = said;
  throw new ApiError({ code, message: `the file was not taken: ${message}` });
}
