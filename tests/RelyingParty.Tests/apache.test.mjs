import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startApache } from './apache.mjs';
import { launch, signIn } from './chromium.mjs';
import { freePort, startSandbox } from './sandbox.mjs';

const secret = 'apache-test-secret';

for (const responseMode of ['query', 'form_post']) {
  describe(`Apache mod_auth_openidc, ${responseMode}`, () => {
    let sandbox, apache, browser, page;

    before(async () => {
      const port = await freePort();
      const origin = `http://localhost:${port}`;
      sandbox = await startSandbox({
        apache: {
          Name: '阿帕奇网站', NameEn: 'A site on Apache', Secret: secret,
          RedirectUris: [`${origin}/secure/callback`], PostLogoutRedirectUris: [`${origin}/`],
          BackchannelLogoutUri: `${origin}/secure/callback?logout=backchannel`, Scopes: ['openid', 'profile'],
        },
      });
      apache = await startApache({ port, issuer: sandbox.issuer, clientId: 'apache', secret, responseMode });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await apache?.stop();
      await sandbox?.stop();
    });

    const secure = () => `${apache.home}secure/`;
    async function visit() {
      page = await (await browser.newContext({ locale: 'zh-CN' })).newPage();
      await page.goto(secure());
    }

    test('signs a person in and tells the application who it is', async () => {
      await visit();
      await signIn(page);
      await page.waitForURL(secure());
      assert.equal(await page.textContent('#name'), '张敏');
      assert.ok((await page.textContent('#sub')).length > 20);
    });

    test('signs out at the provider too, and comes back', async () => {
      await visit();
      await signIn(page);
      await page.waitForURL(secure());
      await page.goto(`${secure()}callback?logout=${encodeURIComponent(apache.home)}`);
      await page.waitForURL(apache.home);
      await page.goto(secure());
      assert.ok(page.url().startsWith(sandbox.issuer), `asked again at the provider, not ${page.url()}`);
    });

    test('ends its session when the person signs out elsewhere', async () => {
      await visit();
      await signIn(page);
      await page.waitForURL(secure());
      // The tax office: it asks for no consent on the way.
      const portal = await page.context().newPage();
      await portal.goto(`http://localhost:${sandbox.port + 2}/`);
      if (!await portal.locator('#name').isVisible()) {
        await portal.getByRole('link', { name: '统一身份登录' }).click();
      }
      await portal.getByRole('button', { name: '退出登录' }).click();
      await portal.getByRole('link', { name: '统一身份登录' }).waitFor();
      for (const end = Date.now() + 30_000; ;) {
        await page.goto(secure());
        if (page.url().startsWith(sandbox.issuer)) break;
        assert.ok(Date.now() < end, `still signed in at Apache\n${await apache.log()}`);
        await new Promise(done => setTimeout(done, 250));
      }
    });

    test('lets nobody in without a sign-in, nor with a code that is not of this browser', async () => {
      const { request } = await browser.newContext();
      const answer = await request.get(secure(), { maxRedirects: 0 });
      assert.equal(answer.status(), 302);
      assert.ok(answer.headers().location.startsWith(sandbox.issuer));
      const stolen = await request.get(`${secure()}callback?code=abc&state=def`, { maxRedirects: 0 });
      assert.notEqual(stolen.status(), 200);
    });
  });
}
