import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A province in a box, from what is built, on free ports. `clients` are further relying parties, as settings. */
export async function startSandbox(clients = {}) {
  const port = await freePorts();
  const data = await mkdtemp(join(tmpdir(), 'relying-party-'));
  const child = spawn(
    'dotnet',
    ['run', '--no-build', '--project', join(root, 'src/Sandbox'), '--', '--port', String(port), '--data', data],
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true, env: { ...process.env, ...settingsOf(clients) } });
  child.stdout.resume();
  const issuer = `http://localhost:${port}`;
  for (let tries = 0; ; tries++) {
    const up = await fetch(`http://localhost:${port + 1}/portal.css`).then(answer => answer.ok, () => false);
    if (up) break;
    if (tries > 600 || child.exitCode !== null) throw new Error('the sandbox did not start');
    await new Promise(done => setTimeout(done, 200));
  }
  return {
    issuer,
    port,
    async stop() {
      const gone = new Promise(done => child.once('exit', done));
      process.kill(-child.pid, 'SIGTERM');
      await gone;
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** `{ apache: { Name: 'A', RedirectUris: ['u'] } }` as `Clients__apache__Name=A`, `Clients__apache__RedirectUris__0=u`. */
function settingsOf(clients) {
  const settings = {};
  for (const [id, client] of Object.entries(clients)) {
    for (const [name, value] of Object.entries(client)) {
      if (Array.isArray(value)) value.forEach((one, at) => { settings[`Clients__${id}__${name}__${at}`] = one; });
      else settings[`Clients__${id}__${name}`] = value;
    }
  }
  return settings;
}

const isFree = port => new Promise(done => {
  const server = createServer().once('error', () => done(false)).listen(port, 'localhost', () => server.close(() => done(true)));
});

/** The first of eleven ports that are free now, as the Sandbox counts them. */
async function freePorts() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all([0, 1, 2, 3, 4, 5, 10].map(offset => isFree(port + offset)));
    if (free.every(Boolean)) return port;
  }
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  const port = await new Promise(done => server.listen(0, 'localhost', () => done(server.address().port)));
  await new Promise(done => server.close(done));
  return port;
}

/** As much of a browser as signing in needs: cookies, redirects up to `until`, one form. */
export class Browser {
  #cookies = new Map();

  async go(url, until, form) {
    for (let hops = 0; hops < 12; hops++) {
      if (url.startsWith(until)) return { url, body: '' };
      const answer = await fetch(url, {
        method: form ? 'POST' : 'GET',
        redirect: 'manual',
        headers: { cookie: [...this.#cookies].map(pair => pair.join('=')).join('; '), accept: 'text/html' },
        body: form && new URLSearchParams(form),
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [name, ...value] = cookie.split(';')[0].split('=');
        this.#cookies.set(name, value.join('='));
      }
      const location = answer.headers.get('location');
      if (!location) return { url, body: await answer.text() };
      url = new URL(location, url).href;
      form = undefined;
    }
    throw new Error('too many redirects');
  }

  async signIn(url, until, userName, password) {
    return (await this.arrive(url, until, userName, password)).url;
  }

  /** Up to `until`, or to the page that is meant for it. */
  async arrive(url, until, userName, password) {
    const page = await this.go(url, until);
    const next = page.body.includes('name="password"')
      ? await this.go(page.url, until, { userName, password, ...Browser.hiddenOf(page.body) })
      : page;
    return this.#allow(next, until);
  }

  /** Allows what an application asks for, where it asks. */
  async #allow(page, until) {
    if (new URL(page.url).pathname !== '/consent') return page;
    const form = page.body.slice(page.body.indexOf('<main'));
    return this.go(page.url, until, { ...Browser.hiddenOf(form), answer: 'allow' });
  }

  static hiddenOf(body) {
    const form = {};
    for (const [input] of body.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1];
      const value = /value="([^"]*)"/.exec(input)?.[1] ?? '';
      if (name) form[name] = value.replaceAll('&#x2B;', '+').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    }
    return form;
  }
}
