import assert from 'node:assert/strict';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newKey } from './keys.mjs';
import { launch, signIn } from './chromium.mjs';
import { startQuickStart } from './quick-start.mjs';
import { freePort, startSandbox } from './sandbox.mjs';

const secret = 'quick-start-test-secret';
const built = resolve(dirname(fileURLToPath(import.meta.url)), '../../docs/integrate/aspnet/bin/Debug/net10.0/aspnet.dll');

const { jwks, privateKey } = newKey();

const programs = {
  // As strict as FAPI 2.0: a key instead of a secret, the request pushed, the tokens bound.
  'node-strict': {
    folder: 'node', redirect: '/callback', signedOut: '/',
    client: { Jwks: jwks, RequiresPushedRequests: 'true', RequiresDpop: 'true' },
    files: ({ origin, issuer, clientId }) => ({
      '.env': `APP_ORIGIN=${origin}\nONECODE_ISSUER=${issuer}\nONECODE_CLIENT_ID=${clientId}\nONECODE_CLIENT_KEY=key.json\nONECODE_PUSHED=yes\nONECODE_DPOP=yes\n`,
      'key.json': JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'one' }),
    }),
    run: folder => ['node', '--env-file=.env', join(folder, 'server.mjs')],
  },
  node: {
    redirect: '/callback', signedOut: '/',
    files: ({ origin, issuer, clientId }) => ({ '.env': `APP_ORIGIN=${origin}\nONECODE_ISSUER=${issuer}\nONECODE_CLIENT_ID=${clientId}\nONECODE_CLIENT_SECRET=${secret}\n` }),
    run: folder => ['node', '--env-file=.env', join(folder, 'server.mjs')],
  },
  aspnet: {
    redirect: '/signin-oidc', signedOut: '/signout-callback-oidc',
    files: ({ origin, issuer, clientId }) => ({ 'appsettings.json': JSON.stringify({ Urls: origin, Oidc: { Authority: issuer, ClientId: clientId, ClientSecret: secret } }) }),
    // Built with the solution, so that nothing is restored here.
    run: () => ['dotnet', built],
  },
};

for (const [name, program] of Object.entries(programs)) {
  describe(`the ${name} quick start`, () => {
    let sandbox, application, browser, home;

    before(async () => {
      const origin = `http://localhost:${await freePort()}`;
      home = `${origin}/`;
      sandbox = await startSandbox({
        [name]: {
          Name: '快速入门', ...(program.client ?? { Secret: secret }), RedirectUris: [origin + program.redirect], PostLogoutRedirectUris: [origin + program.signedOut], Scopes: ['openid', 'profile'],
        },
      });
      application = await startQuickStart(program.folder ?? name, home, program.files({ origin, issuer: sandbox.issuer, clientId: name }), program.run);
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await application?.stop();
      await sandbox?.stop();
    });

    test('signs a person in and out', async () => {
      const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage();
      await page.goto(home);
      await page.locator('#sign-in').click();
      await signIn(page);
      await page.locator('#name').waitFor().catch(fault => { throw new Error(`${page.url()}\n${application.log()}`, { cause: fault }); });
      assert.equal(await page.textContent('#name'), '张敏');
      await page.locator('#sign-out').click();
      await page.waitForURL(home);
      await page.locator('#sign-in').click();
      await page.locator('[autocomplete~=username]').waitFor();
    });

    test('takes no answer that belongs to nobody', async () => {
      const answer = await fetch(`${home}${program.redirect.slice(1)}?code=abc&state=def`, { redirect: 'manual' });
      assert.ok([302, 303].includes(answer.status), `redirected to the start, not ${answer.status}`);
    });
  });
}
