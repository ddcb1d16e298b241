// Which servers the extension may ask. None at first: each is asked for when it is needed, and can be given back.

/** The pattern of a server. Without its port: Firefox knows no ports here. */
export function patternOf(address) {
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

/** Ask the person. Browsers allow it only straight after a click: nothing may be awaited before. */
export function request(address) {
  return chrome.permissions.request({ origins: [patternOf(address)] });
}

export function has(address) {
  return chrome.permissions.contains({ origins: [patternOf(address)] });
}

export async function granted() {
  return (await chrome.permissions.getAll()).origins ?? [];
}

/** False where the browser or its owner prescribes the access. */
export function giveBack(patterns) {
  return patterns.length ? chrome.permissions.remove({ origins: patterns }).catch(() => false) : false;
}
