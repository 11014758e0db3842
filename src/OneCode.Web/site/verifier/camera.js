const WIDEST = 1280;
const PAUSE = 80;

/** The rear camera, and a look at its picture about ten times a second. */
export class Camera {
  #video;
  #canvas = document.createElement('canvas');
  #stream = null;
  #lock = null;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  get on() {
    return this.#stream !== null;
  }

  /** Rejects with what getUserMedia says. */
  async start() {
    this.#stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: 'environment' }, width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
    this.#video.srcObject = this.#stream;
    this.#video.hidden = false;
    await this.#video.play();
    // A guard's screen stays on; where the browser does not know how, it does not.
    this.#lock = await navigator.wakeLock?.request('screen').catch(() => null) ?? null;
  }

  stop() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#video.srcObject = null;
    this.#video.hidden = true;
    this.#lock?.release();
    this.#lock = null;
  }

  get hasTorch() {
    return this.#track?.getCapabilities?.().torch === true;
  }

  torch(on) {
    return this.#track.applyConstraints({ advanced: [{ torch: on }] });
  }

  /** @param {(image: ImageData) => Promise<void>} look called again when the look before is done */
  async watch(look) {
    const stream = this.#stream;
    while (this.#stream === stream) {
      if (this.#video.videoWidth > 0) {
        await look(pixelsOf(this.#video, this.#video.videoWidth, this.#video.videoHeight, WIDEST, this.#canvas));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }
}

/**
 * @param {Blob} file
 * @returns {Promise<ImageData>} rejects with InvalidStateError when it is no picture
 */
export async function pictureOf(file) {
  const bitmap = await createImageBitmap(file);
  return pixelsOf(bitmap, bitmap.width, bitmap.height, 2400, document.createElement('canvas'));
}

function pixelsOf(source, width, height, widest, canvas) {
  const scale = Math.min(1, widest / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  // A transparent picture of a code would come out black on black.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
