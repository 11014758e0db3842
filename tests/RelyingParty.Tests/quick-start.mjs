import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const programs = resolve(here, '../../docs/integrate');

/** A quick start of our documentation in a folder of its own, with `files` (its settings) beside it, until it answers at `home`. */
export async function startQuickStart(name, home, files, run) {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  await cp(join(programs, name), folder, { recursive: true, filter: source => !/\/(bin|obj|node_modules)$/.test(source) });
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  // What npm install would bring, as locked here.
  await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
  const [command, ...args] = run(folder);
  let log = '';
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.stdout.on('data', text => { log += text; });
  child.stderr.on('data', text => { log += text; });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise(done => child.once('exit', done));
      process.kill(-child.pid, 'SIGTERM');
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !await fetch(home).then(answer => answer.ok, () => false); tries++) {
    if (tries > 600 || child.exitCode !== null) {
      await stop();
      throw new Error(`the quick start for ${name} did not start:\n${log}`);
    }
    await new Promise(done => setTimeout(done, 200));
  }
  return { stop, log: () => log };
}
