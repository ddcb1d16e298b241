// The cookie that proves that a request comes from a page of this site. Behind TLS its name has a prefix, with which
// browsers take it from this host alone; one without, which another host may have set, is then passed over.

export function csrfCookie(cookies = document.cookie, safe = location.protocol === "https:") {
  const name = safe ? "__Host-csrftoken=" : "csrftoken=";
  return cookies.split("; ").find((one) => one.startsWith(name))?.slice(name.length);
}
