import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const quickStart = resolve(dirname(fileURLToPath(import.meta.url)), '../../docs/integrate/apache/onecode.conf');
const modules = [
  'mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'include', 'mime', 'dir',
];

/** Debian's Apache with the quick start of our documentation and a page that says who is there. */
export async function startApache({ port, issuer, clientId, secret, responseMode }) {
  const folder = await mkdtemp(join(tmpdir(), 'apache-'));
  // Apache started by root serves as somebody else, who must be able to read the site.
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'site/secure'), { recursive: true });
  await writeFile(join(folder, 'site/index.html'), '<title>Home</title><p id="home">home</p>');
  await writeFile(join(folder, 'site/secure/index.shtml'), '<!doctype html><meta charset="utf-8"><p id="name"><!--#echo var="OIDC_CLAIM_name" --></p><p id="sub"><!--#echo var="REMOTE_USER" --></p>');
  await writeFile(join(folder, 'httpd.conf'), `
ServerName localhost
Listen localhost:${port}
PidFile ${folder}/httpd.pid
ErrorLog ${folder}/error.log
LogLevel warn
User www-data
Group www-data
Mutex file:${folder}
${modules.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
TypesConfig /etc/mime.types
DocumentRoot ${folder}/site
DirectoryIndex index.html index.shtml
<Directory ${folder}/site>
  Options +Includes
  AddType text/html .shtml
  AddOutputFilter INCLUDES .shtml
</Directory>
Include ${quickStart}
`);
  const child = spawn('/usr/sbin/apache2', ['-f', join(folder, 'httpd.conf'), '-DFOREGROUND'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      APP_ORIGIN: `http://localhost:${port}`,
      ONECODE_ISSUER: issuer,
      ONECODE_CLIENT_ID: clientId,
      ONECODE_CLIENT_SECRET: secret,
      ONECODE_COOKIE_PASSPHRASE: 'a passphrase of the test only',
      ONECODE_RESPONSE_MODE: responseMode,
    },
  });
  const home = `http://localhost:${port}/`;
  for (let tries = 0; !await fetch(home).then(answer => answer.ok, () => false); tries++) {
    if (tries > 300 || child.exitCode !== null) throw new Error(`Apache did not start: ${await readFile(join(folder, 'error.log'), 'utf8').catch(() => '')}`);
    await new Promise(done => setTimeout(done, 100));
  }
  return {
    home,
    log: () => readFile(join(folder, 'error.log'), 'utf8'),
    async stop() {
      const gone = new Promise(done => child.once('exit', done));
      child.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
