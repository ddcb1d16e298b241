// The slider "of the images that reach you, how many are fake?". Bayes' rule moves a score that is stated for one share
// of fakes to another: the odds change by the same factor as the odds of the share. The choice is kept on this device.

import { say } from "./words.js";

const KEY = "fakedetect.base-rate"; // whole per cent
const STOPS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 98, 99];
const odds = (share) => share / (1 - share);

/** A browser that keeps nothing forgets the choice with the page. */
function tried(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

function posterior(score, stated, share) {
  const sure = Math.min(Math.max(score, 1e-6), 1 - 1e-6);
  const moved = (odds(sure) * odds(share)) / odds(stated);
  return moved / (1 + moved);
}

function timesIn100(share) {
  const whole = Math.round(share * 100);
  if (whole >= 100) return say("times_most");
  if (whole < 1) return say("times_least");
  return whole === 1 ? say("times_once") : say("times", { whole });
}

function show(section, stop) {
  const { score, prior } = section.dataset;
  const share = stop === Math.round(prior * 100) ? Number(prior) : stop / 100;
  const slider = section.querySelector("input");
  slider.value = section.stops.indexOf(stop);
  slider.setAttribute("aria-valuetext", `${stop} %`);
  section.querySelector("[data-base-share]").textContent = `${stop} %`;
  section.querySelector("[data-base-times]").textContent = timesIn100(posterior(Number(score), Number(prior), share));
  section.querySelector("[data-base-reset]").hidden = stop === Math.round(prior * 100);
}

function begin() {
  const section = document.querySelector("[data-base-rate]");
  if (!section || section.stops) return;
  const own = Math.round(section.dataset.prior * 100);
  section.stops = [...new Set([...STOPS, own])].sort((one, other) => one - other);
  section.querySelector("input").max = section.stops.length - 1;
  section.querySelector("[data-base-choice]").hidden = false;
  section.querySelector("[data-base-fixed]").hidden = true;
  const chosen = Number(tried(() => localStorage.getItem(KEY))) || own;
  const nearest = (best, stop) => (Math.abs(stop - chosen) < Math.abs(best - chosen) ? stop : best);
  show(section, section.stops.reduce(nearest));
  section.addEventListener("input", (event) => {
    const stop = section.stops[event.target.value];
    tried(() => localStorage.setItem(KEY, stop));
    show(section, stop);
  });
  section.querySelector("[data-base-reset]").addEventListener("click", () => {
    tried(() => localStorage.removeItem(KEY));
    show(section, own);
    section.querySelector("input").focus();
  });
}

document.addEventListener("htmx:afterSettle", begin);
begin();
