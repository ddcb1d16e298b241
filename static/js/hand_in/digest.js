// The SHA-256 of a file, made here: the server is asked for it before the file is sent.

const LARGEST = 60e6; // bytes; it is held in memory whole

/** In hexadecimal; null where the browser may not (no https) or the file is too large or cannot be read. */
export async function digestOf(file) {
  if (!globalThis.crypto?.subtle || file.size > LARGEST) return null;
  try {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    return null;
  }
}
