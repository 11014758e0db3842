import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

/**
 * A folder for lists, for Node.js. A file is written beside its place, flushed and moved there: after a crash it is the old one or the
 * new one.
 * @param {string} folder
 * @returns {import('./verifier.js').Store}
 */
export function folderStore(folder) {
  const place = (name) => join(folder, name);
  return {
    async get(name) {
      return unlessMissing(async () => new Uint8Array(await readFile(place(name))), undefined);
    },
    async put(name, bytes) {
      await mkdir(folder, { recursive: true });
      const beside = `${place(name)}.${randomUUID()}.new`;
      const file = await open(beside, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, place(name));
    },
    async names(prefix) {
      return unlessMissing(async () => (await readdir(folder)).filter((name) => name.startsWith(prefix)), []);
    },
    async delete(name) {
      await rm(place(name), { force: true });
    },
  };
}

async function unlessMissing(read, otherwise) {
  try {
    return await read();
  } catch (error) {
    // What cannot be read is not there: a gate without its cache fetches; one that does not start helps nobody.
    if (['ENOENT', 'EACCES', 'EIO', 'EISDIR'].includes(error?.code)) {
      return otherwise;
    }
    throw error;
  }
}
