// Below this a verifier does not notice; from here on it is worth a word.
const NOTICEABLE = 30;
// The computer slept, or somebody moved its clock.
const JUMP = 5;

/**
 * The server's time on this phone. Wrong phone clocks are what breaks fresh codes, so the difference to the time in the newest
 * signed credential is kept, and within a visit a clock that nobody can move counts on.
 */
export class Clock {
  #anchor;
  #base;
  #wall;
  offset;

  /** @param {number} offset seconds that the server was ahead when last seen */
  constructor(offset = 0) {
    this.offset = offset;
    this.#reanchor();
  }

  /** @returns {number} seconds, whole */
  now() {
    return Math.floor(this.exact());
  }

  exact() {
    const counted = (performance.now() - this.#anchor) / 1000;
    const walled = Date.now() / 1000 - this.#wall;
    // Some browsers stop counting while the phone sleeps: then the wall clock alone moved on, and is believed. One set back is not.
    if (walled - counted > JUMP) {
      this.#reanchor();
      return this.#base;
    }
    return this.#base + counted;
  }

  /**
   * @param {number} signed seconds, as the server signed it
   * @param {number} asked `performance.now()` before the request went out
   */
  set(signed, asked) {
    // Between asking and hearing lies the signing; half of the way is near enough. The signed time is a whole second: add the mean of what it lost.
    const travelled = (performance.now() - asked) / 2000;
    const server = signed + 0.5 + travelled;
    this.offset = server - Date.now() / 1000;
    this.#reanchor();
  }

  get isOff() {
    return Math.abs(this.offset) > NOTICEABLE;
  }

  #reanchor() {
    this.#anchor = performance.now();
    this.#wall = Date.now() / 1000;
    this.#base = this.#wall + this.offset;
  }
}
