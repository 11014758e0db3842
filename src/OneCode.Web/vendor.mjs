/**
 * Readies npm's files for pages without a bundler, run after `npm ci`: the curves under our SM2 name a package where a browser needs an
 * address. Just the modules that `pure.js` takes, with that one thing changed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('node_modules/', import.meta.url));
const wanted = {
  curves: ['abstract/weierstrass.js', 'abstract/curve.js', 'abstract/modular.js', 'abstract/der.js', 'utils.js', 'LICENSE'],
  hashes: ['hmac.js', 'utils.js', 'LICENSE'],
};
for (const [name, files] of Object.entries(wanted)) {
  for (const file of files) {
    const to = join(modules, '.vendor/noble', name, file);
    mkdirSync(dirname(to), { recursive: true });
    const text = readFileSync(join(modules, '@noble', name, file), 'utf8');
    writeFileSync(to, text.replaceAll(/from (['"])@noble\/(curves|hashes)\//g, 'from $1/vendor/noble/$2/'));
  }
}
