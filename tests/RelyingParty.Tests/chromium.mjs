import { chromium } from 'playwright-core';

/** Debian's Chromium. */
export const launch = () => chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** Fills the sign-in page that is shown, and allows what the application asks for, where it asks. */
export async function signIn(page, userName = 'zhangmin', password = 'Sandbox-2022!') {
  const { origin } = new URL(page.url());
  await page.locator('[autocomplete~=username]').fill(userName);
  await page.locator('[autocomplete~=current-password]').fill(password);
  await page.locator('[autocomplete~=current-password]').press('Enter');
  await page.waitForURL(url => url.origin !== origin || url.pathname !== '/sign-in');
  if (new URL(page.url()).pathname === '/consent') await page.locator('button[name=answer][value=allow]').click();
}
