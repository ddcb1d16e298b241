// What runs within the page that shows the image, by `chrome.scripting`: each function must hold all that it needs.

/** The image as the page shows it: the page's own cookies for its own images, none for those of others. */
export async function grab(source, most) {
  const answer = await fetch(source, { cache: "force-cache", credentials: "same-origin" }).catch(() => null);
  if (!answer) return { blocked: true };
  if (!answer.ok) return { status: answer.status };
  const blob = await answer.blob();
  if (blob.size > most) return { tooLarge: true };
  const reader = new FileReader();
  return new Promise((done) => {
    reader.addEventListener("load", () => done({ data: reader.result }));
    reader.addEventListener("error", () => done({ blocked: true }));
    reader.readAsDataURL(blob);
  });
}

/** The images of the page, the largest first, each once; `small` where the page may read its own pixels. */
export function imagesHere(least, most) {
  const small = (image) => {
    const scale = Math.min(1, 160 / image.naturalWidth, 160 / image.naturalHeight);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth * scale, image.naturalHeight * scale].map(Math.ceil);
    try {
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/jpeg", 0.7);
    } catch {
      return null; // of another server, which did not allow it
    }
  };
  const seen = [...document.images].filter((one) => one.naturalWidth >= least && one.naturalHeight >= least);
  seen.sort((a, b) => b.naturalWidth * b.naturalHeight - a.naturalWidth * a.naturalHeight);
  const once = [...new Map(seen.map((one) => [one.currentSrc, one])).values()].slice(0, most);
  return once.map((one) => ({
    source: one.currentSrc,
    alt: one.alt,
    width: one.naturalWidth,
    height: one.naturalHeight,
    small: small(one),
  }));
}
