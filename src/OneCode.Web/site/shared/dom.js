/** Small hands for the page. Text goes in as text: with Trusted Types on, nothing else could. */

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) {
    throw new Error(`no element ${id}`);
  }
  return element;
}

/**
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    element.setAttribute(attribute, value);
  }
  element.append(...children);
  return element;
}

/**
 * A fault of ours must not look like a page that waits: it says so, once, and what helps.
 * @param {() => string} text
 */
export function sayWhenBroken(text) {
  const say = () => {
    if (document.getElementById('broken') === null) {
      byId('main').prepend(make('p', { class: 'notice bad', id: 'broken', role: 'alert' }, text()));
    }
  };
  addEventListener('error', say);
  addEventListener('unhandledrejection', say);
}

/** A copy of the drawing in `<template id="icon-NAME">`. */
export function icon(name) {
  const template = /** @type {HTMLTemplateElement} */ (byId(`icon-${name}`));
  return /** @type {Element} */ (template.content.firstElementChild).cloneNode(true);
}

/**
 * @param {'' | 'warn' | 'bad'} manner
 * @param {string} iconName
 * @param {...(Node | string)} content
 */
export function notice(manner, iconName, ...content) {
  const parts = content.map((part) => (typeof part === 'string' ? make('p', {}, part) : part));
  return make('div', { class: `notice ${manner}` }, icon(iconName), make('div', {}, ...parts));
}

/** Rows of a `<dl class="facts">`; a pair without a value is left out. */
export function facts(pairs) {
  const list = make('dl', { class: 'facts' });
  for (const [term, value] of pairs) {
    if (value !== undefined && value !== null && value !== '') {
      list.append(make('dt', {}, term), make('dd', {}, value));
    }
  }
  return list;
}

/**
 * The only script addresses that this page ever hands to the browser; a Trusted Types policy, where there is one, sees to it.
 * @param {'/sw.js' | '/reader.js'} path
 */
export function scriptUrl(path) {
  const allowed = ['/sw.js', '/reader.js'];
  policy ??= globalThis.trustedTypes?.createPolicy('onecode', {
    createScriptURL: (url) => {
      if (!allowed.includes(url)) {
        throw new TypeError('not a script of this page');
      }
      return url;
    },
  }) ?? { createScriptURL: (url) => url };
  return policy.createScriptURL(path);
}

let policy = null;

/** Keeps the page itself for times without a network. */
export async function keepOffline() {
  if ('serviceWorker' in navigator) {
    await navigator.serviceWorker.register(/** @type {any} */ (scriptUrl('/sw.js')), { scope: '/', updateViaCache: 'none' });
  }
}
