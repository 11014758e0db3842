import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, signIn } from './chromium.mjs';
import { freePort, startSandbox } from './sandbox.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const quickStart = resolve(here, '../../docs/integrate/browser');
const files = {
  '/': [join(quickStart, 'index.html'), 'text/html'],
  '/app.js': [join(quickStart, 'app.js'), 'text/javascript'],
  '/modules/oidc-client-ts.js': [join(here, 'node_modules/oidc-client-ts/dist/esm/oidc-client-ts.js'), 'text/javascript'],
  '/modules/jwt-decode.js': [join(here, 'node_modules/jwt-decode/build/esm/index.js'), 'text/javascript'],
};

describe('oidc-client-ts, a public client in Chromium', () => {
  let sandbox, site, browser, home;

  before(async () => {
    const port = await freePort();
    home = `http://localhost:${port}/`;
    sandbox = await startSandbox({
      'browser-app': {
        Name: '浏览器应用', NameEn: 'A browser application', RedirectUris: [home], PostLogoutRedirectUris: [home],
        Scopes: ['openid', 'profile', 'offline_access'],
      },
    });
    site = createServer(async (request, response) => {
      const path = new URL(request.url, home).pathname;
      if (path === '/config.json') {
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ issuer: sandbox.issuer, clientId: 'browser-app' }));
      } else if (files[path]) {
        response.setHeader('content-type', files[path][1]).end(await readFile(files[path][0]));
      } else {
        response.writeHead(404).end();
      }
    });
    await new Promise(done => site.listen(port, 'localhost', done));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    site?.close();
    await sandbox?.stop();
  });

  async function signedIn() {
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    await page.goto(home);
    await page.locator('#sign-in').click();
    await signIn(page);
    await page.locator('#sign-out').waitFor();
    return page;
  }
  const accessToken = page => page.evaluate(() => document.body.dataset.accessToken);

  test('signs in across origins and knows the person', async () => {
    const page = await signedIn();
    assert.equal(await page.textContent('#who'), '张敏');
    assert.equal(page.url(), home);
  });

  test('renews by its refresh token without leaving the page', async () => {
    const page = await signedIn();
    const before = await accessToken(page);
    await page.locator('#renew').click();
    await page.waitForFunction(old => document.body.dataset.accessToken !== old, before);
    assert.equal(await page.textContent('#who'), '张敏');
  });

  test('signs out at the provider and comes back to nobody', async () => {
    const page = await signedIn();
    await page.locator('#sign-out').click();
    await page.locator('#sign-in').waitFor();
    assert.equal(await page.textContent('#who'), 'nobody');
    await page.locator('#sign-in').click();
    await page.locator('[autocomplete~=username]').waitFor();
  });

  test('a script of an origin that no client registered cannot read the token endpoint', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://localhost:${sandbox.port + 1}/portal.css`);
    const outcome = await page.evaluate(
      url => fetch(url, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) }).then(answer => `read ${answer.status}`, () => 'refused'),
      `${sandbox.issuer}/connect/token`);
    assert.equal(outcome, 'refused');
  });
});
