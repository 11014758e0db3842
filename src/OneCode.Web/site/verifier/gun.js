const PAUSE = 120;

/**
 * A scanner gun types what it reads and ends with Enter. Heard anywhere on the page, as long as nobody is typing in a field.
 * @param {(text: string) => void} heard
 */
export function listenForGun(heard) {
  let typed = '';
  let last = 0;
  document.addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLTextAreaElement || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    if (event.timeStamp - last > PAUSE) {
      typed = '';
    }
    last = event.timeStamp;
    if (event.key === 'Enter' && typed.length > 20) {
      // Not also the button that has the focus.
      event.preventDefault();
      heard(typed);
      typed = '';
    } else if (event.key.length === 1) {
      typed += event.key;
      if (typed.length > 4) {
        event.preventDefault();
      }
    }
  });
}
