/**
 * Lets voice pass and keeps quiet otherwise, on the audio thread, so that it
 * goes on in a tab that nobody looks at. It opens at once, looks ahead far
 * enough not to cut a first syllable, and closes slowly after a pause.
 */
const LOOKAHEAD_MS = 10;
const HOLD_MS = 350;
const RELEASE_MS = 60;

class VoiceGate extends AudioWorkletProcessor {
  static get parameterDescriptors() {
    return [{ name: "threshold", defaultValue: -60, minValue: -100, maxValue: 0, automationRate: "k-rate" }];
  }

  constructor() {
    super();
    this.delay = new Float32Array(Math.max(1, Math.round((sampleRate * LOOKAHEAD_MS) / 1000)));
    this.at = 0;
    this.meanSquare = 0;
    this.gain = 0;
    this.openUntil = 0;
  }

  process([input], [output], parameters) {
    const from = input[0];
    const to = output[0];
    if (!to) return true;
    const level = 10 ** (parameters.threshold[0] / 10);
    const attack = 1 / ((sampleRate * LOOKAHEAD_MS) / 2000);
    const release = 1 / ((sampleRate * RELEASE_MS) / 1000);
    for (let i = 0; i < to.length; i++) {
      const sample = from ? from[i] : 0;
      // A mean over about 5 ms: short enough for an onset, long enough not to follow the wave.
      this.meanSquare += (sample * sample - this.meanSquare) * 0.004;
      if (this.meanSquare >= level) this.openUntil = currentFrame + i + (sampleRate * HOLD_MS) / 1000;
      const open = currentFrame + i < this.openUntil;
      this.gain = open ? Math.min(1, this.gain + attack) : Math.max(0, this.gain - release);
      to[i] = this.delay[this.at] * this.gain;
      this.delay[this.at] = sample;
      this.at = (this.at + 1) % this.delay.length;
    }
    return true;
  }
}

registerProcessor("voice-gate", VoiceGate);
