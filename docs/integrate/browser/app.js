// A public client: no secret, PKCE, tokens in this tab only. Registered: redirect URI and post-logout URI <this page's address>.
import { UserManager, WebStorageStateStore } from 'oidc-client-ts';

const { issuer, clientId } = await (await fetch('/config.json')).json();
const home = new URL('/', location.href).href;
const users = new UserManager({
  authority: issuer,
  client_id: clientId,
  redirect_uri: home,
  post_logout_redirect_uri: home,
  scope: 'openid profile offline_access',
  loadUserInfo: true,
  userStore: new WebStorageStateStore({ store: sessionStorage }),
});

if (new URLSearchParams(location.search).has('state')) {
  const { search } = location;
  // The code is used up; it must not stay in the address or come back with the back button.
  history.replaceState(null, '', home);
  if (search.includes('code=')) {
    await users.signinRedirectCallback(home + search);
  }
}

async function show() {
  const user = await users.getUser();
  document.querySelector('#who').textContent = user ? user.profile.name : 'nobody';
  document.querySelector('#sign-in').hidden = !!user;
  document.querySelector('#renew').hidden = !user;
  document.querySelector('#sign-out').hidden = !user;
  document.body.dataset.accessToken = user?.access_token ?? '';
}

document.querySelector('#sign-in').onclick = () => users.signinRedirect();
document.querySelector('#renew').onclick = async () => { await users.signinSilent(); await show(); };
document.querySelector('#sign-out').onclick = () => users.signoutRedirect();
await show();
