// The heat-map over the image: shown, hidden, stronger, weaker.
// Events are caught on the document, because htmx replaces the page's middle while an analysis runs.

const part = (name) => document.querySelector(`[${name}]`);

function apply() {
  const heat = part("data-heat");
  if (!heat) return;
  const shown = part("data-heat-toggle").checked;
  const slider = part("data-heat-slider");
  slider.hidden = false;
  part("data-heat-opacity").disabled = !shown;
  heat.hidden = !shown;
  heat.style.opacity = part("data-heat-opacity").value / 100;
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-heat-toggle], [data-heat-opacity]")) apply();
});
document.addEventListener("htmx:afterSettle", apply);
apply();
