// What is to be checked, from the click until the browser closes. It lies in memory and is never written to a disk.

export async function begin(job) {
  const id = crypto.randomUUID();
  await chrome.storage.session.set({ [id]: job });
  return id;
}

export async function jobOf(id) {
  return id ? (await chrome.storage.session.get(id))[id] : undefined;
}
