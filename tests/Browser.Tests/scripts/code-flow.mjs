// A developer's first program: code flow with PKCE from the discovery document, then a paper code through the API.
// Nothing but Node.js. It prints the address to open in a browser, and in the end what it was told.
//   node code-flow.mjs http://localhost:5080 [person|enterprise|vehicle]
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const [issuer, kind = 'person'] = process.argv.slice(2);
const clientId = 'native-test';
const random = () => randomBytes(32).toString('base64url');
const json = async (response) => {
  const body = await response.json();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(body)}`);
  return body;
};

const server = await json(await fetch(`${issuer}/.well-known/openid-configuration`));
const verifier = random();
const state = random();

const listener = createServer();
await new Promise((ready) => listener.listen(0, '127.0.0.1', ready));
const redirectUri = `http://127.0.0.1:${listener.address().port}/callback`;
const open = new URL(server.authorization_endpoint);
open.search = new URLSearchParams({
  response_type: 'code',
  client_id: clientId,
  redirect_uri: redirectUri,
  scope: 'openid profile credentials',
  state,
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
});
console.log(open.href);

const parameters = await new Promise((resolve) => {
  listener.on('request', (request, response) => {
    response.setHeader('connection', 'close').end('You may close this page.');
    resolve(new URL(request.url, redirectUri).searchParams);
  });
});
listener.close();
if (parameters.get('state') !== state) throw new Error('not our answer');
if (parameters.get('iss') !== server.issuer) throw new Error(`another issuer answered: ${parameters.get('iss')}`);
if (parameters.has('error')) throw new Error(parameters.get('error'));

const tokens = await json(await fetch(server.token_endpoint, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    code: parameters.get('code'),
    redirect_uri: redirectUri,
    code_verifier: verifier,
  }),
}));
const authorization = { authorization: `Bearer ${tokens.access_token}` };
const person = await json(await fetch(server.userinfo_endpoint, { headers: authorization }));

const onecode = await json(await fetch(`${issuer}/.well-known/onecode-configuration`));
const issued = await json(await fetch(onecode.credential_endpoint, {
  method: 'POST',
  headers: { ...authorization, 'content-type': 'application/json', 'idempotency-key': random() },
  body: JSON.stringify({ kind, form: 'paper' }),
}));
console.log(JSON.stringify({ sub: person.sub, name: person.name, text: issued.credentials[0].text }));
