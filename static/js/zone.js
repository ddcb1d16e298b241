// Tells the site the browser's time zone, so that pages tell times as the reader's clock does. Nothing else reads it;
// who chooses a zone in the profile is asked no more, and without this file times are in the zone of the site.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const name = location.protocol === "https:" ? "__Host-time_zone" : "time_zone";
const told = document.cookie.split("; ").includes(`${name}=${zone}`);
if (zone && !told) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}
