// A gate on Node.js: ROOTS CACHE [NOW]. Scanned texts on standard input, answers on standard output.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { webCrypto, withAlgorithms } from 'onecode';
import { sm2 } from 'onecode/noble';
import { folderStore } from 'onecode/node-store';
import { CodeVerifier } from 'onecode/verifier';

const [roots, cache, now] = process.argv.slice(2);
const verifier = await CodeVerifier.open({
  roots: JSON.parse(await readFile(roots, 'utf8')), provider: withAlgorithms(webCrypto, sm2), store: folderStore(cache), ...(now === undefined ? {} : { clock: () => Number(now) }),
});
for await (const text of createInterface({ input: process.stdin })) {
  const { answer, reason } = await verifier.judge(text);
  console.log(reason === undefined ? answer : `${answer} ${reason}`);
}
