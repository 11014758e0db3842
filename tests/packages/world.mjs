// Lays a vector out as files: roots.json, trust-list.cose, status/, text, now; and as caches of the two libraries.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [vectors, name, to] = process.argv.slice(2);
const { roots, trustLists, statusLists, text, now } = JSON.parse(readFileSync(join(vectors, `${name}.json`), 'utf8'));
const bytes = (hex) => Buffer.from(hex, 'hex');
for (const folder of ['', 'status', 'cache', 'cache-js']) {
  mkdirSync(join(to, folder), { recursive: true });
}
writeFileSync(join(to, 'roots.json'), JSON.stringify(roots));
writeFileSync(join(to, 'text'), text + '\n');
writeFileSync(join(to, 'now'), String(now));
writeFileSync(join(to, 'trust-list.cose'), bytes(trustLists[0]));
writeFileSync(join(to, 'cache', 'trust-list.cose'), bytes(trustLists[0]));
writeFileSync(join(to, 'cache-js', 'trust-list'), bytes(trustLists[0]));
statusLists.forEach((hex, i) => {
  writeFileSync(join(to, 'status', `${i}`), bytes(hex));
  writeFileSync(join(to, 'cache', `${i}.statuslist`), bytes(hex));
  // The ES modules keep a list under its own name alone: region and URI, which stands in it.
  const uri = /https:\/\/[!-~]+?\/3[24]\/[a-z0-9]+/.exec(bytes(hex).toString('latin1'))[0];
  const digest = createHash('sha256').update(`${uri.includes('/34/') ? '34' : '32'} ${uri}`).digest('hex').slice(0, 32);
  writeFileSync(join(to, 'cache-js', `status-${digest}`), bytes(hex));
});
