import { CredentialCache, verify } from '/onecode/index.js';

// How long a scan waits for the server: a queue is standing there, and the answer from what is held is ready at once.
const ONLINE_PATIENCE = 2500;
const PAUSE_AFTER_SILENCE = 10_000;
// A network that is not there says so at once and may be asked each time.
const AT_ONCE = 500;
// A presentation is accepted from 60 s before to 90 s after its signing; afterwards it fails by itself.
const REPLAY_WINDOW = 150;

const NEEDS_TRUST = ['RootsMissing', 'TrustMissing', 'TrustStale', 'KeyNotInTrustList'];
const ABOUT_STATUS = ['Revoked', 'Suspended', 'StatusUnknown', 'StatusStale', 'NotCovered', 'ClockWrong', 'TrustStale'];

/**
 * The page's answer to a scan: the device's own verdict from what it holds, and, when there is a network, the server's word on
 * whether the code was withdrawn a moment ago. Nothing scanned is kept.
 */
export class Judge {
  #held;
  #endpoint;
  #cache = new CredentialCache();
  #seen = new Map();
  #silentUntil = 0;

  /**
   * @param {import('./held.js').Held} held
   * @param {string} issuer
   */
  constructor(held, issuer) {
    this.#held = held;
    this.#endpoint = `${issuer}/api/verify`;
    // Back on the network: ask again at once.
    addEventListener('online', () => {
      this.#silentUntil = 0;
    });
  }

  /**
   * @param {string} text
   * @returns {Promise<import('/onecode/verify.js').Verdict & {online?: boolean, clockWrong?: boolean, seenElsewhere?: boolean, againAfter?: number}>}
   */
  async judge(text) {
    let answer = await this.#byHeld(text);
    if (NEEDS_TRUST.includes(answer.reason)) {
      await within(this.#held.refresh(), 3000);
      answer = await this.#byHeld(text);
    }
    if (answer.verdict === 'passed' || ABOUT_STATUS.includes(answer.reason)) {
      answer = await this.#withOnline(text, answer);
    }
    return this.#markRepeated(answer);
  }

  #byHeld(text) {
    const { roots, trust, statuses } = this.#held;
    return verify(text, { roots, trust, statuses, now: Math.floor(Date.now() / 1000), cache: this.#cache });
  }

  async #withOnline(text, own) {
    const online = await this.#askServer(text);
    if (online === null) {
      return own;
    }
    if (own.needs !== undefined) {
      // For the next scan, and for the next time without a network.
      this.#held.fetchList(own.needs).catch(() => {});
    }
    // For good is for good: no later answer brings a revoked code back.
    if (own.reason === 'Revoked') {
      return own;
    }
    // What the code says was read here, from the same bytes; the server adds whether it still counts.
    const { verdict, reason, statusAsOf, seenBefore } = online;
    return { ...own, verdict, reason: reason ?? undefined, statusAsOf: secondsOf(statusAsOf) ?? Math.floor(Date.now() / 1000), online: true, clockWrong: own.reason === 'ClockWrong', seenElsewhere: seenBefore === true };
  }

  /** null: no answer in time, so the device's own answer stands, with its age. */
  async #askServer(text) {
    const asked = Date.now();
    if (asked < this.#silentUntil) {
      return null;
    }
    try {
      const response = await fetch(this.#endpoint, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ text }),
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(ONLINE_PATIENCE),
      });
      const answer = response.ok ? await response.json() : null;
      return ['passed', 'failed', 'indeterminate'].includes(answer?.verdict) && answer.verdict !== 'indeterminate' ? answer : null;
    } catch (error) {
      // TypeError: no network. DOMException: too slow. SyntaxError: something else answered, a hotel's sign-in page for instance.
      if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) {
        this.#silentUntil = Date.now() - asked < AT_ONCE ? 0 : Date.now() + PAUSE_AFTER_SILENCE;
        return null;
      }
      throw error;
    }
  }

  /** A picture passed on to a second person is seen here, at this device; nowhere else without a network. */
  #markRepeated(answer) {
    if (answer.presentation === undefined) {
      return answer;
    }
    const now = Date.now() / 1000;
    for (const [name, at] of this.#seen) {
      if (now - at > REPLAY_WINDOW) {
        this.#seen.delete(name);
      }
    }
    const { list, index, at } = answer.presentation;
    const name = `${answer.claims.issuer}/${list}/${index}/${at}`;
    const before = this.#seen.get(name);
    if (before === undefined) {
      this.#seen.set(name, now);
      return answer;
    }
    return { ...answer, againAfter: Math.max(1, Math.round(now - before)) };
  }
}

function secondsOf(time) {
  const seconds = typeof time === 'number' ? time : Date.parse(time) / 1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

function within(promise, milliseconds) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, milliseconds))]);
}
