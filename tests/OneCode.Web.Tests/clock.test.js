import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Clock } from '../../src/OneCode.Web/site/wallet/clock.js';

const SERVER = 1_795_521_600;

/** A phone whose two clocks stand where a test puts them: the one that people can move, and the one that only counts. */
function phone(t, wall) {
  const at = { wall, counted: 1000 };
  t.mock.method(Date, 'now', () => at.wall * 1000);
  t.mock.method(performance, 'now', () => at.counted * 1000);
  return at;
}

function pass(at, seconds) {
  at.wall += seconds;
  at.counted += seconds;
}

describe("the wallet's clock", () => {
  for (const wrong of [-86_400, -120, 0, 120, 86_400]) {
    test(`a phone that is ${wrong} s off signs the server's time`, (t) => {
      const at = phone(t, SERVER + wrong);
      const clock = new Clock();
      clock.set(SERVER, performance.now());
      pass(at, 30);
      assert.equal(clock.now(), SERVER + 30);
      assert.equal(clock.isOff, wrong !== 0);
    });
  }

  test('what was learnt holds at the next visit', (t) => {
    const at = phone(t, SERVER + 600);
    const before = new Clock();
    before.set(SERVER, performance.now());
    pass(at, 3600);
    at.counted = 0;
    assert.equal(new Clock(before.offset).now(), SERVER + 3600);
  });

  test('a clock set back during a visit changes nothing', (t) => {
    const at = phone(t, SERVER);
    const clock = new Clock();
    pass(at, 10);
    at.wall -= 7200;
    assert.equal(clock.now(), SERVER + 10);
  });

  test('a phone that slept, counting nothing, wakes at the right time', (t) => {
    const at = phone(t, SERVER);
    const clock = new Clock();
    at.wall += 3600;
    assert.equal(clock.now(), SERVER + 3600);
    pass(at, 30);
    assert.equal(clock.now(), SERVER + 3630);
  });

  test('half of a slow answer is taken for the way back', (t) => {
    const at = phone(t, SERVER);
    const clock = new Clock();
    const asked = performance.now();
    pass(at, 4);
    clock.set(SERVER + 2, asked);
    assert.equal(clock.now(), SERVER + 4);
  });
});
