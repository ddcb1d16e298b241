// What went wrong, as the name of a sentence in _locales. `detail` is what the site itself says of it, in English.

export class Refusal extends Error {
  constructor(name, { values = [], detail = "", origin = "" } = {}) {
    super(name);
    Object.assign(this, { name, values, detail, origin });
  }
}
