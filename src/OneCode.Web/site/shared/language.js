/** Chinese first, English complete; what a person chose is remembered. */

const STORED = 'language';

/**
 * @typedef {Record<string, string>} Texts
 */
export class Language {
  #tables;
  #listeners = [];

  /** @param {{zh: Texts, en: Texts}} tables */
  constructor(tables) {
    this.#tables = tables;
    const stored = localStorage.getItem(STORED);
    this.code = stored === 'zh' || stored === 'en' ? stored : navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
  }

  get locale() {
    return this.code === 'zh' ? 'zh-CN' : 'en-GB';
  }

  /**
   * @param {string} key
   * @param {Record<string, string | number>} [values] for `{name}` in the text
   */
  text(key, values = {}) {
    const text = this.#tables[this.code][key];
    if (text === undefined) {
      throw new Error(`no text ${key}`);
    }
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  has(key) {
    return key in this.#tables[this.code];
  }

  /** Puts the texts into everything below `root` that asks for one (`data-text`, `data-label`). */
  apply(root = document) {
    document.documentElement.lang = this.locale;
    document.title = this.text('title');
    for (const element of root.querySelectorAll('[data-text]')) {
      element.textContent = this.text(element.getAttribute('data-text'));
    }
    for (const element of root.querySelectorAll('[data-label]')) {
      element.setAttribute('aria-label', this.text(element.getAttribute('data-label')));
    }
  }

  /** @param {HTMLElement} button switches to the other language, and is written in it */
  switchWith(button) {
    const show = () => {
      button.textContent = this.code === 'zh' ? 'English' : '中文';
      button.lang = this.code === 'zh' ? 'en' : 'zh-CN';
    };
    button.addEventListener('click', () => {
      this.code = this.code === 'zh' ? 'en' : 'zh';
      localStorage.setItem(STORED, this.code);
      show();
      this.apply();
      this.#listeners.forEach((listener) => listener());
    });
    show();
    this.apply();
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** @param {number} seconds since 1970 */
  moment(seconds) {
    const date = new Date(seconds * 1000);
    const now = new Date();
    const time = { hour: '2-digit', minute: '2-digit' };
    if (date.toDateString() === now.toDateString()) {
      return new Intl.DateTimeFormat(this.locale, time).format(date);
    }
    const year = date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' };
    return new Intl.DateTimeFormat(this.locale, { ...year, month: 'short', day: 'numeric', ...time }).format(date);
  }

  /** @param {number} seconds how long ago */
  ago(seconds) {
    const format = new Intl.RelativeTimeFormat(this.locale, { numeric: 'always' });
    if (seconds < 60) {
      return this.text('justNow');
    }
    if (seconds < 3600) {
      return format.format(-Math.floor(seconds / 60), 'minute');
    }
    return seconds < 86400 * 2 ? format.format(-Math.floor(seconds / 3600), 'hour') : format.format(-Math.floor(seconds / 86400), 'day');
  }
}
