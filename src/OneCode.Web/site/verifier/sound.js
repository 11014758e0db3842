const STORED = 'sound';
const MELODY = { passed: [[880, 0], [1320, 0.13]], failed: [[220, 0], [220, 0.22], [220, 0.44]], indeterminate: [[520, 0], [390, 0.2]] };
const TREMBLE = { passed: [60], failed: [180, 80, 180, 80, 180], indeterminate: [120, 80, 120] };

/** Three answers, three sounds, so that a guard need not look up. */
export class Sound {
  #context = null;
  on = localStorage.getItem(STORED) !== 'off';

  toggle() {
    this.on = !this.on;
    localStorage.setItem(STORED, this.on ? 'on' : 'off');
  }

  /** @param {'passed' | 'failed' | 'indeterminate'} verdict */
  play(verdict) {
    if (!this.on) {
      return;
    }
    navigator.vibrate?.(TREMBLE[verdict]);
    this.#context ??= new AudioContext();
    for (const [pitch, after] of MELODY[verdict]) {
      this.#tone(pitch, this.#context.currentTime + after);
    }
  }

  #tone(pitch, at) {
    const tone = new OscillatorNode(this.#context, { frequency: pitch, type: pitch < 300 ? 'square' : 'sine' });
    const volume = new GainNode(this.#context, { gain: 0 });
    volume.gain.setValueAtTime(0.25, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.18);
    tone.connect(volume).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + 0.2);
  }
}
