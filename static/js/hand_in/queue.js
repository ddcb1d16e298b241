// Who is sent when: at most three at once, and nobody while the server asks for a pause.

const AT_ONCE = 3;
const waiting = [];
let running = 0;
let pausedUntil = 0;

/** `job` is a function that returns a promise; it never rejects. */
export function enqueue(job, { first = false } = {}) {
  if (first) waiting.unshift(job);
  else waiting.push(job);
  next();
}

/** Take a job back that has not begun; whether it was still there. */
export function withdraw(job) {
  const place = waiting.indexOf(job);
  if (place >= 0) waiting.splice(place, 1);
  return place >= 0;
}

export function pause(seconds) {
  pausedUntil = Math.max(pausedUntil, Date.now() + 1000 * seconds);
  setTimeout(next, 1000 * seconds + 50);
}

/** In seconds; 0 when nothing holds anybody up. */
export const pauseLeft = () => Math.max(0, Math.ceil((pausedUntil - Date.now()) / 1000));

function next() {
  while (running < AT_ONCE && waiting.length && Date.now() >= pausedUntil) {
    running += 1;
    waiting.shift()().finally(() => {
      running -= 1;
      next();
    });
  }
}
