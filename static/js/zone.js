// Tells the site the browser's time zone, so that pages tell times as the reader's clock does. Nothing else reads it;
// who chooses a zone in the profile is asked no more, and without this file times are in the zone of the site.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const told = document.cookie.split("; ").includes(`time_zone=${zone}`);
if (zone && !told) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}
